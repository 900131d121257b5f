using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// The x87 environment in memory: FLDENV, FNSTENV, FRSTOR, FNSAVE (Intel SDM volume 1, 8.1.10). Slot a holds the address; immediate 2 or 4
/// is the size of each of the seven fields.
/// </summary>
internal static class X87Environment
{
    private const int Fields = 7;
    private const uint Masks = (uint)FloatExceptions.All;

    private enum Tag
    {
        Valid,
        Zero,
        Special,
        Empty,
    }

    /// <summary>Stores the environment and masks all exceptions.</summary>
    public static int Fnstenv(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        ulong address = cpu.File[a];
        if (!cpu.TryProbeWrite(address, Fields * (int)immediate) || !TryStoreFields(cpu, address, (int)immediate))
            return InstructionSet.MemoryFault;
        cpu[Slots.Fcw] |= Masks;
        X87Unit.Settle(cpu);
        return InstructionSet.NoTrap;
    }

    public static int Fldenv(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        Span<uint> fields = stackalloc uint[Fields];
        if (!TryLoadFields(cpu, cpu.File[a], (int)immediate, fields))
            return InstructionSet.MemoryFault;
        Load(cpu, fields, (int)immediate);
        return InstructionSet.NoTrap;
    }

    /// <summary>Stores the environment and st(0) … st(7), then initialises.</summary>
    public static int Fnsave(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        ulong address = cpu.File[a], registers = address + Fields * immediate;
        if (!cpu.TryProbeWrite(address, Fields * (int)immediate + 80) || !TryStoreFields(cpu, address, (int)immediate))
            return InstructionSet.MemoryFault;
        int top = FxImage.Top(cpu[Slots.Fsw]);
        for (int i = 0; i < 8; i++, registers += 10)
        {
            int slot = Slots.St((top + i) & 7).Index;
            if (!cpu.TryStore(registers, 8, cpu.File[slot]) || !cpu.TryStore(registers + 8, 2, cpu.File[slot + 1]))
                return InstructionSet.MemoryFault;
        }
        Initialise(cpu);
        return InstructionSet.NoTrap;
    }

    public static int Frstor(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        ulong address = cpu.File[a];
        Span<uint> fields = stackalloc uint[Fields];
        Span<ulong> stack = stackalloc ulong[16];
        if (!TryLoadFields(cpu, address, (int)immediate, fields))
            return InstructionSet.MemoryFault;
        address += Fields * immediate;
        for (int i = 0; i < 8; i++, address += 10)
        {
            if (!cpu.TryLoad(address, 8, out stack[2 * i]) || !cpu.TryLoad(address + 8, 2, out stack[2 * i + 1]))
                return InstructionSet.MemoryFault;
        }
        Load(cpu, fields, (int)immediate);
        int top = FxImage.Top(cpu[Slots.Fsw]);
        for (int i = 0; i < 8; i++)
        {
            int slot = Slots.St((top + i) & 7).Index;
            (cpu.File[slot], cpu.File[slot + 1]) = (stack[2 * i], stack[2 * i + 1]);
        }
        return InstructionSet.NoTrap;
    }

    /// <summary>The state after FNINIT; the registers keep what they hold, but are empty.</summary>
    public static int Fninit(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        Initialise(cpu);
        return InstructionSet.NoTrap;
    }

    /// <summary>Loads the control word from slot a; an exception it unmasks then waits.</summary>
    public static int Fldcw(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        cpu[Slots.Fcw] = cpu.File[a];
        X87Unit.Settle(cpu);
        return InstructionSet.NoTrap;
    }

    private static void Initialise(Cpu cpu)
    {
        cpu[Slots.Fcw] = 0x37f;
        cpu[Slots.Fsw] = cpu[Slots.Ftw] = cpu[Slots.Fop] = cpu[Slots.Fip] = cpu[Slots.Fdp] = 0;
    }

    private static bool TryStoreFields(Cpu cpu, ulong address, int size)
    {
        uint instruction = (uint)cpu[Slots.Fip], data = (uint)cpu[Slots.Fdp];
        // The selectors are 0, as processors that deprecate them store them; the opcode shares its field with one.
        Span<uint> fields = [(uint)cpu[Slots.Fcw], (uint)cpu[Slots.Fsw], Tags(cpu), instruction, (uint)cpu[Slots.Fop] << 16, data, 0];
        if (size == 2)
            fields[4] = 0;
        for (int i = 0; i < Fields; i++)
        {
            // The upper halves of the first three and of the last are all ones.
            bool padded = size == 4 && i is < 3 or 6;
            uint value = padded ? fields[i] & 0xffff | 0xffff_0000 : fields[i];
            if (!cpu.TryStore(address + (uint)(size * i), size, value))
                return false;
        }
        return true;
    }

    private static bool TryLoadFields(Cpu cpu, ulong address, int size, Span<uint> fields)
    {
        for (int i = 0; i < Fields; i++)
        {
            if (!cpu.TryLoad(address + (uint)(size * i), size, out ulong value))
                return false;
            fields[i] = (uint)value;
        }
        return true;
    }

    private static void Load(Cpu cpu, ReadOnlySpan<uint> fields, int size)
    {
        cpu[Slots.Fcw] = (ushort)fields[0];
        cpu[Slots.Fsw] = (ushort)fields[1];
        X87Unit.Settle(cpu);
        ulong tags = 0;
        for (int number = 0; number < 8; number++)
            tags |= (fields[2] >> (2 * number) & 3) != (uint)Tag.Empty ? 1u << number : 0;
        cpu[Slots.Ftw] = tags;
        cpu[Slots.Fip] = fields[3];
        cpu[Slots.Fop] = size == 4 ? fields[4] >> 16 & 0x7ff : 0;
        cpu[Slots.Fdp] = fields[5];
    }

    /// <summary>The full tag word: two bits for each physical register.</summary>
    private static uint Tags(Cpu cpu)
    {
        uint tags = 0;
        for (int number = 0; number < 8; number++)
            tags |= (uint)TagOf(cpu, number) << (2 * number);
        return tags;
    }

    private static Tag TagOf(Cpu cpu, int number)
    {
        if ((cpu[Slots.Ftw] >> number & 1) == 0)
            return Tag.Empty;
        int slot = Slots.St(number).Index;
        return new X87Extended(cpu.File[slot], (ushort)cpu.File[slot + 1]).Unpack() switch
        {
            { Class: FloatClass.Zero } => Tag.Zero,
            { Class: FloatClass.Finite, IsDenormal: false } => Tag.Valid,
            _ => Tag.Special,
        };
    }
}
