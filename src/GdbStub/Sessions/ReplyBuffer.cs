using System.Buffers.Text;
using System.Text;
using GdbStub.Frames;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Sessions;

/// <summary>
/// The reply under construction, reused from packet to packet: what stands between $ and #, before run-length encoding. Every method
/// that appends returns the buffer, so that a reply reads as it is sent.
/// </summary>
public sealed class ReplyBuffer(Client client)
{
    private const string HexDigits = "0123456789abcdef";
    private byte[] _bytes = new byte[4096];
    private int _length;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public bool IsEmpty => _length == 0;

    /// <summary>What the reply is, for whoever counts and keeps replies.</summary>
    public SentKind Kind { get; set; }

    /// <summary>The last error in words, for who could not be shown it; null: there was none.</summary>
    public string? LastError { get; private set; }

    public void Clear() => (_length, Kind) = (0, SentKind.Reply);

    /// <summary>ASCII that needs no escape: not for text that a guest or a user chose.</summary>
    public ReplyBuffer Text(ReadOnlySpan<char> text)
    {
        Encoding.ASCII.GetBytes(text, Append(text.Length));
        return this;
    }

    public ReplyBuffer Text(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Append(text.Length));
        return this;
    }

    public ReplyBuffer Text(char character)
    {
        Append(1)[0] = (byte)character;
        return this;
    }

    /// <summary>Two hex digits for each byte.</summary>
    public ReplyBuffer Hex(ReadOnlySpan<byte> bytes)
    {
        Convert.TryToHexStringLower(bytes, Append(bytes.Length * 2), out _);
        return this;
    }

    /// <summary>The bytes of a <see cref="GuestText"/>, two hex digits for each.</summary>
    public ReplyBuffer HexText(string text) => Hex(GuestText.Bytes(text));

    /// <summary>A number in hex without leading zeros, as addresses, lengths and thread ids are written.</summary>
    public ReplyBuffer HexNumber(ulong number)
    {
        Utf8Formatter.TryFormat(number, Append(16), out var written, 'x');
        _length -= 16 - written;
        return this;
    }

    /// <summary>A number in decimal, as lldb writes most of its own.</summary>
    public ReplyBuffer Number(long number)
    {
        Utf8Formatter.TryFormat(number, Append(20), out var written);
        _length -= 20 - written;
        return this;
    }

    /// <summary>One byte as two hex digits: signals and exit codes.</summary>
    public ReplyBuffer HexByte(int value) => Text(HexDigits[value >> 4 & 15]).Text(HexDigits[value & 15]);

    /// <summary>A thread: pPID.TID for clients that know several processes, else TID alone.</summary>
    public ReplyBuffer ThreadId(int pid, int lwp)
    {
        if (client.Multiprocess) Text('p').HexNumber((ulong)pid).Text('.');
        return HexNumber((ulong)lwp);
    }

    /// <summary>"xx" for each byte of a register that has no value to show.</summary>
    public ReplyBuffer Unavailable(int bytes)
    {
        Append(bytes * 2).Fill((byte)'x');
        return this;
    }

    /// <summary>Bytes as they are, with the escapes of binary data (GDB manual, Overview).</summary>
    public ReplyBuffer Binary(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length * 2);
        _length += BinaryEscapes.Write(bytes, _bytes.AsSpan(_length));
        return this;
    }

    /// <summary>The reply is OK.</summary>
    public void Ok()
    {
        Clear();
        Text("OK"u8);
    }

    /// <summary>The reply is empty: the packet is not supported.</summary>
    public void Unsupported() => Clear();

    /// <summary>The reply is the packet's error, with the reason where the client can show one.</summary>
    public void Error(Errno error, string? text = null)
    {
        Clear();
        Kind = SentKind.Error;
        LastError = text ?? error.ToString();
        if (text is not null && client.ErrorMessage)
        {
            Text("E."u8);
            foreach (var character in text) Text(character is < ' ' or > '~' or '#' or '$' or '}' or '*' ? '?' : character);
            return;
        }
        Text('E').HexByte((int)error);
        if (text is not null && client.ErrorStrings) Text(';').HexText(text);
    }

    private Span<byte> Append(int count)
    {
        Reserve(count);
        _length += count;
        return _bytes.AsSpan(_length - count, count);
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _length < count) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
    }
}
