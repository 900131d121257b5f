namespace TraceKernel.Files;

/// <summary>One control message whose data are made when it is sent: credentials, times, addresses.</summary>
/// <param name="Level">SOL_SOCKET, IPPROTO_IP …</param>
/// <param name="Type">SCM_CREDS, SCM_TIMESTAMP …</param>
internal readonly record struct ControlData(int Level, int Type, byte[] Bytes);

/// <summary>What goes with bytes from one socket to another: struct mbuf of the types MT_SONAME and MT_CONTROL.</summary>
/// <param name="From">The sender's name, for datagrams.</param>
/// <param name="Rights">SCM_RIGHTS: open files, with a reference each.</param>
/// <param name="Control">What else the receiver is told, in its order.</param>
internal sealed record Attachment(SocketAddress? From, IReadOnlyList<PassedFile> Rights, IReadOnlyList<ControlData> Control)
{
    public static readonly Attachment None = new(null, [], []);

    public bool HasControl => Rights.Count > 0 || Control.Count > 0;

    /// <summary>With one more control message.</summary>
    public Attachment With(int level, int type, byte[] bytes) => this with { Control = [.. Control, new ControlData(level, type, bytes)] };

    /// <summary>unp_dispose: nobody takes what was sent.</summary>
    public void Drop()
    {
        foreach (var passed in Rights) passed.File.Release();
    }
}

/// <summary>struct filedescent of SCM_RIGHTS: an open file, and what its descriptor may be used for.</summary>
internal readonly record struct PassedFile(OpenFile File, FileCapabilities Capabilities);

/// <summary>Bytes that wait in a socket, and what came with them.</summary>
internal sealed class Message
{
    private const int SmallestBuffer = 2048;

    private byte[] _bytes;
    private int _start;

    public Message(ReadOnlySpan<byte> bytes, Attachment attachment, bool isStream)
    {
        _bytes = new byte[isStream ? Math.Max(bytes.Length, SmallestBuffer) : bytes.Length];
        bytes.CopyTo(_bytes);
        Count = bytes.Length;
        Attachment = attachment;
    }

    public int Count { get; private set; }

    public Attachment Attachment { get; private set; }

    public Span<byte> Bytes => _bytes.AsSpan(_start, Count);

    /// <summary>More of a stream; false when it does not fit.</summary>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bytes.Length - _start - Count) return false;
        bytes.CopyTo(_bytes.AsSpan(_start + Count));
        Count += bytes.Length;
        return true;
    }

    /// <summary>The first bytes of a stream have been read, and with them what came along.</summary>
    public void Consume(int count)
    {
        _start += count;
        Count -= count;
        Attachment = Attachment.None;
    }
}
