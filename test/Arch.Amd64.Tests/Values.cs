namespace Arch.Amd64.Tests;

/// <summary>Random 64-bit values in which the limits of every size are frequent.</summary>
internal static class Values
{
    public static ulong Draw(Random random)
    {
        ulong value = (ulong)random.NextInt64() ^ ((ulong)random.NextInt64() << 1);
        int bits = 8 << random.Next(4);
        return random.Next(6) switch
        {
            0 => value & 0x1f,
            1 => (1UL << (bits - 1)) + (ulong)random.Next(-2, 3),
            2 => (ulong)random.Next(-2, 3),
            3 => 1UL << random.Next(64),
            4 => value & (ulong.MaxValue >> (64 - bits)),
            _ => value,
        };
    }
}
