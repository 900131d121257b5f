namespace Arch.Arm64.Tests.Decoding;

/// <summary>Why the decoder and Capstone may disagree on a word.</summary>
internal static class KnownDifferences
{
    /// <summary>The reason; null when there is none.</summary>
    public static string? Reason(uint word, string? ours, string? theirs) => (ours, theirs) switch
    {
        (null, not null) => OnlyCapstones(word, Mnemonics.Of(theirs)),
        (not null, null) => OnlyOurs(word, ours),
        _ => null,
    };

    private static string? OnlyCapstones(uint word, string mnemonic)
    {
        if (word >> 22 == 0x354) return "system registers and instructions that user mode does not have";
        if (word >> 24 == 0xd4 || mnemonic is "eret" or "drps") return "exceptions that user mode cannot take or return from";
        return null;
    }

    private static string? OnlyOurs(uint word, string name)
    {
        if (name is "CAS" or "CASP" or "SWP" || name.StartsWith("LDADD", StringComparison.Ordinal))
            return "atomics of Armv8.1, which came after Capstone 4";
        if (name.StartsWith("DUP", StringComparison.Ordinal)) return "imm5 above the size's bit, which the manual says is ignored";
        if (name.StartsWith("INS (element", StringComparison.Ordinal)) return "imm4 below the size's bit, which the manual says is ignored";
        var (rt, rn, rt2) = (word & 31, word >> 5 & 31, word >> 10 & 31);
        bool isVector = (word >> 26 & 1) != 0, isLoad = (word >> 22 & 1) != 0;
        if (name.StartsWith("LDXP", StringComparison.Ordinal) && rt == rt2)
            return "a pair loaded into one register, which the manual leaves unpredictable";
        if (name.StartsWith("LDP", StringComparison.Ordinal) || name.StartsWith("LDNP", StringComparison.Ordinal))
        {
            bool writesBack = name.Contains("-index", StringComparison.Ordinal);
            if (isLoad && rt == rt2) return "a pair loaded into one register, which the manual leaves unpredictable";
            if (writesBack && !isVector && (rt == rn || rt2 == rn))
                return "write-back to a register that is transferred, which the manual leaves unpredictable";
        }
        if (name.Contains("-index", StringComparison.Ordinal) && rt == rn)
            return "write-back to a register that is transferred, which the manual leaves unpredictable";
        if (name.StartsWith("LDTR", StringComparison.Ordinal) && rt == rn)
            return "LDTR into its base register, which Capstone takes for a write-back";
        return null;
    }
}
