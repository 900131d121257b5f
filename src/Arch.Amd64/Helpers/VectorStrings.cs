using System.Numerics;
using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>The text comparisons of SSE4.2 (Intel SDM volume 1, 12.3 and volume 2, 4.1).</summary>
internal static class VectorStrings
{
    private const int Words = 1, Signed = 2, Negate = 0x10, OnlyValid = 0x20, Last = 0x40;

    // Flags at their places in RFLAGS.
    private const ulong Carry = 1, Zero = 0x40, Sign = 0x80, Overflow = 0x800;

    /// <summary>
    /// Compares a and b with lengths found at their first zero element. <c>dst</c> = the flags; <c>dst</c> + 1 = the bits of the result,
    /// one an element.
    /// </summary>
    public static int Implicit(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (Elements.Of(cpu, a, immediate), Elements.Of(cpu, b, immediate));
        return Compare(cpu, dst, x, x.ImplicitLength, y, y.ImplicitLength, immediate);
    }

    /// <summary>As <see cref="Implicit"/> with signed lengths in slots c and c + 1, of which the magnitude counts.</summary>
    public static int Explicit(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (Elements.Of(cpu, a, immediate), Elements.Of(cpu, b, immediate));
        return Compare(cpu, dst, x, Length((long)cpu.File[c], x.Count), y, Length((long)cpu.File[c + 1], y.Count), immediate);
    }

    /// <summary><c>dst</c> = the number of the first or last bit of a's, the element count when there is none.</summary>
    public static int Index(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        uint bits = (uint)cpu.File[a];
        int count = Elements.CountOf(immediate);
        int found = (immediate & Last) != 0 ? BitOperations.Log2(bits) : BitOperations.TrailingZeroCount(bits);
        cpu.File[dst] = (ulong)(bits == 0 ? count : found);
        return InstructionSet.NoTrap;
    }

    /// <summary><c>dst</c> = the bits of a, or with immediate bit 6 an element of ones for each.</summary>
    public static int Mask(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        ulong bits = cpu.File[a];
        if ((immediate & Last) == 0)
            return cpu.SetVector(dst, Vector128.CreateScalar(bits));
        if ((immediate & Words) == 0)
        {
            var places = Vector128.Create(0x8040201008040201, 0x8040201008040201).AsByte();
            var spread = Vector128.Create((bits & 0xff) * 0x0101010101010101, (bits >> 8) * 0x0101010101010101).AsByte();
            return cpu.SetVector(dst, Vector128.Equals(spread & places, places));
        }
        var wide = Vector128.Create((ushort)1, 2, 4, 8, 16, 32, 64, 128);
        return cpu.SetVector(dst, Vector128.Equals(Vector128.Create((ushort)bits) & wide, wide));
    }

    private static int Length(long length, int count) => (int)Math.Min(length < 0 ? 0 - (ulong)length : (ulong)length, (ulong)count);

    private static int Compare(Cpu cpu, int dst, Elements x, int xLength, Elements y, int yLength, ulong immediate)
    {
        uint bits = (immediate >> 2 & 3) switch
        {
            0 => EqualAny(x, xLength, y, yLength),
            1 => Ranges(x, xLength, y, yLength),
            2 => EqualEach(x, xLength, y, yLength),
            _ => EqualOrdered(x, xLength, y, yLength),
        };
        if ((immediate & Negate) != 0)
            bits ^= (immediate & OnlyValid) != 0 ? Ones(yLength) : Ones(y.Count);
        cpu.File[dst] = (bits != 0 ? Carry : 0) | (yLength < y.Count ? Zero : 0) | (xLength < x.Count ? Sign : 0) |
            ((bits & 1) != 0 ? Overflow : 0);
        cpu.File[dst + 1] = bits;
        return InstructionSet.NoTrap;
    }

    private static uint Ones(int count) => (1U << count) - 1;

    private static uint EqualAny(Elements x, int xLength, Elements y, int yLength)
    {
        uint bits = 0;
        for (int j = 0; j < yLength; j++)
        {
            for (int i = 0; i < xLength; i++)
                bits |= x[i] == y[j] ? 1U << j : 0;
        }
        return bits;
    }

    private static uint Ranges(Elements x, int xLength, Elements y, int yLength)
    {
        uint bits = 0;
        for (int j = 0; j < yLength; j++)
        {
            for (int i = 0; i + 1 < xLength; i += 2)
                bits |= x[i] <= y[j] && y[j] <= x[i + 1] ? 1U << j : 0;
        }
        return bits;
    }

    private static uint EqualEach(Elements x, int xLength, Elements y, int yLength)
    {
        uint bits = 0;
        for (int j = 0; j < y.Count; j++)
        {
            bool bothEnded = j >= xLength && j >= yLength, bothThere = j < xLength && j < yLength;
            bits |= bothEnded || (bothThere && x[j] == y[j]) ? 1U << j : 0;
        }
        return bits;
    }

    private static uint EqualOrdered(Elements x, int xLength, Elements y, int yLength)
    {
        uint bits = 0;
        for (int j = 0; j < y.Count; j++)
        {
            bool found = true;
            for (int i = 0; i < xLength && j + i < y.Count; i++)
                found &= j + i < yLength && x[i] == y[j + i];
            bits |= found ? 1U << j : 0;
        }
        return bits;
    }

    /// <summary>A register as bytes or words, signed or not, as the immediate says.</summary>
    private readonly record struct Elements(Vector128<byte> Register, bool AreWords, bool AreSigned)
    {
        public int Count => AreWords ? 8 : 16;

        public int this[int number] => (AreWords, AreSigned) switch
        {
            (false, false) => Register[number],
            (false, true) => Register.AsSByte()[number],
            (true, false) => Register.AsUInt16()[number],
            _ => Register.AsInt16()[number],
        };

        public int ImplicitLength
        {
            get
            {
                int length = 0;
                while (length < Count && this[length] != 0)
                    length++;
                return length;
            }
        }

        public static Elements Of(Cpu cpu, int slot, ulong immediate) =>
            new(cpu.Vector<byte>(slot), (immediate & Words) != 0, (immediate & Signed) != 0);

        public static int CountOf(ulong immediate) => (immediate & Words) != 0 ? 8 : 16;
    }
}
