using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GdbStub.Tracing;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Sessions;

/// <summary>
/// Each packet of one session with the ptrace requests that it became and their results: for --trace as JSON lines, for "monitor trace" as
/// text. Every line has the number of instructions that the guests had retired when the packet was answered, so that runs can be compared.
/// </summary>
/// <param name="next">Sees all packets, too.</param>
/// <param name="file">Where the lines go; null: nowhere.</param>
/// <param name="session">The session's number.</param>
/// <param name="instructions">How many instructions the guests have retired.</param>
public sealed class PacketTrace(IPacketLog next, TraceFile? file, int session, Func<long> instructions) : IPacketLog, ICallLog
{
    private const int LinesKept = 2000;

    // No web page shows it: packets are to be read as they are.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<TracedCall> _calls = [];
    private readonly StringBuilder _output = new();
    private readonly ArrayBufferWriter<byte> _line = new();
    private Queue<string>? _kept;
    private string? _packet;

    /// <summary>Whether text is kept for <see cref="Take"/>.</summary>
    public bool IsKept
    {
        get => _kept is not null;
        set => _kept = value ? _kept ?? new Queue<string>() : null;
    }

    private bool IsOn => file is not null || _kept is not null;

    /// <summary>
    /// The text kept since it was last taken: a packet, indented its calls, its reply; the oldest lines are dropped beyond some thousand.
    /// </summary>
    public string Take()
    {
        if (_kept is null) return "";
        var text = string.Concat(_kept.Select(line => line + "\n"));
        _kept.Clear();
        return text;
    }

    public void Received(ReadOnlySpan<byte> packet)
    {
        next.Received(packet);
        if (!IsOn) return;
        // The last one had no reply, as R and the end of a session have none.
        if (_packet is not null) Finish(null);
        _packet = RecentPackets.Printable(packet);
    }

    public void Sent(ReadOnlySpan<byte> packet, SentKind kind)
    {
        next.Sent(packet, kind);
        if (!IsOn) return;
        // Output comes in pieces as time has it. What counts is the whole.
        if (kind == SentKind.Output) _output.Append(Encoding.Latin1.GetString(Convert.FromHexString(packet[1..])));
        else Finish(RecentPackets.Printable(packet));
    }

    public void Ptrace(int request, int pid, ulong address, int data, ReadOnlySpan<byte> image, Errno error, long result)
    {
        if (IsOn) _calls.Add(TracedCall.OfPtrace(request, pid, address, data, image, error, result));
    }

    public void Wait6(int idType, long id, int options, Errno error, int pid, int status)
    {
        if (!IsOn) return;
        var isStatus = error == Errno.None && pid != 0;
        _calls.Add(new TracedCall("wait6", isStatus ? pid : 0, null, isStatus ? PtraceNames.Status(status) : null, error, pid));
    }

    public void Kill(int pid, int signal, Errno error)
    {
        if (IsOn) _calls.Add(new TracedCall("kill", pid, SignalTexts.Name(signal), null, error, 0));
    }

    public void ThreadKill(int pid, int lwp, int signal, Errno error)
    {
        if (IsOn) _calls.Add(new TracedCall("thr_kill2", lwp, SignalTexts.Name(signal), null, error, 0));
    }

    public void Spawn(SpawnRequest program, Errno error, int pid)
    {
        if (IsOn) _calls.Add(new TracedCall("execve", pid, program.Path, null, error, 0));
    }

    private void Finish(string? reply)
    {
        if (file is not null) Write(file, reply);
        // The reply to the packet that began it has no beginning.
        if (_kept is not null && _packet is not null) Keep(_kept, reply);
        (_packet, _) = (null, _output.Clear());
        _calls.Clear();
    }

    private void Write(TraceFile to, string? reply)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line, Json))
        {
            json.WriteStartObject();
            json.WriteNumber("session", session);
            json.WriteNumber("instructions", instructions());
            if (_packet is not null) json.WriteString("packet", _packet);
            json.WriteStartArray("calls");
            foreach (var call in _calls) call.Write(json);
            json.WriteEndArray();
            if (_output.Length > 0) json.WriteString("output", _output.ToString());
            if (reply is not null) json.WriteString("reply", reply);
            json.WriteEndObject();
        }
        to.Write(_line.WrittenSpan);
    }

    private void Keep(Queue<string> kept, string? reply)
    {
        kept.Enqueue("-> " + _packet);
        foreach (var call in _calls) kept.Enqueue("     " + call);
        if (reply is not null) kept.Enqueue("<- " + reply);
        while (kept.Count > LinesKept) kept.Dequeue();
    }
}
