using Iced.Intel;

namespace Arch.Amd64.Tests;

/// <summary>What one instruction starts from and what it leaves: registers, flags, the FXSAVE image and a page of memory.</summary>
internal sealed class MachineState
{
    /// <summary>The flags of RFLAGS that are compared.</summary>
    public const ulong Status = 0x8d5, Direction = 0x400;

    /// <summary>In the order of their encoding.</summary>
    public ulong[] Registers { get; } = new ulong[16];

    public ulong Flags { get; set; }

    public byte[] Fx { get; } = new byte[512];

    public byte[] Data { get; } = new byte[Layout.DataSize];

    public ulong Pc { get; set; } = Layout.Instruction;

    public ulong this[Register register]
    {
        get => Registers[register.GetFullRegister() - Register.RAX];
        set => Registers[register.GetFullRegister() - Register.RAX] = value;
    }

    public void CopyTo(MachineState other)
    {
        Registers.CopyTo(other.Registers, 0);
        Fx.CopyTo(other.Fx, 0);
        Data.CopyTo(other.Data, 0);
        (other.Flags, other.Pc) = (Flags, Pc);
    }

    /// <summary>Differences as text, empty when there are none; flags in <paramref name="ignoredFlags"/> do not count.</summary>
    public string DifferenceFrom(MachineState expected, ulong ignoredFlags)
    {
        var differences = new List<string>();
        for (int i = 0; i < 16; i++)
        {
            if (Registers[i] != expected.Registers[i])
                differences.Add($"{Register.RAX + i} is {Registers[i]:x}, expected {expected.Registers[i]:x}");
        }
        ulong flags = (Flags ^ expected.Flags) & (Status | Direction) & ~ignoredFlags;
        if (flags != 0)
            differences.Add($"flags {(RflagsOfImage)flags} differ, expected {(RflagsOfImage)(expected.Flags & (Status | Direction))}");
        if (Pc != expected.Pc)
            differences.Add($"pc is {Pc:x}, expected {expected.Pc:x}");
        int data = Data.AsSpan().CommonPrefixLength(expected.Data);
        if (data < Data.Length)
            differences.Add($"memory at {Layout.Data + (ulong)data:x} is {Data[data]:x2}, expected {expected.Data[data]:x2}");
        for (int i = 0; i < FxCompared; i++)
        {
            if (Fx[i] != expected.Fx[i] && i is < MxcsrMask or >= MxcsrMask + 4)
                differences.Add($"FXSAVE image at {i} is {Fx[i]:x2}, expected {expected.Fx[i]:x2}");
        }
        return string.Join("; ", differences);
    }

    /// <summary>Bytes of the FXSAVE image that are defined, and the field among them that tells of the processor, not its state.</summary>
    private const int FxCompared = 416, MxcsrMask = 28;

    /// <summary>The status flags by their bits in RFLAGS.</summary>
    [Flags]
    public enum RflagsOfImage : ulong
    {
        None = 0,
        CF = 1,
        PF = 1 << 2,
        AF = 1 << 4,
        ZF = 1 << 6,
        SF = 1 << 7,
        DF = 1 << 10,
        OF = 1 << 11,
    }
}
