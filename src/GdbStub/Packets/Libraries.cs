using System.Globalization;
using System.Text;
using GdbStub.Sessions;
using GdbStub.Tracing;

namespace GdbStub.Packets;

/// <summary>The shared libraries of the selected thread's process, as its dynamic linker lists them.</summary>
internal static class Libraries
{
    /// <summary>
    /// For clients that know SVR4 and put their own breakpoint where the linker tells of changes. The annex "start=MAP;prev=MAP;lmid=SPACE"
    /// asks for the rest of the list from one entry on; both are addresses in hex.
    /// </summary>
    [Packet("qXfer:libraries-svr4:read:", "annex:offset,length",
        Advertises = "qXfer:libraries-svr4:read+;augmented-libraries-svr4-read+")]
    public static void ReadSvr4(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!Transfers.TryPiece(session, arguments, out var annex, out var piece)) return;
        if (!TryStart(annex, out var start))
        {
            Targets.Malformed(session);
            return;
        }
        Transfers.Send(session, Encoding.UTF8.GetBytes(Svr4(session, start)), piece);
    }

    /// <summary>
    /// For a gdb that does not know FreeBSD and therefore has no idea of SVR4 libraries. Changes of the list are reported to it as stops.
    /// </summary>
    [Packet("qXfer:libraries:read:", "annex:offset,length", Advertises = "qXfer:libraries:read+")]
    public static void Read(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!Transfers.TryPiece(session, arguments, out _, out var piece)) return;
        var text = new StringBuilder("<library-list>");
        if (session.Tracer.Current?.Process is { } process)
        {
            if (!session.Client.IsLldb) process.Libraries.Watch();
            foreach (var library in ReadAll(session, process))
                text.Append(CultureInfo.InvariantCulture,
                    $"<library name=\"{GuestText.Xml(library.Name)}\"><segment address=\"0x{library.Address:x}\"/></library>");
        }
        Transfers.Send(session, Encoding.UTF8.GetBytes(text.Append("</library-list>").ToString()), piece);
    }

    /// <summary>Before the dynamic linker has made its list, there is the linker itself.</summary>
    private static List<LoadedLibrary> ReadAll(Session session, Tracee process)
    {
        if (LinkMap.Find(session.System, process)?.ReadLibraries() is { Count: > 0 } libraries) return libraries;
        return ProgramImage.Read(session.System, process) is { Interpreter: { } path, InterpreterBase: var address }
            ? [new LoadedLibrary(path, 0, address, 0, 0)] : [];
    }

    private static string Svr4(Session session, ulong start)
    {
        var map = session.Tracer.Current is { } thread ? LinkMap.Find(session.System, thread.Process) : null;
        if (map is null || map.Main == 0) return "<library-list-svr4 version=\"1.0\"/>";
        var text = new StringBuilder("<library-list-svr4 version=\"1.0\"");
        // A list from the middle on is joined to one that has the program already; and lldb takes the attribute for the place of the
        // pointer to struct r_debug, which it otherwise finds by itself.
        if (start == 0 && !session.Client.IsLldb) text.Append(CultureInfo.InvariantCulture, $" main-lm=\"0x{map.Main:x}\"");
        text.Append('>');
        var isIn = start == 0 || start == map.Main;
        foreach (var library in map.ReadLibraries())
        {
            isIn |= library.Map == start;
            if (!isIn) continue;
            text.Append(CultureInfo.InvariantCulture, $"<library name=\"{GuestText.Xml(library.Name)}\" lm=\"0x{library.Map:x}\"")
                .Append(CultureInfo.InvariantCulture, $" l_addr=\"0x{library.Address:x}\" l_ld=\"0x{library.Dynamic:x}\"");
            // Since gdb 15, which sends error-message+ from 16 on; others would not know what to do with it.
            if (session.Client.ErrorMessage) text.Append(CultureInfo.InvariantCulture, $" lmid=\"0x{library.Space:x}\"");
            text.Append("/>");
        }
        return text.Append("</library-list-svr4>").ToString();
    }

    private static bool TryStart(ReadOnlySpan<byte> annex, out ulong start)
    {
        start = 0;
        for (var reader = new PacketReader(annex); !reader.IsEmpty;)
        {
            var option = new PacketReader(reader.Until(';'));
            var name = option.Until('=');
            if (!option.TryNumber(out var value) || !option.IsEmpty) return false;
            if (name.SequenceEqual("start"u8)) start = value;
            else if (!name.SequenceEqual("prev"u8) && !name.SequenceEqual("lmid"u8)) return false;
        }
        return true;
    }
}
