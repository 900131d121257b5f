using System.Buffers.Binary;

namespace Arch.Amd64.Registers;

/// <summary>
/// The x87 tag word: FXSAVE keeps one bit for each physical register (in use or not); debuggers show two, as FSAVE does (AMD64 manual
/// volume 2, 11.4.4.3).
/// </summary>
internal static class TagWord
{
    private const uint Valid = 0, Zero = 1, Special = 2, Empty = 3;

    private const int StatusOffset = 2;

    /// <summary>The two-bit form, from a struct fpreg: each register in use is classified by its contents.</summary>
    public static ushort Expand(ReadOnlySpan<byte> fpreg)
    {
        var inUse = fpreg[RegisterTable.TagOffset];
        var top = BinaryPrimitives.ReadUInt16LittleEndian(fpreg[StatusOffset..]) >> 11 & 7;
        uint word = 0;
        for (var physical = 0; physical < 8; physical++)
        {
            var fromTop = (physical - top) & 7;
            var tag = (inUse >> physical & 1) != 0 ? Classify(fpreg.Slice(RegisterTable.StackOffset + 16 * fromTop, 10)) : Empty;
            word |= tag << (2 * physical);
        }
        return (ushort)word;
    }

    /// <summary>The one-bit form.</summary>
    public static byte Abridge(ushort word)
    {
        var inUse = 0;
        for (var physical = 0; physical < 8; physical++)
            if ((word >> (2 * physical) & 3) != Empty) inUse |= 1 << physical;
        return (byte)inUse;
    }

    private static uint Classify(ReadOnlySpan<byte> extended)
    {
        var significand = BinaryPrimitives.ReadUInt64LittleEndian(extended);
        return (BinaryPrimitives.ReadUInt16LittleEndian(extended[8..]) & 0x7fff) switch
        {
            0x7fff => Special,
            0 => significand == 0 ? Zero : Special,
            // A number's integer bit is set; without it the processor has no such value.
            _ => (long)significand < 0 ? Valid : Special,
        };
    }
}
