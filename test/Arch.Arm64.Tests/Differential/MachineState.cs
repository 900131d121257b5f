using System.Runtime.InteropServices;

namespace Arch.Arm64.Tests.Differential;

/// <summary>A case for test/guests/differential/arm64.c, and its result: struct state.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MachineState
{
    public const int Words = 16, MemoryBytes = 8192, Bytes = 864;

    public fixed ulong X[31];
    public ulong Nzcv, Fpcr, Fpsr;
    public fixed ulong V[64];

    /// <summary>The signal that ended it, or 0.</summary>
    public ulong Signal;

    /// <summary>Before: the seed of the memory's contents. After: their checksum.</summary>
    public ulong Memory;

    public fixed uint Code[Words];

    /// <summary>What differs, as text; empty when nothing does.</summary>
    public readonly string DifferenceFrom(in MachineState expected)
    {
        var differences = new List<string>();
        Compare("signal", Signal, expected.Signal);
        if (Signal == 0 && expected.Signal == 0)
        {
            for (int i = 0; i < 31; i++)
                Compare($"x{i}", X[i], expected.X[i]);
            Compare("nzcv", Nzcv, expected.Nzcv);
            Compare("fpcr", Fpcr, expected.Fpcr);
            Compare("fpsr", Fpsr, expected.Fpsr);
            for (int i = 0; i < 64; i++)
                Compare($"v{i / 2}[{i % 2}]", V[i], expected.V[i]);
            Compare("memory", Memory, expected.Memory);
        }
        return string.Join(", ", differences);

        void Compare(string name, ulong value, ulong other)
        {
            if (value != other)
                differences.Add($"{name} {value:x} not {other:x}");
        }
    }
}
