using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GdbStub.Frames;

/// <summary>The escapes of binary data (GDB manual, Overview): '}' and the byte with its bit 0x20 turned over.</summary>
public static class BinaryEscapes
{
    /// <summary>Copies <paramref name="bytes"/> with escapes for those that mean something in a frame.</summary>
    /// <param name="output">Has room for two bytes for each.</param>
    /// <returns>How many bytes that made.</returns>
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
            var special = Vector256.Equals(here, Vector256.Create((byte)'#')) | Vector256.Equals(here, Vector256.Create((byte)'$'))
                | Vector256.Equals(here, Vector256.Create((byte)'}')) | Vector256.Equals(here, Vector256.Create((byte)'*'));
            var found = special.ExtractMostSignificantBits();
            if (found != 0) return index + BitOperations.TrailingZeroCount(found);
        }
        for (; index < bytes.Length && bytes[index] is not ((byte)'#' or (byte)'$' or (byte)'}' or (byte)'*'); index++) output[index] = bytes[index];
        return index;
    }
}
