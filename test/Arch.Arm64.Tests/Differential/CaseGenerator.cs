using Arch.Arm64.Decoding;
using Arch.Arm64.Lifting;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Tests.Differential;

/// <summary>Random cases: states with interesting values, and instructions of the rows of the decoder.</summary>
internal sealed unsafe class CaseGenerator
{
    private const int BaseRegister = 28, IndexRegister = 27;
    private const uint Nop = 0xd503_201f;

    /// <summary>size and the bit that makes a pair, of the exclusives.</summary>
    private const uint ExclusiveSize = 0xc020_0000;

    private static readonly ulong[] Interesting =
    [
        0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, long.MaxValue, 1UL << 63,
        ulong.MaxValue, ulong.MaxValue - 1, 0x5555_5555_5555_5555, 0xffff_ffff_8000_0000,
    ];

    // Singles and doubles: zeros, ones, halves, limits, subnormals, infinities, NaNs quiet and signalling; a pair of singles fills a
    // double.
    private static readonly uint[] Singles =
    [
        0, 0x8000_0000, 0x3f80_0000, 0xbf80_0000, 0x3f00_0000, 0x4000_0000, 0xbfc0_0000, 0x4020_0000, 0x7f7f_ffff, 0xff7f_ffff, 0x0080_0000,
        0x8080_0000, 1, 0x8000_0001, 0x007f_ffff, 0x807f_ffff, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0xffc0_0123, 0x7f80_0001, 0xffa0_0000,
        0x4f00_0000, 0xcf00_0000, 0x4f80_0000, 0x5f00_0000, 0xdf00_0000, 0x3eaa_aaab, 0x7e80_0000, 0x0100_0000, 0x477f_f000, 0x3380_0000,
    ];

    private static readonly ulong[] Doubles =
    [
        0, 1UL << 63, 0x3ff0_0000_0000_0000, 0xbff0_0000_0000_0000, 0x3fe0_0000_0000_0000, 0x4000_0000_0000_0000, 0xbff8_0000_0000_0000,
        0x4004_0000_0000_0000, 0x7fef_ffff_ffff_ffff, 0xffef_ffff_ffff_ffff, 0x0010_0000_0000_0000, 1, 0x8000_0000_0000_0001,
        0x000f_ffff_ffff_ffff, 0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000, 0x7ff8_0000_0000_0000, 0xfff8_0000_0000_0123,
        0x7ff0_0000_0000_0001, 0xfff4_0000_0000_0000, 0x41e0_0000_0000_0000, 0xc1e0_0000_0000_0000, 0x43e0_0000_0000_0000,
        0xc3e0_0000_0000_0000, 0x43f0_0000_0000_0000, 0x3fd5_5555_5555_5555, 0x3690_0000_0000_0000, 0x47ef_ffff_e000_0000,
        0x47ef_ffff_f000_0000, 0x380f_ffff_ffff_ffff, 0x36a0_0000_0000_0000, 0x40ef_fff8_0000_0000,
    ];

    private readonly Random _random;
    private readonly DecodeTable.Row[] _rows;
    private readonly IrBuilder _builder = new(new Arm64InstructionSet().Registers);
    private readonly Arm64InstructionSet _set = new();
    private uint? _exclusive;

    /// <param name="rows">The rows to draw from.</param>
    public CaseGenerator(int seed, IEnumerable<DecodeTable.Row> rows)
    {
        _random = new Random(seed);
        _rows = [.. rows];
    }

    /// <summary>The rows whose instructions can be compared.</summary>
    public static IEnumerable<DecodeTable.Row> Comparable() => DecodeTable.Rows.Where(ControlWords.AreComparable);

    /// <summary>A new case of one to four instructions.</summary>
    public void Draw(ref MachineState state)
    {
        DrawState(ref state);
        _exclusive = null;
        int next = 0;
        for (int count = 1 + _random.Next(4); count > 0; count--)
        {
            foreach (uint word in DrawInstruction(next))
                state.Code[next++] = word;
        }
        while (next < MachineState.Words)
            state.Code[next++] = Nop;
    }

    private void DrawState(ref MachineState state)
    {
        for (int i = 0; i < 31; i++)
            state.X[i] = DrawInteger();
        state.X[BaseRegister] = 0;
        state.X[ControlWords.Scratch] = 0;
        state.X[IndexRegister] = (ulong)_random.Next(-15, 16);
        state.Nzcv = (ulong)_random.Next(16) << 28;
        // Rounding, flush to zero, default NaN.
        state.Fpcr = _random.Next(2) == 0 ? 0 : (ulong)_random.Next(16) << 22;
        state.Fpsr = 0;
        bool floats = _random.Next(3) != 0, doubles = _random.Next(2) == 0;
        for (int i = 0; i < 64; i++)
            state.V[i] = !floats ? DrawInteger() : doubles ? DrawDouble() : DrawSingle() | ((ulong)DrawSingle() << 32);
        state.Memory = (ulong)_random.NextInt64();
    }

