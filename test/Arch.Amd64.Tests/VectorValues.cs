namespace Arch.Amd64.Tests;

/// <summary>Operands that find mistakes: NaNs with payloads, infinities, denormals, signed zeros, the edges of formats, and noise.</summary>
internal static class VectorValues
{
    private static readonly ulong[] Doubles =
    [
        0, 1, 0x000fffffffffffff, 0x0010000000000000, 0x0010000000000001, 0x3ff0000000000000, 0x3ff0000000000001, 0x3fefffffffffffff,
        0x4000000000000000, 0x3fe0000000000000, 0x7fefffffffffffff, 0x7ff0000000000000, 0x7ff0000000000001, 0x7ff4000000000000,
        0x7ff8000000000000, 0x7ff8000000012345, 0x7fffffffffffffff, 0x41dfffffffc00000, 0x41e0000000000000, 0x41dfffffffe00000,
        0x43e0000000000000, 0x43dfffffffffffff, 0x36a0000000000000, 0x380fffffffffffff, 0x3810000000000000, 0x47efffffe0000000, 0x47effffff0000000,
        0x3690000000000000, 0x0008000000000000, 0x3fdfffffffffffff, 0x3ff8000000000000, 0x4004000000000000, 0x4330000000000001, 0x0170000000000000,
    ];

    private static readonly uint[] Singles =
    [
        0, 1, 0x007fffff, 0x00800000, 0x00800001, 0x3f800000, 0x3f800001, 0x3f7fffff, 0x40000000, 0x3f000000, 0x7f7fffff, 0x7f800000,
        0x7f800001, 0x7fa00000, 0x7fc00000, 0x7fc12345, 0x7fffffff, 0x4effffff, 0x4f000000, 0x5effffff, 0x5f000000, 0x00400000, 0x3fc00000,
        0x40200000, 0x4b000001, 0x3effffff, 0x20000000, 0x1f800000,
    ];

    /// <summary>Sixteen bytes of one of several tastes.</summary>
    public static void Fill(Random random, Span<byte> vector)
    {
        switch (random.Next(6))
        {
            case 0:
                for (int lane = 0; lane < 16; lane += 8)
                    BitConverter.TryWriteBytes(vector[lane..], AnyDouble(random));
                break;
            case 1:
                for (int lane = 0; lane < 16; lane += 4)
                    BitConverter.TryWriteBytes(vector[lane..], AnySingle(random));
                break;
            case 2:
                for (int lane = 0; lane < 16; lane += 8)
                    BitConverter.TryWriteBytes(vector[lane..], (random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-70, 70)));
                break;
            case 3:
                for (int lane = 0; lane < 16; lane += 4)
                    BitConverter.TryWriteBytes(vector[lane..], (random.NextSingle() - 0.5f) * MathF.Pow(2, random.Next(-70, 70)));
                break;
            case 4:
                for (int lane = 0; lane < 16; lane += 2)
                    BitConverter.TryWriteBytes(vector[lane..], random.GetItems<ushort>([0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x8080, 0x7f7f], 1)[0]);
                break;
            default:
                random.NextBytes(vector);
                break;
        }
    }

    private static ulong AnyDouble(Random random)
    {
        ulong near = Doubles[random.Next(Doubles.Length)] ^ (random.Next(4) == 0 ? (ulong)random.Next(8) : 0);
        return near | ((ulong)random.Next(2) << 63);
    }

    private static uint AnySingle(Random random)
    {
        uint near = Singles[random.Next(Singles.Length)] ^ (random.Next(4) == 0 ? (uint)random.Next(8) : 0);
        return near | ((uint)random.Next(2) << 31);
    }
}
