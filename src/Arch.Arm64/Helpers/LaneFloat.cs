namespace Arch.Arm64.Helpers;

/// <summary>One element of the floating-point operations; operands and results are encodings.</summary>
internal static class LaneFloat
{
    public static ulong Apply(in LaneShape shape, ref FloatUnit unit, ulong a, ulong b, ulong d)
    {
        var format = FloatFormat.OfSize(shape.Size);
        switch (shape.Operation)
        {
            case LaneOperation.FloatAdd: return unit.Add(a, b, format);
            case LaneOperation.FloatSubtract: return unit.Subtract(a, b, format);
            case LaneOperation.FloatMultiply: return unit.Multiply(a, b, format);
            case LaneOperation.FloatMultiplyExtended: return unit.Multiply(a, b, format, isExtended: true);
            case LaneOperation.FloatNegatedMultiply: return unit.Multiply(a, b, format) ^ format.SignBit;
            case LaneOperation.FloatDivide: return unit.Divide(a, b, format);
            case LaneOperation.FloatMaximum: return unit.Maximum(a, b, format);
            case LaneOperation.FloatMinimum: return unit.Minimum(a, b, format);
            case LaneOperation.FloatMaximumNumber: return unit.MaximumNumber(a, b, format);
            case LaneOperation.FloatMinimumNumber: return unit.MinimumNumber(a, b, format);
            case LaneOperation.FloatAbsoluteDifference: return unit.Subtract(a, b, format) & ~format.SignBit;
            case LaneOperation.FloatMultiplyAdd: return unit.MultiplyAdd(d, a, b, format);
            case LaneOperation.FloatMultiplySubtract: return unit.MultiplyAdd(d, a ^ format.SignBit, b, format);
            case LaneOperation.FloatEqual: return Truth(unit.IsEqual(a, b, format));
            case LaneOperation.FloatGreaterOrEqual: return Truth(unit.IsGreaterOrEqual(a, b, format));
            case LaneOperation.FloatGreaterThan: return Truth(unit.IsGreater(a, b, format));
            case LaneOperation.FloatLessOrEqual: return Truth(unit.IsGreaterOrEqual(b, a, format));
            case LaneOperation.FloatLessThan: return Truth(unit.IsGreater(b, a, format));
            case LaneOperation.FloatAbsoluteGreaterOrEqual:
                return Truth(unit.IsGreaterOrEqual(a & ~format.SignBit, b & ~format.SignBit, format));
            case LaneOperation.FloatAbsoluteGreaterThan: return Truth(unit.IsGreater(a & ~format.SignBit, b & ~format.SignBit, format));
            case LaneOperation.FloatReciprocalStep: return unit.ReciprocalStep(a, b, format);
            case LaneOperation.FloatRootStep: return unit.RootStep(a, b, format);
            case LaneOperation.FloatAbsolute: return a & ~format.SignBit;
            case LaneOperation.FloatNegate: return a ^ format.SignBit;
            case LaneOperation.FloatSquareRoot: return unit.SquareRoot(a, format);
            case LaneOperation.FloatRound: return unit.RoundToIntegral(a, format, RoundingOf(shape, unit), isExact: false);
            case LaneOperation.FloatRoundExact: return unit.RoundToIntegral(a, format, unit.Rounding, isExact: true);
            case LaneOperation.FloatReciprocalEstimate: return unit.ReciprocalEstimate(a, format);
            case LaneOperation.FloatRootEstimate: return unit.RootEstimate(a, format);
            case LaneOperation.FloatReciprocalExponent: return unit.ReciprocalExponent(a, format);
            case LaneOperation.FloatToInteger:
                return unit.ToFixed(a, format, format.Bits, shape.Amount & 0xff, shape.IsUnsigned, RoundingOf(shape, unit));
            case LaneOperation.FloatFromInteger: return unit.FromFixed(a, format.Bits, format, shape.Amount & 0xff, shape.IsUnsigned);
            case LaneOperation.FractionReciprocalEstimate: return FloatUnit.ReciprocalEstimateOfFraction((uint)a);
            case LaneOperation.FractionRootEstimate: return FloatUnit.RootEstimateOfFraction((uint)a);
            default: throw new InvalidOperationException($"{shape.Operation} is no floating-point operation");
        }
    }

    /// <summary>The rounding mode of an instruction that has one: amount bits 8 and up, 0 standing for the one that FPCR names.</summary>
    private static FloatRounding RoundingOf(in LaneShape shape, in FloatUnit unit)
    {
        int rounding = shape.Amount >> 8;
        return rounding == 0 ? unit.Rounding : (FloatRounding)(rounding - 1);
    }

    private static ulong Truth(bool condition) => condition ? ulong.MaxValue : 0;
}
