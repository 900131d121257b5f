using Iced.Intel;

namespace Arch.Amd64.Tests;

/// <summary>
/// The flags that the manuals leave undefined (Intel SDM volume 2, "Flags Affected"), where makers and models of processors differ:
/// those the comparison with the host passes over.
/// </summary>
internal static class UndefinedFlags
{
    private const ulong CF = 1, PF = 1 << 2, AF = 1 << 4, ZF = 1 << 6, SF = 1 << 7, OF = 1 << 11;

    private static readonly Dictionary<Mnemonic, ulong> Always = new()
    {
        [Mnemonic.And] = AF,
        [Mnemonic.Or] = AF,
        [Mnemonic.Xor] = AF,
        [Mnemonic.Test] = AF,
        [Mnemonic.Mul] = SF | ZF | AF | PF,
        [Mnemonic.Imul] = SF | ZF | AF | PF,
        [Mnemonic.Div] = CF | OF | SF | ZF | AF | PF,
        [Mnemonic.Idiv] = CF | OF | SF | ZF | AF | PF,
        [Mnemonic.Bsf] = CF | OF | SF | AF | PF,
        [Mnemonic.Bsr] = CF | OF | SF | AF | PF,
        [Mnemonic.Bt] = OF | SF | AF | PF,
        [Mnemonic.Bts] = OF | SF | AF | PF,
        [Mnemonic.Btr] = OF | SF | AF | PF,
        [Mnemonic.Btc] = OF | SF | AF | PF,
    };

    /// <summary>The undefined flags, as bits of RFLAGS, after <paramref name="instruction"/> in a given state.</summary>
    public static ulong Of(in Instruction instruction, MachineState before) => instruction.Mnemonic switch
    {
        Mnemonic.Shl or Mnemonic.Sal or Mnemonic.Shr => AfterShift(instruction, before) | CarryBeyondSize(instruction, before),
        Mnemonic.Sar or Mnemonic.Shld or Mnemonic.Shrd => AfterShift(instruction, before),
        Mnemonic.Rol or Mnemonic.Ror or Mnemonic.Rcl or Mnemonic.Rcr => AfterShift(instruction, before) & OF,
        _ => Always.GetValueOrDefault(instruction.Mnemonic),
    };

    /// <summary>The count of a shift or rotation, cut to 5 or 6 bits.</summary>
    public static int CountOf(in Instruction instruction, MachineState before)
    {
        int operand = instruction.OpCount - 1;
        ulong count = instruction.GetOpKind(operand) == OpKind.Register ? before[Register.RCX] : instruction.GetImmediate(operand);
        return (int)count & (SizeOf(instruction) == 8 ? 63 : 31);
    }

    /// <summary>Bytes of operand 0.</summary>
    public static int SizeOf(in Instruction instruction) =>
        instruction.Op0Kind == OpKind.Memory ? instruction.MemorySize.GetSize() : instruction.Op0Register.GetSize();

    private static ulong AfterShift(in Instruction instruction, MachineState before) => CountOf(instruction, before) switch
    {
        0 => 0,
        1 => AF,
        _ => AF | OF,
    };

    private static ulong CarryBeyondSize(in Instruction instruction, MachineState before) =>
        CountOf(instruction, before) >= 8 * SizeOf(instruction) ? CF : 0;
}
