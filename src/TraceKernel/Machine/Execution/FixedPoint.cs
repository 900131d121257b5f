namespace TraceKernel.Machine.Execution;

/// <summary>Arithmetic of significands, for the processors' floating-point units.</summary>
public static class FixedPoint
{
    /// <summary>The root of a number from 1 up to 4 given with 63 fraction bits: its first 66 bits at the top, and bit 0 set when more would follow.</summary>
    public static UInt128 SquareRoot(UInt128 radicand)
    {
        var (root, rest) = (UInt128.Zero, UInt128.Zero);
        for (int step = 0; step < 66; step++)
        {
            // Two bits at a time, from bit 64 downwards; behind the last one follow zeros.
            int position = 63 - 2 * step;
            var pair = position >= 0 ? (radicand >> position) & 3 : position == -1 ? (radicand << 1) & 3 : UInt128.Zero;
            rest = (rest << 2) | pair;
            var trial = (root << 2) | 1;
            root <<= 1;
            if (rest < trial)
                continue;
            rest -= trial;
            root |= 1;
        }
        return (root << 62) | (rest != 0 ? UInt128.One : UInt128.Zero);
    }
}
