using Arch.Arm64.Helpers;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

// Vector instructions as calls that go through elements (Helpers.LaneHelpers).
internal sealed partial class Lifter
{
    /// <summary>The whole 128 bits of a vector take part.</summary>
    public bool Q => IsSet(30);

    /// <summary>U: unsigned, mostly.</summary>
    public bool U => IsSet(29);

    /// <summary>One of the "Advanced SIMD scalar" groups: a single element.</summary>
    public bool IsScalar => IsSet(28) && Q;

    /// <summary>size of the vector groups: the logarithm of an element's bytes.</summary>
    public int ElementSize => Field(22, 2);

    /// <summary>Size of the floating-point elements of the groups with sz.</summary>
    public int FloatSize => IsSet(22) ? 3 : 2;

    /// <summary>cmode, and opcode of some groups.</summary>
    public int Cmode => Field(12, 4);

    /// <summary>Elements of a vector; one of 64 bits alone is reserved.</summary>
    public bool TryCount(int size, out int count)
    {
        count = IsScalar ? 1 : (Q ? 16 : 8) >> size;
        if (count == 1 && !IsScalar)
            Reject();
        return !IsRejected;
    }

    /// <summary>Rd = Rn op Rm, element by element, for element sizes in a range.</summary>
    public void Same(LaneOperation operation, int smallest = 0, int largest = 3, bool? isUnsigned = null) =>
        Lanes(LaneHelpers.Same, operation, ElementSize, smallest, largest, isUnsigned ?? U, V(Rm));

    /// <summary>Rd = op Rn, element by element.</summary>
    public void Unary(LaneOperation operation, int smallest = 0, int largest = 3, bool? isUnsigned = null) =>
        Lanes(LaneHelpers.SameWithZero, operation, ElementSize, smallest, largest, isUnsigned ?? U, default);

    /// <summary>Rd = Rn op Rm in floating point.</summary>
    public void SameFloats(LaneOperation operation) => Lanes(LaneHelpers.Same, operation, FloatSize, 2, 3, true, V(Rm));

    /// <summary>Rd = op Rn in floating point; <paramref name="amount"/> as <see cref="LaneShape"/> has it.</summary>
    public void UnaryFloats(LaneOperation operation, int amount = 0, bool isUnsigned = true)
    {
        if (TryCount(FloatSize, out int count))
            Call(LaneHelpers.SameWithZero, V(Rd), V(Rn), default, default,
                new LaneShape(operation, FloatSize, count, IsUnsigned: isUnsigned, Amount: amount).Packed);
    }

    /// <summary>Any of the ways through elements whose result fills the register.</summary>
    public void Lanes(Helper helper, LaneOperation operation, int size, int smallest, int largest, bool isUnsigned, Slot b)
    {
        if (size < smallest || size > largest)
            Reject();
        else if (TryCount(size, out int count))
            Call(helper, V(Rd), V(Rn), b, default, new LaneShape(operation, size, count, IsUnsigned: isUnsigned).Packed);
    }

    /// <summary>Between narrow elements, in the upper half if Q, and wide ones.</summary>
    public void Halves(Helper helper, LaneOperation operation, int size, Slot b, bool isUnsigned, int index = -1, int amount = 0)
    {
        int count = IsScalar ? 1 : 8 >> size;
        Call(helper, V(Rd), V(Rn), b, default, new LaneShape(operation, size, count, index, Q && !IsScalar, isUnsigned, amount).Packed);
    }

    /// <summary>Writes a vector register, the upper half cleared unless Q.</summary>
    public void WriteVector(int number, Slot low, Slot high)
    {
        Ir.Move(V(number), low);
        Ir.Move(High(V(number)), Q ? high : Slot.Zero);
    }
}
