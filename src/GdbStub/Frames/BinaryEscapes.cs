using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GdbStub.Frames;

/// <summary>
/// The escapes of binary data (GDB manual, Overview): '}' and the byte with its bit 0x20 turned over. Compiled as
/// <see cref="FrameEncoder"/> is.
/// </summary>
public static class BinaryEscapes
{
    /// <summary>How many of <paramref name="bytes"/> may be sent in <paramref name="room"/> bytes: all, or as many as surely fit.</summary>
    public static int Fitting(ReadOnlySpan<byte> bytes, int room)
    {
        bytes = bytes[..Math.Min(bytes.Length, room)];
        // With every byte that is left out goes at least one of the reply's; and of any, half the room can be sent.
        var tooMany = Math.Max(0, bytes.Length + Count(bytes) - room);
        return Math.Max(bytes.Length - tooMany, Math.Min(bytes.Length, room / 2));
    }

    /// <summary>Copies <paramref name="bytes"/> with escapes for those that mean something in a frame.</summary>
    /// <param name="output">Has room for two bytes for each.</param>
    /// <returns>How many bytes that made.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Write(ReadOnlySpan<byte> bytes, Span<byte> output)
    {
        output = output[..(bytes.Length * 2)];
        var (read, written) = (0, 0);
        while (true)
        {
            var plain = CopyPlain(bytes[read..], output[written..]);
            read += plain;
            written += plain;
            if (read == bytes.Length) return written;
            output[written++] = (byte)'}';
            output[written++] = (byte)(bytes[read++] ^ 0x20);
        }
    }

    /// <summary>Copies up to the first byte that needs an escape, or all.</summary>
    /// <returns>Its position.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CopyPlain(ReadOnlySpan<byte> bytes, Span<byte> output)
    {
        ref var first = ref MemoryMarshal.GetReference(bytes);
        ref var copy = ref MemoryMarshal.GetReference(output[..bytes.Length]);
        var index = 0;
        for (; index + Vector256<byte>.Count <= bytes.Length; index += Vector256<byte>.Count)
        {
            var here = Vector256.LoadUnsafe(ref first, (nuint)index);
            // What is copied of the byte to escape and behind it is written over.
            here.StoreUnsafe(ref copy, (nuint)index);
            var found = Special(here);
            if (found != 0) return index + BitOperations.TrailingZeroCount(found);
        }
        for (; index < bytes.Length && !IsSpecial(bytes[index]); index++) output[index] = bytes[index];
        return index;
    }

    /// <summary>How many need an escape.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Count(ReadOnlySpan<byte> bytes)
    {
        ref var first = ref MemoryMarshal.GetReference(bytes);
        var (index, count) = (0, 0);
        for (; index + Vector256<byte>.Count <= bytes.Length; index += Vector256<byte>.Count)
            count += BitOperations.PopCount(Special(Vector256.LoadUnsafe(ref first, (nuint)index)));
        for (; index < bytes.Length; index++)
            if (IsSpecial(bytes[index])) count++;
        return count;
    }

    private static bool IsSpecial(byte value) => value is (byte)'#' or (byte)'$' or (byte)'}' or (byte)'*';

    /// <summary>A bit for each byte that needs an escape; the lowest for the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Special(Vector256<byte> bytes) =>
        (Vector256.Equals(bytes, Vector256.Create((byte)'#')) | Vector256.Equals(bytes, Vector256.Create((byte)'$'))
            | Vector256.Equals(bytes, Vector256.Create((byte)'}')) | Vector256.Equals(bytes, Vector256.Create((byte)'*')))
        .ExtractMostSignificantBits();
}