    private ulong DrawInteger() => _random.Next(3) switch
    {
        0 => Interesting[_random.Next(Interesting.Length)],
        1 => (ulong)_random.NextInt64(long.MinValue, long.MaxValue) >> _random.Next(64),
        _ => (ulong)_random.NextInt64(long.MinValue, long.MaxValue),
    };

    private ulong DrawDouble() => _random.Next(3) switch
    {
        0 => Doubles[_random.Next(Doubles.Length)],
        // Near one another, so that sums cancel.
        1 => (ulong)_random.NextInt64() & 0x800f_ffff_ffff_ffff | (ulong)(0x3f0 + _random.Next(32)) << 52,
        _ => (ulong)_random.NextInt64(long.MinValue, long.MaxValue),
    };

    private uint DrawSingle() => _random.Next(3) switch
    {
        0 => Singles[_random.Next(Singles.Length)],
        1 => (uint)_random.NextInt64() & 0x807f_ffff | (uint)(0x78 + _random.Next(16)) << 23,
        _ => (uint)_random.NextInt64(),
    };

    /// <summary>The words of an instruction that can stand at word <paramref name="position"/>.</summary>
    private uint[] DrawInstruction(int position)
    {
        var words = DrawAny(position);
        // A store-exclusive after a load-exclusive of another size is unpredictable: one size for each case.
        while (IsExclusive(words[0]) && _exclusive is { } size && (words[0] & ExclusiveSize) != size)
            words = DrawAny(position);
        if (IsExclusive(words[0]))
            _exclusive = words[0] & ExclusiveSize;
        return words;
    }

    private uint[] DrawAny(int position)
    {
        for (int draw = 0; draw < 1000; draw++)
        {
            var row = _rows[_random.Next(_rows.Length)];
            if (ControlWords.Knows(row))
            {
                var words = ControlWords.Draw(_random, row, position);
                if (words.All(word => DecodeTable.Decode(word) is not null)) return words;
                continue;
            }
            for (int attempt = 0; attempt < 20; attempt++)
            {
                uint word = row.Pattern.Value | ((uint)_random.NextInt64() & ~row.Pattern.Mask);
                if (IsMemoryAccess(word))
                    word = Tame(word, row);
                if (row.Pattern.Matches(word) && DecodeTable.Decode(word) == row && IsSuitable(word) && IsLifted(word))
                    return [word];
            }
        }
        throw new InvalidOperationException("no row has a suitable instruction");
    }

    private static bool IsExclusive(uint word) => (word & 0x3f80_0000) == 0x0800_0000;

    // Loads and stores group: bits 27 and 25 are 1 and 0.
    private static bool IsMemoryAccess(uint word) => (word & 0x0a00_0000) == 0x0800_0000;

    // The base register is the one that points to the memory, index registers are small, offsets stay in the memory.
    private static uint Tame(uint word, DecodeTable.Row row)
    {
        word = (word & ~(31u << 5)) | BaseRegister << 5;
        if (row.Text.Contains("imm12", StringComparison.Ordinal))
            word &= ~(0x7fu << 15);
        if (row.Name.Contains("(register", StringComparison.Ordinal))
            word = (word & ~(31u << 16)) | IndexRegister << 16;
        return word;
    }

    private static bool IsSuitable(uint word)
    {
        int rd = (int)word & 31, rn = (int)word >> 5 & 31, rt2 = (int)(word >> 10) & 31, rs = (int)(word >> 16) & 31;
        if (IsMemoryAccess(word))
        {
            // The base register must keep its meaning, and two results in one register are unpredictable.
            bool isVector = (word >> 26 & 1) != 0;
            bool isPair = (word >> 27 & 7) == 5, isExclusive = (word >> 24 & 0x3f) == 8;
            bool touchesBase = !isVector && (rd >= ControlWords.Scratch || (isPair || isExclusive ? rt2 : 0) is >= 26 and <= 28)
                || (isExclusive || (word >> 21 & 0x1f9) == 0x1c1) && rs is >= 26 and <= 28;
            bool collides = (isPair && rd == rt2) || (isExclusive && (rd == rt2 || rs == rd || rs == rt2 || rs + 1 == rd));
            // The index of a structure access may be any register; its post-index form adds it to the base.
            bool isStructure = (word >> 24 & 0xbe) == 0x0c && (word >> 23 & 1) != 0 && rs != 31;
            return !touchesBase && !collides && !isStructure;
        }
        // Nothing else reads the base register, whose value differs, or writes the pointers, the stack pointer or what control words go by.
        bool isFloat = (word >> 25 & 7) == 7, isImmediate = (word >> 26 & 7) == 4;
        if (rd is >= 26 and <= 28 or 31)
            return false;
        return isFloat ? rn is not (28 or 31) : rn is not (28 or 31) && rs != 28 && (isImmediate || rt2 != 28);
    }

    private bool IsLifted(uint word)
    {
        _builder.Clear();
        Span<byte> code = stackalloc byte[sizeof(uint)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(code, word);
        _set.Lift(_builder, 0, code);
        return !_builder.IsClosed;
    }
}
