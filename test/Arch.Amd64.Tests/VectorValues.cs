namespace Arch.Amd64.Tests;

/// <summary>
/// Operands that find mistakes: NaNs with payloads, infinities, denormals, signed zeros, the edges of formats, and noise.
/// </summary>
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

    private static readonly ulong[] Significands =
    [
        0, 1, 0x8000000000000000, 0x8000000000000001, 0xffffffffffffffff, 0xc000000000000000, 0xa000000000000000, 0x7fffffffffffffff,
        0x4000000000000000, 0x8000000000000400, 0x8000008000000000, 0xfffffffffffffc00, 0xffffff8000000000, 0xffffffffffff0000,
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

    /// <summary>Ten bytes of the x87's format.</summary>
    public static void FillExtended(Random random, Span<byte> value)
    {
        ulong significand = random.Next(4) switch
        {
            0 => Significands[random.Next(Significands.Length)] ^ (ulong)random.Next(4),
            1 => (ulong)random.NextInt64() << 1 | 1UL << 63,
            2 => (ulong)random.NextInt64() >> random.Next(64) << random.Next(64) | 1UL << 63,
            _ => (ulong)random.NextInt64() << 40 | 1UL << 63,
        };
        int exponent = random.Next(4) switch
        {
            0 => random.GetItems([0, 1, 0x7fff, 0x7ffe, 0x3fff, 0x403e, 0x401e, 0x400e, 0x3c01, 0x3f81, 0x43fe, 0x407e], 1)[0],
            1 => random.Next(0x3fff - 70, 0x3fff + 70),
            2 => random.Next(0x3fff - 1100, 0x3fff + 1100),
            _ => random.Next(0x8000),
        };
        BitConverter.TryWriteBytes(value, significand);
        BitConverter.TryWriteBytes(value[8..], (ushort)(exponent | random.Next(2) << 15));
    }

    /// <summary>Sixteen bytes of a memory operand of any instruction.</summary>
    public static void FillOperand(Random random, Span<byte> vector)
    {
        if (random.Next(3) == 0)
            FillExtended(random, vector);
        else
            Fill(random, vector);
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
