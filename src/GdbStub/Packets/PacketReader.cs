using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using GdbStub.Tracing;

namespace GdbStub.Packets;

/// <summary>
/// Takes a packet's arguments apart from left to right. Every method that fails leaves the packet to be answered as malformed.
/// </summary>
internal ref struct PacketReader(ReadOnlySpan<byte> arguments)
{
    /// <summary>What has not been read.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = arguments;

    public readonly bool IsEmpty => Rest.IsEmpty;

    /// <summary>Passes over <paramref name="character"/> if it is next.</summary>
    public bool Skip(char character)
    {
        if (Rest.IsEmpty || Rest[0] != character) return false;
        Rest = Rest[1..];
        return true;
    }

    /// <summary>The next character; false at the end.</summary>
    public bool TryLetter(out char letter)
    {
        letter = Rest.IsEmpty ? '\0' : (char)Rest[0];
        if (Rest.IsEmpty) return false;
        Rest = Rest[1..];
        return true;
    }

    /// <summary>A hex number of at most 16 digits.</summary>
    public bool TryNumber(out ulong number)
    {
        if (!Utf8Parser.TryParse(Rest, out number, out var digits, 'x')) return false;
        Rest = Rest[digits..];
        return true;
    }

    /// <summary>A hex number that is no negative int.</summary>
    public bool TryCount(out int count)
    {
        var isNumber = TryNumber(out var number) && number <= int.MaxValue;
        count = isNumber ? (int)number : 0;
        return isNumber;
    }

    /// <summary>A decimal number that is no negative int, as lldb writes pids and ids.</summary>
    public bool TryDecimal(out int number)
    {
        if (!Utf8Parser.TryParse(Rest, out number, out var digits) || number < 0) return false;
        Rest = Rest[digits..];
        return true;
    }

    /// <summary>"address,length" and nothing behind it but what <paramref name="end"/> begins; '\0': nothing.</summary>
    public bool TryRange(out ulong address, out int length, char end = '\0')
    {
        length = 0;
        return TryNumber(out address) && Skip(',') && TryCount(out length) && (end == '\0' ? IsEmpty : Skip(end));
    }

    /// <summary>What stands before the next <paramref name="separator"/>, or all the rest; the separator is passed over.</summary>
    public ReadOnlySpan<byte> Until(char separator)
    {
        var end = Rest.IndexOf((byte)separator);
        var part = end < 0 ? Rest : Rest[..end];
        Rest = end < 0 ? default : Rest[(end + 1)..];
        return part;
    }

    /// <summary>
    /// A thread id: "pPID.TID", "pPID" or "TID"; −1 is all, 0 any. Without a process, <see cref="ThreadId.Pid"/> is 0.
    /// </summary>
    public bool TryThread(out ThreadId id)
    {
        id = default;
        if (!Skip('p'))
        {
            if (!TryId(out var lwp)) return false;
            id = new ThreadId(0, lwp);
            return true;
        }
        if (!TryId(out var pid)) return false;
        var thread = -1;
        if (Skip('.') && !TryId(out thread)) return false;
        id = new ThreadId(pid, thread);
        return true;
    }

    /// <summary>Undoes hex digits that must fill <paramref name="bytes"/> exactly.</summary>
    public static bool TryBytes(ReadOnlySpan<byte> hex, Span<byte> bytes) =>
        hex.Length == bytes.Length * 2
        && Convert.FromHexString(hex, bytes, out _, out var written) == OperationStatus.Done && written == bytes.Length;

    /// <summary>A text in hex digits: the one way by which a path, a name or a word of a client enters (<see cref="GuestText"/>).</summary>
    public static bool TryText(ReadOnlySpan<byte> hex, out string text)
    {
        text = "";
        if (hex.Length % 2 != 0) return false;
        var bytes = new byte[hex.Length / 2];
        return TryBytes(hex, bytes) && GuestText.TryRead(bytes, out text);
    }

    private bool TryId(out int id)
    {
        id = -1;
        if (!Skip('-')) return TryCount(out id);
        return TryNumber(out var one) && one == 1;
    }
}

/// <summary>A thread id as packets write it.</summary>
/// <param name="Pid">Process; −1: all, 0: any, or not said.</param>
/// <param name="Lwp">Thread; −1: all, 0: any.</param>
internal readonly record struct ThreadId(int Pid, int Lwp)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"p{Pid:x}.{Lwp:x}");
}
