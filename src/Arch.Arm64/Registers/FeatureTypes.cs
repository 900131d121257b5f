using System.Text;

namespace Arch.Arm64.Registers;

/// <summary>The types that gdb's aarch64 features define, as target.xml elements (GDB manual, Target Description Format).</summary>
internal static class FeatureTypes
{
    private static readonly string CoreTypes = MakeCoreTypes();

    private static readonly string FpuTypes = MakeFpuTypes();

    /// <summary>The definitions that stand before the registers of a feature; empty where it uses only gdb's own types.</summary>
    public static string Of(string feature) => feature switch
    {
        RegisterTable.Core => CoreTypes,
        RegisterTable.Fpu => FpuTypes,
        _ => "",
    };

    private static string MakeCoreTypes()
    {
        (string Name, int Bit)[] flags =
        [
            ("SP", 0), ("nRW", 4), ("F", 6), ("I", 7), ("A", 8), ("D", 9), ("IL", 20), ("SS", 21), ("V", 28), ("C", 29), ("Z", 30),
            ("N", 31),
        ];
        var xml = new StringBuilder("<flags id=\"cpsr_flags\" size=\"4\">\n");
        foreach (var (name, bit) in flags) xml.Append($"<field name=\"{name}\" start=\"{bit}\" end=\"{bit}\"/>\n");
        return xml.Append("<field name=\"EL\" start=\"2\" end=\"3\"/>\n</flags>\n").ToString();
    }

    /// <summary>A vector register as gdb shows it: one union of vectors for each element size.</summary>
    private static string MakeFpuTypes()
    {
        Size[] sizes =
        [
            new('d', 2, [("f", "ieee_double"), ("u", "uint64"), ("s", "int64")]),
            new('s', 4, [("f", "ieee_single"), ("u", "uint32"), ("s", "int32")]),
            new('h', 8, [("f", "ieee_half"), ("u", "uint16"), ("s", "int16")]),
            new('b', 16, [("u", "uint8"), ("s", "int8")]),
            new('q', 1, [("u", "uint128"), ("s", "int128")]),
        ];
        var xml = new StringBuilder();
        foreach (var size in sizes)
            foreach (var (kind, element) in size.Elements)
                xml.Append($"<vector id=\"v{size.Letter}{kind}\" type=\"{element}\" count=\"{size.Count}\"/>\n");
        foreach (var size in sizes)
        {
            xml.Append($"<union id=\"vn{size.Letter}\">\n");
            foreach (var (kind, _) in size.Elements) xml.Append($"<field name=\"{kind}\" type=\"v{size.Letter}{kind}\"/>\n");
            xml.Append("</union>\n");
        }
        xml.Append("<union id=\"aarch64v\">\n");
        foreach (var size in sizes) xml.Append($"<field name=\"{size.Letter}\" type=\"vn{size.Letter}\"/>\n");
        return xml.Append("</union>\n").ToString();
    }

    private sealed record Size(char Letter, int Count, (string Kind, string Element)[] Elements);
}
