namespace TraceKernel.Machine.Execution;

/// <summary>Which slots of an instruction set are halves of vector registers.</summary>
internal sealed class VectorSlots
{
    private readonly int[] _firsts;

    public VectorSlots(InstructionSet instructionSet)
    {
        _firsts = new int[instructionSet.Registers];
        foreach (var slot in instructionSet.Vectors)
            _firsts[slot.Index] = _firsts[slot.Index + 1] = slot.Index;
    }

    /// <summary>The first slot of the vector register that a slot is half of; 0 when it is not.</summary>
    public int FirstOf(int slot) => slot < _firsts.Length ? _firsts[slot] : 0;

    /// <summary>Whether a vector register begins with a slot.</summary>
    public bool IsFirst(int slot) => slot != 0 && FirstOf(slot) == slot;
}
