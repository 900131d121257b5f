using System.Buffers;
using GdbStub.Frames;
using GdbStub.Transports;

namespace GdbStub.Tests.Whole;

/// <summary>
/// A client in the server's own thread: whenever the server waits for bytes, the script gives the next. What a whole session does can so
/// be counted, replayed and fuzzed without sockets, threads and time.
/// </summary>
/// <param name="next">The next bytes; null: the client leaves.</param>
/// <param name="received">Is given what the server sends.</param>
internal sealed class ScriptedConnection(Func<byte[]?> next, Action<ReadOnlyMemory<byte>> received) : Connection
{
    private readonly byte[] _sent = new byte[512 * 1024];
    private ReadOnlyMemory<byte> _rest;
    private bool _hasSpoken;

    public override string Peer => "script";

    public override bool MayHaveLeft => false;

    /// <summary>How often a running program is looked after before the client interrupts it.</summary>
    public int Patience { get; set; } = int.MaxValue;

    /// <summary>How often it has been asked whether a client that has nothing to say meanwhile says something, since it last did.</summary>
    public int Looks { get; private set; }

    /// <summary>The client does not wait for a stop with what it has to say.</summary>
    public bool SpeaksWhileRunning { get; set; }

    /// <summary>Whether the client has something to say now; null: as the members above have it.</summary>
    public Func<bool>? IsReady { get; init; }

    /// <summary>A packet in its frame.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> payload)
    {
        var frame = new ArrayBufferWriter<byte>();
        frame.Write("$"u8);
        frame.Write(payload);
        frame.Write("#"u8);
        frame.Write(System.Text.Encoding.ASCII.GetBytes(FrameEncoder.Checksum(payload).ToString("x2")));
        return frame.WrittenSpan.ToArray();
    }

    public override void Abort() => Aborted = true;

    /// <summary>The server has given the client up.</summary>
    public bool Aborted { get; private set; }

    protected override void Close()
    {
    }

    /// <summary>Asked while a program runs: an all-stop client says nothing then, but for the interrupt.</summary>
    protected override bool Wait(TimeSpan timeout) =>
        IsReady?.Invoke() ?? (Aborted || !_hasSpoken || !_rest.IsEmpty || SpeaksWhileRunning || ++Looks > Patience);

    protected override int ReceiveSome(Span<byte> buffer)
    {
        if (Aborted) return 0;
        _hasSpoken = true;
        if (Looks > Patience)
        {
            Looks = 0;
            // An interrupt inside a packet that was cut off would be a byte of it.
            "#00\u0003"u8.CopyTo(buffer);
            return 4;
        }
        Looks = 0;
        while (_rest.IsEmpty)
        {
            if (next() is not { } more) return 0;
            _rest = more;
        }
        var count = Math.Min(buffer.Length, _rest.Length);
        _rest.Span[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    protected override bool Send(ReadOnlySpan<byte> bytes)
    {
        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(bytes.Length, _sent.Length)..])
        {
            var part = Math.Min(bytes.Length, _sent.Length);
            bytes[..part].CopyTo(_sent);
            received(_sent.AsMemory(0, part));
        }
        return !Aborted;
    }
}
