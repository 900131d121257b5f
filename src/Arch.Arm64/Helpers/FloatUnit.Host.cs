namespace Arch.Arm64.Helpers;

// The host's arithmetic, where it is known to give the same bits: double format, to nearest, of numbers neither huge nor tiny.
internal partial struct FloatUnit
{
    private const double Small = 1e-140, Large = 1e140;

    private bool TryAddPlainly(ulong a, ulong b, FloatFormat format, out ulong result)
    {
        result = 0;
        if (!IsPlain || format.Bits != 64)
            return false;
        double x = BitConverter.UInt64BitsToDouble(a), y = BitConverter.UInt64BitsToDouble(b);
        if (!IsMiddling(x) || !IsMiddling(y))
            return false;
        double sum = x + y;
        result = BitConverter.DoubleToUInt64Bits(sum);
        if (IsInexactAlready)
            return true;
        // Knuth's two-sum: the error of the sum, exactly.
        double part = sum - x;
        if (x - (sum - part) + (y - part) != 0)
            Raise(Registers.FloatControl.Inexact);
        return true;
    }

    private bool TryMultiplyPlainly(ulong a, ulong b, FloatFormat format, out ulong result)
    {
        result = 0;
        if (!IsPlain || format.Bits != 64)
            return false;
        double x = BitConverter.UInt64BitsToDouble(a), y = BitConverter.UInt64BitsToDouble(b);
        if (!IsMiddling(x) || !IsMiddling(y))
            return false;
        double product = x * y;
        result = BitConverter.DoubleToUInt64Bits(product);
        if (!IsInexactAlready && Math.FusedMultiplyAdd(x, y, -product) != 0)
            Raise(Registers.FloatControl.Inexact);
        return true;
    }

    private static bool IsMiddling(double value) => Math.Abs(value) is > Small and < Large;
}
