namespace Arch.Arm64.Tests.Decoding;

/// <summary>Names of instructions: those of the decoder's rows, and those that Capstone prints, aliases included.</summary>
internal static class Mnemonics
{
    /// <summary>What an alias is called in the manual's own terms.</summary>
    private static readonly Dictionary<string, string[]> s_aliases = new(StringComparer.Ordinal)
    {
        ["cmp"] = ["subs"], ["cmn"] = ["adds"], ["neg"] = ["sub", "neg"], ["negs"] = ["subs"], ["tst"] = ["ands"],
        ["mov"] = ["orr", "add", "movz", "movn", "umov", "ins", "dup"], ["mvn"] = ["orn", "not"],
        ["ngc"] = ["sbc"], ["ngcs"] = ["sbcs"],
        ["lsl"] = ["ubfm", "lslv"], ["lsr"] = ["ubfm", "lsrv"], ["asr"] = ["sbfm", "asrv"], ["ror"] = ["extr", "rorv"],
        ["sxtb"] = ["sbfm"], ["sxth"] = ["sbfm"], ["sxtw"] = ["sbfm"], ["uxtb"] = ["ubfm"], ["uxth"] = ["ubfm"],
        ["sbfx"] = ["sbfm"], ["sbfiz"] = ["sbfm"], ["ubfx"] = ["ubfm"], ["ubfiz"] = ["ubfm"],
        ["bfi"] = ["bfm"], ["bfxil"] = ["bfm"], ["bfc"] = ["bfm"],
        ["cset"] = ["csinc"], ["cinc"] = ["csinc"], ["csetm"] = ["csinv"], ["cinv"] = ["csinv"], ["cneg"] = ["csneg"],
        ["mul"] = ["madd", "mul"], ["mneg"] = ["msub"], ["smull"] = ["smaddl", "smull"], ["umull"] = ["umaddl", "umull"],
        ["smnegl"] = ["smsubl"], ["umnegl"] = ["umsubl"],
        ["sxtl"] = ["sshll"], ["uxtl"] = ["ushll"],
        ["nop"] = ["hint"], ["yield"] = ["hint"], ["wfe"] = ["hint"], ["wfi"] = ["hint"], ["sev"] = ["hint"], ["sevl"] = ["hint"],
        ["prfm"] = ["ldr", "prfm"], ["prfum"] = ["ldur"],
        ["dc"] = ["sys"], ["ic"] = ["sys"], ["at"] = ["sys"], ["tlbi"] = ["sys"],
    };

    /// <summary>Whether a row can be what Capstone's text says.</summary>
    /// <param name="row">The row's name: mnemonics, and the form in parentheses.</param>
    /// <param name="text">A mnemonic and operands.</param>
    public static bool AreSame(string row, string text)
    {
        var mnemonic = Of(text);
        var names = OfRow(row);
        return Candidates(mnemonic).Any(names.Contains);
    }

    public static string Of(string text) => text.Split(' ', 2)[0];

    private static IEnumerable<string> Candidates(string mnemonic)
    {
        foreach (string name in s_aliases.GetValueOrDefault(mnemonic) ?? []) yield return name;
        yield return mnemonic;
        // The second half of a vector register: the "2" is Q.
        if (mnemonic.EndsWith('2')) yield return mnemonic[..^1];
        if (mnemonic is "sxtl2" or "uxtl2") yield return mnemonic == "sxtl2" ? "sshll" : "ushll";
        if (mnemonic.StartsWith("b.", StringComparison.Ordinal)) yield return "b.cond";
        // Loads, stores and atomics: order and size are suffixes.
        foreach (string stem in s_sized)
            if (mnemonic.StartsWith(stem, StringComparison.Ordinal) && IsSuffix(mnemonic[stem.Length..])) yield return stem;
        if (mnemonic.StartsWith("st", StringComparison.Ordinal) &&
            s_sized.Contains("ld" + mnemonic[2..].TrimEnd('b', 'h', 'l')))
            yield return "ld" + mnemonic[2..].TrimEnd('b', 'h', 'l');
    }

    private static readonly HashSet<string> s_sized =
    [
        "ldr", "str", "ldur", "stur", "ldtr", "sttr", "ldxr", "stxr", "ldaxr", "stlxr", "ldar", "stlr", "ldrs", "ldurs", "ldtrs",
        "ldadd", "ldclr", "ldeor", "ldset", "ldsmax", "ldsmin", "ldumax", "ldumin", "swp", "cas", "casp",
    ];

    private static bool IsSuffix(string suffix) =>
        suffix is "" or "b" or "h" or "w" or "a" or "l" or "al" or "ab" or "lb" or "alb" or "ah" or "lh" or "alh";

    private static HashSet<string> OfRow(string row)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        int form = row.IndexOf(" (", StringComparison.Ordinal);
        foreach (string part in (form < 0 ? row : row[..form]).ToLowerInvariant().Split(", "))
        {
            string name = part.Split(" to ", 2)[0];
            names.Add(name);
            // "LD1 to LD4": all of them.
            if (part.Contains(" to ", StringComparison.Ordinal) && char.IsDigit(part[^1]) | part.EndsWith('r'))
                for (char digit = '2'; digit <= '4'; digit++) names.Add(name.Replace('1', digit));
            if (name is "ldr" or "ldur" or "ldtr") names.Add(name + "s");
        }
        return names;
    }
}
