using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// Division of a double-width dividend. a and b hold its low and high half (higher bits do not count), c the zero-extended divisor;
/// the immediate is the operand size in bytes. dst becomes the quotient, dst + 1 the remainder. #DE when there is none or it is too large.
/// </summary>
internal static class DivisionHelpers
{
    public static int Unsigned(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var file = cpu.File;
        ulong divisor = file[c];
        if (immediate < 8)
        {
            int bits = 8 * (int)immediate;
            ulong mask = (1UL << bits) - 1;
            ulong dividend = ((file[b] & mask) << bits) | (file[a] & mask);
            return divisor == 0 || dividend >> bits >= divisor
                ? Traps.DivideError
                : Finish(file, dst, dividend / divisor, dividend % divisor);
        }
        if (file[b] >= divisor)
            return Traps.DivideError;
        if (file[b] == 0)
            return Finish(file, dst, file[a] / divisor, file[a] % divisor);
        var (quotient, remainder) = UInt128.DivRem(new UInt128(file[b], file[a]), divisor);
        return Finish(file, dst, (ulong)quotient, (ulong)remainder);
    }

    public static int Signed(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var file = cpu.File;
        int bits = 8 * (int)immediate;
        long divisor = SignExtended(file[c], bits);
        if (divisor == 0)
            return Traps.DivideError;
        var dividend = ((Int128)SignExtended(file[b], bits) << bits) | (file[a] & (ulong.MaxValue >> (64 - bits)));
        if (dividend == (long)dividend && divisor != -1)
        {
            var (shortQuotient, shortRemainder) = Math.DivRem((long)dividend, divisor);
            return SignExtended((ulong)shortQuotient, bits) == shortQuotient
                ? Finish(file, dst, (ulong)shortQuotient, (ulong)shortRemainder)
                : Traps.DivideError;
        }
        if (dividend == Int128.MinValue)
            return Traps.DivideError;
        var quotient = dividend / divisor;
        return quotient == SignExtended((ulong)quotient, bits)
            ? Finish(file, dst, (ulong)quotient, (ulong)(dividend - quotient * divisor))
            : Traps.DivideError;
    }

    private static long SignExtended(ulong value, int bits) => (long)(value << (64 - bits)) >> (64 - bits);

    private static int Finish(ulong[] file, int dst, ulong quotient, ulong remainder)
    {
        file[dst] = quotient;
        file[dst + 1] = remainder;
        return InstructionSet.NoTrap;
    }
}
