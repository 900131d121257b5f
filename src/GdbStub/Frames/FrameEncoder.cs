using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GdbStub.Frames;

/// <summary>
/// Makes frames of payloads: run-length encoding and checksum (GDB manual, Overview). What goes over every byte is compiled once and well,
/// for a client that fetches its program has the longest replies first.
/// </summary>
public static class FrameEncoder
{
    /// <summary>What a frame has beyond its payload at most: <c>$</c>, <c>#</c> and two digits. Runs only make it shorter.</summary>
    public const int Overhead = 4;

    // "0* " stands for four and would save a byte, but each run costs 4 to 8 ns, in which the system moves more than a hundred bytes.
    private const int ShortestRun = 6;
    // The count is sent as a printable character, the number of further repeats + 29; 126 is the last.
    private const int LongestRun = 126 - 29 + 1;
    private const byte Escape = (byte)'}';
    // Bytes that are compared at once: as many as a mask has bits.
    private const int Block = 64;

    /// <summary>Writes <c>$payload#checksum</c> to <paramref name="frame"/>.</summary>
    /// <param name="payload">Bytes whose escapes are in place.</param>
    /// <param name="frame">Has room for the payload and <see cref="Overhead"/>.</param>
    /// <param name="isNotification">One that nobody asked for and nobody acknowledges: <c>%payload#checksum</c>.</param>
    /// <returns>The length of the frame.</returns>
    public static int Encode(ReadOnlySpan<byte> payload, Span<byte> frame, bool isNotification = false)
    {
        frame[0] = isNotification ? (byte)'%' : (byte)'$';
        var end = 1 + WriteRuns(payload, frame.Slice(1, payload.Length));
        var sum = Checksum(frame[1..end]);
        frame[end] = (byte)'#';
        frame[end + 1] = HexDigit(sum >> 4);
        frame[end + 2] = HexDigit(sum & 15);
        return end + 3;
    }

    /// <summary>The sum of the bytes modulo 256.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static byte Checksum(ReadOnlySpan<byte> bytes)
    {
        var sums = Vector<byte>.Zero;
        while (bytes.Length >= Vector<byte>.Count)
        {
            sums += new Vector<byte>(bytes);
            bytes = bytes[Vector<byte>.Count..];
        }
        var sum = Vector.Sum(sums);
        foreach (var value in bytes) sum += value;
        return sum;
    }

    /// <summary>Copies <paramref name="payload"/> with its runs encoded.</summary>
    /// <param name="output">As long as the payload.</param>
    /// <returns>How many bytes that made.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int WriteRuns(ReadOnlySpan<byte> payload, Span<byte> output)
    {
        var (read, written) = (0, 0);
        while (payload.Length - read > Block)
        {
            var equal = EqualToNext(payload.Slice(read, Block + 1));
            // The last positions of a block do not show whether a run begins there: they are the first of the next.
            var pairs = equal & equal >> 1;
            var starts = pairs & pairs >> 2 & equal >> 4;
            var used = 0;
            while (starts != 0)
            {
                var start = BitOperations.TrailingZeroCount(starts);
                Copy(payload[(read + used)..], output[written..], start - used);
                written += start - used;
                var length = 1 + BitOperations.TrailingZeroCount(~(equal >> start));
                if (start + length >= Block) length = RunLength(payload[(read + start)..]);
                used = start + WriteRun(payload, read + start, length, output, ref written);
                starts = used < Block ? starts >> used << used : 0;
            }
            var rest = Block - (ShortestRun - 1) - used;
            if (rest > 0)
            {
                Copy(payload[(read + used)..], output[written..], rest);
                written += rest;
                used += rest;
            }
            read += used;
        }
        while (read < payload.Length)
            read += WriteRun(payload, read, RunLength(payload[read..]), output, ref written);
        return written;
    }

    /// <summary>Copies at least <paramref name="count"/> bytes: as many as cost nothing, for what follows is written over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(ReadOnlySpan<byte> from, Span<byte> to, int count)
    {
        if (from.Length >= Block) from[..Block].CopyTo(to);
        else from[..count].CopyTo(to);
    }

    /// <summary>Writes equal bytes as a run, or the first of them if they make none.</summary>
    /// <returns>For how many bytes of the payload that stands.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteRun(ReadOnlySpan<byte> payload, int start, int length, Span<byte> output, ref int written)
    {
        var value = payload[start];
        output[written++] = value;
        // lldb undoes escapes and runs in one pass, and would repeat the byte that an escape stands for.
        if (length < ShortestRun || value == Escape || start > 0 && payload[start - 1] == Escape) return 1;
        length = EncodableRun(length);
        output[written++] = (byte)'*';
        output[written++] = (byte)(length - 1 + 29);
        return length;
    }

    /// <summary>A bit for each byte of a block that equals the next; the lowest for the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong EqualToNext(ReadOnlySpan<byte> bytes)
    {
        ref var first = ref MemoryMarshal.GetReference(bytes[..(Block + 1)]);
        var low = Vector256.Equals(Vector256.LoadUnsafe(ref first), Vector256.LoadUnsafe(ref first, 1)).ExtractMostSignificantBits();
        var high = Vector256.Equals(Vector256.LoadUnsafe(ref first, 32), Vector256.LoadUnsafe(ref first, 33)).ExtractMostSignificantBits();
        return low | (ulong)high << 32;
    }

    /// <summary>How many bytes at the beginning equal the first.</summary>
    private static int RunLength(ReadOnlySpan<byte> bytes)
    {
        const int few = 8;
        var length = 1;
        while (length < bytes.Length && bytes[length] == bytes[0])
        {
            if (++length < few) continue;
            var more = bytes[few..].IndexOfAnyExcept(bytes[0]);
            return more < 0 ? bytes.Length : few + more;
        }
        return length;
    }

    // Counts that would look like '#', '$', '+' or '-' are not sent (GDB manual, Overview; the latter two confuse naive clients): runs of
    // 7, 8, 15 and 17 are cut.
    private static ReadOnlySpan<byte> ShortRuns => [0, 1, 2, 3, 4, 5, 6, 6, 6, 9, 10, 11, 12, 13, 14, 14, 16, 16];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int EncodableRun(int length) => length < ShortRuns.Length ? ShortRuns[length] : Math.Min(length, LongestRun);

    private static byte HexDigit(int value) => "0123456789abcdef"u8[value];
}
