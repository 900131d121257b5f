using Iced.Intel;

namespace Arch.Amd64.Tests.Differential;

/// <summary>
/// Which status flags are undefined after a sequence of instructions: what processors leave there is not compared, nor read.
/// </summary>
internal static class FlagKnowledge
{
    public const ulong CF = 1, PF = 4, AF = 0x10, ZF = 0x40, SF = 0x80, OF = 0x800;

    private static readonly (RflagsBits Name, ulong Bit)[] Names =
        [(RflagsBits.CF, CF), (RflagsBits.PF, PF), (RflagsBits.AF, AF), (RflagsBits.ZF, ZF), (RflagsBits.SF, SF), (RflagsBits.OF, OF)];

    /// <summary>Whether it looks at one of the flags <paramref name="undefined"/>.</summary>
    public static bool Reads(in Instruction instruction, ulong undefined)
    {
        bool readsAll = instruction.Mnemonic is Mnemonic.Pushf or Mnemonic.Pushfq or Mnemonic.Lahf;
        return undefined != 0 && (readsAll || (Bits(instruction.RflagsRead) & undefined) != 0);
    }

    /// <summary>What is undefined after it.</summary>
    public static ulong After(in Instruction instruction, ulong undefined)
    {
        var anything = new MachineState();
        bool countIsUnknown = IsShift(instruction) && instruction.GetOpKind(instruction.OpCount - 1) == OpKind.Register;
        bool mayDoNothing = countIsUnknown || instruction.HasRepPrefix || instruction.HasRepnePrefix;
        if (countIsUnknown)
        {
            // A count of 31 leaves undefined all that any count does, but for the carry.
            anything[Register.RCX] = 31;
            return undefined | UndefinedFlags.Of(instruction, anything) | (IsLogicalShift(instruction) ? CF : 0);
        }
        ulong added = UndefinedFlags.Of(instruction, anything);
        bool isNoShift = IsShift(instruction) && UndefinedFlags.CountOf(instruction, anything) == 0;
        ulong written = mayDoNothing || isNoShift ? 0 : Bits(instruction.RflagsModified);
        return (undefined & ~written) | added;
    }

    private static ulong Bits(RflagsBits flags)
    {
        ulong bits = 0;
        foreach (var (name, bit) in Names)
            bits |= (flags & name) != 0 ? bit : 0;
        return bits;
    }

    private static bool IsShift(in Instruction instruction) => instruction.Mnemonic is Mnemonic.Shl or Mnemonic.Sal or Mnemonic.Shr or
        Mnemonic.Sar or Mnemonic.Shld or Mnemonic.Shrd or Mnemonic.Rol or Mnemonic.Ror or Mnemonic.Rcl or Mnemonic.Rcr;

    private static bool IsLogicalShift(in Instruction instruction) => instruction.Mnemonic is Mnemonic.Shl or Mnemonic.Sal or Mnemonic.Shr;
}
