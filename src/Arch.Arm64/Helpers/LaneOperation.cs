namespace Arch.Arm64.Helpers;

/// <summary>What is done with elements; the integers first, floating point from <see cref="FloatAdd"/> on.</summary>
internal enum LaneOperation : byte
{
    Add, Subtract, HalvingAdd, RoundingHalvingAdd, HalvingSubtract, SaturatingAdd, SaturatingSubtract,
    /// <summary>
    /// An unsigned number to a signed one, and a signed one to an unsigned one (SUQADD, USQADD); the destination decides.
    /// </summary>
    SaturatingAccumulate,
    GreaterThan, GreaterOrEqual, Equal, LessThan, LessOrEqual, Test,
    Shift, RoundingShift, SaturatingShift, SaturatingRoundingShift,
    Maximum, Minimum, AbsoluteDifference, AbsoluteDifferenceAccumulate,
    Multiply, MultiplyAdd, MultiplySubtract, PolynomialMultiply, DoublingMultiplyHigh, RoundingDoublingMultiplyHigh,
    DoublingMultiply, DoublingMultiplyAdd, DoublingMultiplySubtract,
    Negate, Absolute, SaturatingNegate, SaturatingAbsolute, LeadingSigns, LeadingZeros, PopulationCount, ReverseBits, Copy, AddAccumulate,
    ShiftLeft, ShiftRight, RoundingShiftRight, ShiftRightAccumulate, RoundingShiftRightAccumulate, ShiftLeftInsert, ShiftRightInsert,
    SaturatingShiftLeft, SaturatingShiftLeftUnsigned,
    /// <summary>Narrowing: the low half, saturated from unsigned or signed, or from signed to unsigned.</summary>
    Truncate, Saturate, SaturateToUnsigned,
    AddHigh, RoundingAddHigh, SubtractHigh, RoundingSubtractHigh,

    FloatAdd, FloatSubtract, FloatMultiply, FloatMultiplyExtended, FloatNegatedMultiply, FloatDivide, FloatMaximum, FloatMinimum,
    FloatMaximumNumber, FloatMinimumNumber, FloatAbsoluteDifference, FloatMultiplyAdd, FloatMultiplySubtract,
    FloatEqual, FloatGreaterOrEqual, FloatGreaterThan, FloatLessOrEqual, FloatLessThan, FloatAbsoluteGreaterOrEqual,
    FloatAbsoluteGreaterThan, FloatReciprocalStep, FloatRootStep, FloatAbsolute, FloatNegate, FloatSquareRoot, FloatRound,
    FloatRoundExact, FloatReciprocalEstimate, FloatRootEstimate, FloatReciprocalExponent, FloatToInteger, FloatFromInteger,
    FractionReciprocalEstimate, FractionRootEstimate,
}
