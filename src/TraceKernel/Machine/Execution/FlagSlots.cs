namespace TraceKernel.Machine.Execution;

/// <summary>The status flags of an instruction set, numbered from 0 so that a set of them is a word.</summary>
internal sealed class FlagSlots
{
    private readonly int[] _slots;
    private readonly int[] _numbers;

    public FlagSlots(InstructionSet instructionSet)
    {
        _slots = [.. instructionSet.Flags.Select(slot => (int)slot.Index)];
        _numbers = new int[instructionSet.Registers];
        Array.Fill(_numbers, -1);
        for (int i = 0; i < _slots.Length; i++)
            _numbers[_slots[i]] = i;
    }

    public int Count => _slots.Length;

    /// <summary>The set of all.</summary>
    public uint All => (1u << _slots.Length) - 1;

    public int this[int number] => _slots[number];

    public bool Contains(int slot) => slot < _numbers.Length && _numbers[slot] >= 0;

    /// <summary>The set of one slot, empty if that is no flag.</summary>
    public uint BitOf(int slot) => Contains(slot) ? 1u << _numbers[slot] : 0;

    /// <summary>The slots of a set.</summary>
    public IEnumerable<int> SlotsIn(uint set)
    {
        for (int i = 0; i < _slots.Length; i++)
        {
            if ((set >> i & 1) != 0)
                yield return _slots[i];
        }
    }
}
