using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GdbStub.Frames;

/// <summary>Makes frames of payloads: run-length encoding and checksum (GDB manual, Overview).</summary>
public static class FrameEncoder
{
    // "0* " is the shortest that saves a byte: it stands for four.
    private const int ShortestRun = 4;
    // The count is sent as a printable character, the number of further repeats + 29; 126 is the last.
    private const int LongestRun = 126 - 29 + 1;
    private const byte Escape = (byte)'}';

    /// <summary>Appends <c>$payload#checksum</c> to <paramref name="output"/>.</summary>
    /// <param name="payload">Bytes whose escapes are in place.</param>
    /// <param name="isNotification">One that nobody asked for and nobody acknowledges: <c>%payload#checksum</c>.</param>
    public static void Encode(ReadOnlySpan<byte> payload, ArrayBufferWriter<byte> output, bool isNotification = false)
    {
        var start = output.WrittenCount + 1;
        output.Write(isNotification ? "%"u8 : "$"u8);
        WriteRuns(payload, output);
        var sum = Checksum(output.WrittenSpan[start..]);
        var end = output.GetSpan(3);
        end[0] = (byte)'#';
        end[1] = HexDigit(sum >> 4);
        end[2] = HexDigit(sum & 15);
        output.Advance(3);
    }

    /// <summary>The sum of the bytes modulo 256.</summary>
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

    private static void WriteRuns(ReadOnlySpan<byte> payload, ArrayBufferWriter<byte> output)
    {
        while (true)
        {
            var run = IndexOfRun(payload);
            if (run < 0) break;
            // lldb undoes escapes and runs in one pass, and would repeat the byte that an escape stands for.
            if (run > 0 && payload[run - 1] == Escape || payload[run] == Escape)
            {
                output.Write(payload[..(run + 1)]);
                payload = payload[(run + 1)..];
                continue;
            }
            var length = payload[run..].IndexOfAnyExcept(payload[run]);
            if (length < 0) length = payload.Length - run;
            length = EncodableRun(length);
            output.Write(payload[..(run + 1)]);
            var count = output.GetSpan(2);
            count[0] = (byte)'*';
            count[1] = (byte)(length - 1 + 29);
            output.Advance(2);
            payload = payload[(run + length)..];
        }
        output.Write(payload);
    }

    // Counts that would look like '#', '$', '+' or '-' are not sent (GDB manual, Overview; the latter two confuse naive clients).
    private static int EncodableRun(int length)
    {
        length = Math.Min(length, LongestRun);
        return (length - 1 + 29) switch
        {
            '#' => length - 1,
            '$' => length - 2,
            '+' or '-' => length - 1,
            _ => length,
        };
    }

    /// <summary>The first position from which <see cref="ShortestRun"/> bytes are equal; −1 if none.</summary>
    private static int IndexOfRun(ReadOnlySpan<byte> bytes)
    {
        ref var first = ref MemoryMarshal.GetReference(bytes);
        var index = 0;
        for (; index + Vector128<byte>.Count + ShortestRun - 1 <= bytes.Length; index += Vector128<byte>.Count)
        {
            var here = Vector128.LoadUnsafe(ref first, (nuint)index);
            var equal = Vector128.Equals(here, Vector128.LoadUnsafe(ref first, (nuint)index + 1))
                & Vector128.Equals(here, Vector128.LoadUnsafe(ref first, (nuint)index + 2))
                & Vector128.Equals(here, Vector128.LoadUnsafe(ref first, (nuint)index + 3));
            var found = equal.ExtractMostSignificantBits();
            if (found != 0) return index + BitOperations.TrailingZeroCount(found);
        }
        for (; index + ShortestRun <= bytes.Length; index++)
            if (bytes.Slice(index + 1, ShortestRun - 1).IndexOfAnyExcept(bytes[index]) < 0) return index;
        return -1;
    }

    private static byte HexDigit(int value) => "0123456789abcdef"u8[value];
}
