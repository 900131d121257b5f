using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>A core file of the current process as it stands: the kernel's own, which every debugger reads.</summary>
internal static class Cores
{
    /// <summary>lldb's "process save-core" (LLDB's protocol extensions, qSaveCore).</summary>
    [Packet("qSaveCore", "path-hint:hex-path", Advertises = "qSaveCore+", NeedsStop = true)]
    public static void Save(Session session, ReadOnlySpan<byte> arguments)
    {
        var hint = "";
        for (var reader = new PacketReader(arguments); !reader.IsEmpty;)
        {
            var option = new PacketReader(reader.Until(';'));
            if (option.IsEmpty) continue;
            if (option.Until(':').SequenceEqual("path-hint"u8) && PacketReader.TryText(option.Rest, out hint)) continue;
            Targets.Malformed(session);
            return;
        }
        if (!Targets.TryCurrent(session, out var thread)) return;
        session.Log.Information("saving a core of process {Pid}", thread.Process.Pid);
        var error = CoreSaver.Save(session.System, session.Tracer.Layout, thread, hint, out var path);
        session.Log.Information("the core of process {Pid} is {Path}: {Error}", thread.Process.Pid, path, error);
        if (error == Errno.None) session.Reply.Text("core-path:"u8).HexText(path);
        else session.Reply.Error(error, $"no core file: {error}");
    }

    /// <summary>For gdb, whose own gcore writes notes that lldb does not know, and reads all memory over the connection.</summary>
    public static string SaveForUser(Session session, string[] words)
    {
        if (words.Length > 2) return "monitor gcore [PATH]\n";
        if (session.Tracer.Current is not { } thread) return "There is no process.\n";
        var path = words.Length > 1 ? words[1] : CoreSaver.DefaultPath(thread.Process.Pid);
        var error = CoreSaver.SaveAs(session.System, session.Tracer.Layout, thread, path);
        return error == Errno.None
            ? $"Saved corefile {path} in the guest; \"remote get {path} FILE\" fetches it.\n" : $"No core file {path}: {error}.\n";
    }
}
