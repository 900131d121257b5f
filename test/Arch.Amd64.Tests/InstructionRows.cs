using Arch.Amd64.Lifting;
using Iced.Intel;

namespace Arch.Amd64.Tests;

/// <summary>The integer instruction codes that are lifted, and those of them that cannot be compared with the host.</summary>
internal static class InstructionRows
{
    /// <summary>The families that are compared; those of vectors and of the x87 have tests of their own.</summary>
    public static IReadOnlyList<Type> Families { get; } =
    [
        typeof(Arithmetic), typeof(BitScan), typeof(CompareExchange), typeof(ControlFlow), typeof(DataMovement), typeof(FlagControl),
        typeof(Logic), typeof(MultiplyDivide), typeof(Rotations), typeof(SegmentRegisters), typeof(Shifts), typeof(Stack),
        typeof(Strings), typeof(SystemInstructions),
    ];

    /// <summary>Every code that exists in 64-bit mode and that a method of the integer families lifts.</summary>
    public static IEnumerable<Code> Lifted() =>
        from code in Enum.GetValues<Code>()
        let description = code.ToOpCode()
        where description is { IsInstruction: true, Encoding: EncodingKind.Legacy, Mode64: true, IsPrivileged: false }
        where LiftTable.Find(code) is { } lift && Families.Contains(lift.Method.DeclaringType)
        select code;

    /// <summary>Why a code is not executed on the host, or null when it is.</summary>
    public static string? NotComparable(Code code) => code.Mnemonic() switch
    {
        Mnemonic.Cpuid or Mnemonic.Rdtsc or Mnemonic.Rdtscp => "answers for the emulated processor, not the host's",
        Mnemonic.Syscall => "would call the host's kernel",
        Mnemonic.Sgdt or Mnemonic.Sidt or Mnemonic.Sldt or Mnemonic.Str or Mnemonic.Smsw or
        Mnemonic.Int or Mnemonic.Int1 or Mnemonic.Int3 or Mnemonic.Ud1 or Mnemonic.Ud2 => "traps by definition",
        Mnemonic.Lfs or Mnemonic.Lgs or Mnemonic.Lss => "the host's selectors are its own",
        Mnemonic.Tzcnt or Mnemonic.Lzcnt => "a different instruction on a host with BMI1 and ABM",
        _ => NotComparableForm(code),
    };

    private static string? NotComparableForm(Code code)
    {
        var description = code.ToOpCode();
        for (int operand = 0; operand < description.OpCount; operand++)
        {
            if (description.GetOpKind(operand) is OpCodeOperandKind.seg_reg or OpCodeOperandKind.fs or OpCodeOperandKind.gs)
                return "the host's selectors are its own";
        }
        return code switch
        {
            _ when code.IsJmpFarIndirect() || code.IsCallFarIndirect() => "refused: there is no other code segment",
            _ => ProcessorDifferences.LeavingOut(code)?.Subject,
        };
    }

    /// <summary>Whether it is a near branch with an operand-size prefix.</summary>
    public static bool IsNearBranchOf16Bits(Code code) => code.ToOpCode().OperandSize == 16 && code.IsNearBranch();

    private static bool IsNearBranch(this Code code) =>
        code.IsJccShortOrNear() || code.IsJmpShortOrNear() || code.IsCallNear() || code.IsJmpNearIndirect() || code.IsCallNearIndirect() ||
        code.Mnemonic() is Mnemonic.Ret or Mnemonic.Loop or Mnemonic.Loope or Mnemonic.Loopne or Mnemonic.Jrcxz or Mnemonic.Jecxz;

    /// <summary>Whether the description is of a string instruction, which may be repeated.</summary>
    public static bool IsString(this OpCodeInfo description) =>
        description.OpCount > 0 && Enumerable.Range(0, description.OpCount)
            .Any(operand => description.GetOpKind(operand) is OpCodeOperandKind.seg_rSI or OpCodeOperandKind.es_rDI);
}
