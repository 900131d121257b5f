using System.Buffers;
using System.Globalization;
using System.Text.Json;
using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>Why each thread is stopped, and where: what lldb asks after a stop.</summary>
internal static class ThreadStops
{
    /// <summary>The stop reply of one thread.</summary>
    [Packet("qThreadStopInfo", "thread-id", Glued = true)]
    public static void OfThread(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryThread(out var id) || !reader.IsEmpty) Targets.Malformed(session);
        else if (Targets.Find(session, id) is not { } thread) session.Reply.Error(Errno.ESRCH, "there is no such thread");
        else LldbStops.Write(session, thread, LldbStops.Describe(thread, session.Tracer.LastStop));
    }

    /// <summary>All threads of the selected thread's process at once, in JSON.</summary>
    [Packet("jThreadsInfo", Advertises = "jThreadsInfo+")]
    public static void OfAllThreads(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!Targets.TryCurrent(session, out var current)) return;
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            foreach (var thread in current.Process.Threads) Write(json, session, thread);
            json.WriteEndArray();
        }
        session.Reply.Binary(text.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, Session session, TracedThread thread)
    {
        var why = LldbStops.Describe(thread, session.Tracer.LastStop);
        json.WriteStartObject();
        json.WriteNumber("tid", thread.Lwp);
        if (thread.Name is { Length: > 0 } name) json.WriteString("name", GuestText.Decoded(name));
        if (why.Signal != 0) json.WriteNumber("signal", why.Signal);
        json.WriteString("reason", why.Reason ?? "none");
        if (why.Description is not null) json.WriteString("description", why.Description);
        json.WriteStartObject("registers");
        var layout = session.Tracer.Layout;
        Span<byte> room = stackalloc byte[LldbStops.ExpeditedBytes];
        for (var number = 0; number < layout.Count; number++)
        {
            var value = room;
            if (LldbStops.TryReadExpedited(layout, thread, number, ref value))
                json.WriteString(number.ToString(CultureInfo.InvariantCulture), Convert.ToHexStringLower(value));
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
