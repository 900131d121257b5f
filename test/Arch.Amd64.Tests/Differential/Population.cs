using Arch.Amd64.Lifting;
using Iced.Intel;

namespace Arch.Amd64.Tests.Differential;

/// <summary>The instructions that cases are made of, and why the others are not among them.</summary>
internal static class Population
{
    private const string OtherArea = "the host's area has other components: ExtendedStateTests";
    private const string Pair = "two instructions: WAIT, and one that is met";

    private static readonly Dictionary<Mnemonic, string> Reasons = new()
    {
        [Mnemonic.Cpuid] = "tells of the emulated processor",
        [Mnemonic.Xgetbv] = "tells of the emulated processor",
        [Mnemonic.Xsave] = OtherArea,
        [Mnemonic.Xsave64] = OtherArea,
        [Mnemonic.Xsaveopt] = OtherArea,
        [Mnemonic.Xsaveopt64] = OtherArea,
        [Mnemonic.Xsavec] = OtherArea,
        [Mnemonic.Xsavec64] = OtherArea,
        [Mnemonic.Xrstor] = OtherArea,
        [Mnemonic.Xrstor64] = OtherArea,
        [Mnemonic.Rdtsc] = "counts instructions, not time",
        [Mnemonic.Rdtscp] = "counts instructions, not time",
        [Mnemonic.Syscall] = "belongs to the kernels",
        [Mnemonic.Int1] = "a trap that Linux and FreeBSD take differently",
        [Mnemonic.Sgdt] = "Linux emulates it",
        [Mnemonic.Sidt] = "Linux emulates it",
        [Mnemonic.Sldt] = "Linux emulates it",
        [Mnemonic.Str] = "Linux emulates it",
        [Mnemonic.Smsw] = "Linux emulates it",
        [Mnemonic.Lfs] = "the kernel's selectors",
        [Mnemonic.Lgs] = "the kernel's selectors",
        [Mnemonic.Lss] = "the kernel's selectors",
        [Mnemonic.Tzcnt] = "another instruction on a host with BMI1",
        [Mnemonic.Lzcnt] = "another instruction on a host with ABM",
        [Mnemonic.Feni] = Pair,
        [Mnemonic.Fdisi] = Pair,
        [Mnemonic.Fsetpm] = Pair,
        [Mnemonic.Fclex] = Pair,
        [Mnemonic.Finit] = Pair,
        [Mnemonic.Fstcw] = Pair,
        [Mnemonic.Fstsw] = Pair,
        [Mnemonic.Fstenv] = Pair,
        [Mnemonic.Fsave] = Pair,
    };

    private static readonly Code[] All =
        [.. Enum.GetValues<Code>().Where(code => code.ToOpCode() is { IsInstruction: true, Encoding: EncodingKind.Legacy, Mode64: true, IsPrivileged: false } && LiftTable.Find(code) is not null)];

    /// <summary>What is drawn from, each with the family that its forms are drawn by.</summary>
    public static Code[] Integer { get; } = [.. All.Where(code => Reason(code) is null && IsInteger(code))];

    /// <inheritdoc cref="Integer"/>
    public static Code[] Vector { get; } = [.. All.Where(code => Reason(code) is null && !IsInteger(code))];

    /// <summary>The implemented instructions that no case has, with the reason.</summary>
    public static IEnumerable<(Code Code, string Reason)> Left => from code in All let reason = Reason(code) where reason is not null select (code, reason);

    private static bool IsInteger(Code code) => InstructionRows.Families.Contains(LiftTable.Find(code)!.Method.DeclaringType!);

    private static string? Reason(Code code)
    {
        if (Reasons.TryGetValue(code.Mnemonic(), out string? reason))
            return reason;
        if (ProcessorDifferences.LeavingOut(code) is { } difference)
            return difference.Subject;
        // INT3, UD2 and their like are faults, and welcome.
        bool traps = code.Mnemonic() is Mnemonic.Int3 or Mnemonic.Int or Mnemonic.Ud1 or Mnemonic.Ud2;
        return traps || !IsInteger(code) ? null : InstructionRows.NotComparable(code);
    }
}
