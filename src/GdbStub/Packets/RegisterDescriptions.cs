using GdbStub.Sessions;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>One register at a time: what lldb asks for where it does not use target.xml.</summary>
internal static class RegisterDescriptions
{
    /// <summary>Register NUMBER, until there are no more: then error 45, as lldb-server says.</summary>
    [Packet("qRegisterInfo", "number", Glued = true)]
    public static void Describe(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        var layout = session.Tracer.Layout;
        if (!reader.TryCount(out var number) || !reader.IsEmpty)
        {
            Targets.Malformed(session);
            return;
        }
        if (number >= layout.Count)
        {
            session.Reply.Error(Errno.EOPNOTSUPP, "there are no more registers");
            return;
        }
        var row = layout.Target.Registers[number];
        session.Reply.Text("name:"u8).Text(row.Name)
            .Text(";bitsize:"u8).Number(row.Bits)
            .Text(";offset:"u8).Number(layout.Offset(number))
            .Text(";encoding:"u8).Text(Encoding(row)).Text(";format:"u8).Text(Format(row))
            .Text(";set:"u8).Text(SetName(row)).Text(';');
        if (row.EhFrame >= 0) session.Reply.Text("ehframe:"u8).Number(row.EhFrame).Text(';');
        if (row.Dwarf >= 0) session.Reply.Text("dwarf:"u8).Number(row.Dwarf).Text(';');
        if (row.Generic is { } generic) session.Reply.Text("generic:"u8).Text(generic).Text(';');
    }

    private static string Encoding(RegisterRow row) => row.Type switch
    {
        "i387_ext" => "ieee754",
        "ieee_single" or "ieee_double" => "ieee754",
        _ => row.Bits > 64 ? "vector" : "uint",
    };

    private static string Format(RegisterRow row) => row.Type switch
    {
        "i387_ext" or "ieee_single" or "ieee_double" => "float",
        _ => row.Bits > 64 ? "vector-uint8" : "hex",
    };

    private static string SetName(RegisterRow row) => row.Group switch
    {
        "float" => "Floating Point Registers",
        "vector" => "Vector Registers",
        _ => "General Purpose Registers",
    };
}
