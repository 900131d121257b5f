using System.Security;
using System.Text;
using TraceKernel.Abi;

namespace GdbStub.Tracing;

/// <summary>target.xml: the register table as gdb's and lldb's target description (GDB manual, Target Descriptions).</summary>
public sealed class TargetDescription(RegisterLayout layout)
{
    private readonly Dictionary<string, byte[]> _documents = new(StringComparer.Ordinal);

    /// <summary>The document in UTF-8.</summary>
    /// <param name="osabi">What its osabi element says: FreeBSD or none.</param>
    public ReadOnlySpan<byte> Document(string osabi)
    {
        if (!_documents.TryGetValue(osabi, out var document))
            _documents[osabi] = document = Encoding.UTF8.GetBytes(Build(osabi));
        return document;
    }

    private string Build(string osabi)
    {
        var target = layout.Target;
        var text = new StringBuilder("<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target version=\"1.0\">\n")
            .Append("  <architecture>").Append(SecurityElement.Escape(target.GdbArchitecture)).Append("</architecture>\n")
            .Append("  <osabi>").Append(SecurityElement.Escape(osabi)).Append("</osabi>\n");
        string? feature = null;
        for (var number = 0; number < layout.Count; number++)
        {
            var row = target.Registers[number];
            if (row.Feature != feature)
            {
                if (feature is not null) text.Append("  </feature>\n");
                feature = row.Feature;
                text.Append("  <feature name=\"").Append(SecurityElement.Escape(feature)).Append("\">\n")
                    .Append(target.FeatureTypes(feature));
            }
            AppendRegister(text, number, row);
        }
        if (feature is not null) text.Append("  </feature>\n");
        return text.Append("</target>\n").ToString();
    }

    /// <summary>One register; what gdb does not know (offset, generic, the unwinder's numbers) it passes over, and lldb needs.</summary>
    private void AppendRegister(StringBuilder text, int number, RegisterRow row)
    {
        text.Append("    <reg");
        Attribute("name", row.Name);
        Attribute("bitsize", $"{row.Bits}");
        Attribute("type", row.Type);
        Attribute("regnum", $"{number}");
        Attribute("group", row.Group);
        Attribute("offset", $"{layout.Offset(number)}");
        if (row.Generic is { } generic) Attribute("generic", generic);
        if (row.EhFrame >= 0) Attribute("ehframe_regnum", $"{row.EhFrame}");
        if (row.Dwarf >= 0) Attribute("dwarf_regnum", $"{row.Dwarf}");
        text.Append("/>\n");

        void Attribute(string name, string value) =>
            text.Append(' ').Append(name).Append("=\"").Append(SecurityElement.Escape(value)).Append('"');
    }
}
