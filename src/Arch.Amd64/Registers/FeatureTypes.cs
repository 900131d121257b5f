using System.Text;

namespace Arch.Amd64.Registers;

/// <summary>The types that gdb's amd64 features define, as target.xml elements (GDB manual, Target Description Format).</summary>
internal static class FeatureTypes
{
    private static readonly string CoreTypes = FlagRegister("i386_eflags",
        [("CF", 0), ("", 1), ("PF", 2), ("AF", 4), ("ZF", 6), ("SF", 7), ("TF", 8), ("IF", 9), ("DF", 10), ("OF", 11), ("NT", 14),
            ("RF", 16), ("VM", 17), ("AC", 18), ("VIF", 19), ("VIP", 20), ("ID", 21)]);

    private static readonly string SseTypes = VectorUnion("vec128",
        [new("v8bf16", "v8_bfloat16", "bfloat16", 8), new("v8h", "v8_half", "ieee_half", 8), new("v4f", "v4_float", "ieee_single", 4),
            new("v2d", "v2_double", "ieee_double", 2), new("v16i8", "v16_int8", "int8", 16), new("v8i16", "v8_int16", "int16", 8),
            new("v4i32", "v4_int32", "int32", 4), new("v2i64", "v2_int64", "int64", 2)])
        + FlagRegister("i386_mxcsr",
            [("IE", 0), ("DE", 1), ("ZE", 2), ("OE", 3), ("UE", 4), ("PE", 5), ("DAZ", 6), ("IM", 7), ("DM", 8), ("ZM", 9), ("OM", 10),
                ("UM", 11), ("PM", 12), ("FZ", 15)]);

    /// <summary>The definitions that stand before the registers of a feature; empty where it uses only gdb's own types.</summary>
    public static string Of(string feature) => feature switch
    {
        RegisterTable.Core => CoreTypes,
        RegisterTable.Sse => SseTypes,
        _ => "",
    };

    /// <summary>A register of four bytes whose named bits are flags; the nameless bit always reads as one.</summary>
    private static string FlagRegister(string id, (string Name, int Bit)[] flags)
    {
        var xml = new StringBuilder($"<flags id=\"{id}\" size=\"4\">\n");
        foreach (var (name, bit) in flags) xml.Append($"<field name=\"{name}\" start=\"{bit}\" end=\"{bit}\"/>\n");
        return xml.Append("</flags>\n").ToString();
    }

    /// <summary>A vector register as every vector it may hold, and as one integer.</summary>
    private static string VectorUnion(string id, VectorForm[] forms)
    {
        var xml = new StringBuilder();
        foreach (var form in forms) xml.Append($"<vector id=\"{form.Id}\" type=\"{form.Element}\" count=\"{form.Count}\"/>\n");
        xml.Append($"<union id=\"{id}\">\n");
        foreach (var form in forms) xml.Append($"<field name=\"{form.Field}\" type=\"{form.Id}\"/>\n");
        return xml.Append("<field name=\"uint128\" type=\"uint128\"/>\n</union>\n").ToString();
    }

    private readonly record struct VectorForm(string Id, string Field, string Element, int Count);
}
