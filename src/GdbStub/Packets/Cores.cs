using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>A core file of the current process as it stands: lldb's "process save-core" (LLDB's protocol extensions, qSaveCore).</summary>
internal static class Cores
{
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
}
