using Arch.Arm64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>
/// The ways that vector instructions go through their elements. The immediate is a <see cref="LaneShape"/>; all operands are read before
/// anything is written; what of the destination no element covers is cleared.
/// </summary>
internal static class LaneHelpers
{
    /// <summary>Element by element, of one size.</summary>
    public static int Same(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var shape = LaneShape.Of(immediate);
        return Combine(cpu, dst, shape, Vector.Of(cpu, a), Vector.Of(cpu, b));
    }

    /// <summary>Element by element, the other operand being 0.</summary>
    public static int SameWithZero(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Combine(cpu, dst, LaneShape.Of(immediate), Vector.Of(cpu, a), default);

    /// <summary>Pairs of neighbours of operand a, then of operand b.</summary>
    public static int Pairwise(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var shape = LaneShape.Of(immediate);
        var (first, second) = (Vector.Of(cpu, a), Vector.Of(cpu, b));
        var (left, right) = (default(Vector), default(Vector));
        // A scalar pairwise instruction adds the two elements of operand a.
        int half = Math.Max(1, shape.Count / 2);
        for (int i = 0; i < shape.Count; i++)
        {
            ref readonly var from = ref i < half ? ref first : ref second;
            left.Set(i, shape.Size, from.Get(2 * (i % half), shape.Size));
            right.Set(i, shape.Size, from.Get(2 * (i % half) + 1, shape.Size));
        }
        return Combine(cpu, dst, shape, left, right);
    }

    /// <summary>Narrow elements to wide ones: dst[i] = a[i] op b[i], computed in double width.</summary>
    public static int Long(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Widen(cpu, dst, a, b, LaneShape.Of(immediate), false);

    /// <summary>dst[i] = a[i] op b[i] where only b has narrow elements.</summary>
    public static int Wide(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Widen(cpu, dst, a, b, LaneShape.Of(immediate), true);

    /// <summary>Wide elements to narrow ones: the high half of a[i] op b[i].</summary>
    public static int NarrowHigh(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var shape = LaneShape.Of(immediate);
        var (first, second) = (Vector.Of(cpu, a), Vector.Of(cpu, b));
        ulong status = 0;
        Span<ulong> results = stackalloc ulong[16];
        for (int i = 0; i < shape.Count; i++)
            results[i] = LaneInteger.Apply(shape, ref status, first.Get(i, shape.Size + 1), second.Get(i, shape.Size + 1), 0);
        return StoreNarrow(cpu, dst, shape, results);
    }

    /// <summary>Wide elements to narrow ones: a[i] shifted right, then cut or saturated.</summary>
    public static int Narrow(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Narrow(cpu, dst, a, LaneShape.Of(immediate), rounds: false);

    /// <summary>The same, rounded.</summary>
    public static int NarrowRounded(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Narrow(cpu, dst, a, LaneShape.Of(immediate), rounds: true);

    /// <summary>All elements of a to one; count is that of a, the result of amount's size.</summary>
    public static int Across(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var shape = LaneShape.Of(immediate);
        var from = Vector.Of(cpu, a);
        ulong status = 0, result = Extended(from, 0, shape);
        for (int i = 1; i < shape.Count; i++)
            result = LaneInteger.Apply(shape, ref status, result, Extended(from, i, shape), 0);
        var to = default(Vector);
        to.Set(0, shape.Amount, result);
        to.Store(cpu, dst);
        return InstructionSet.NoTrap;
    }

    /// <summary>All floating-point elements of a to one, by halves.</summary>
    public static int AcrossFloats(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var shape = LaneShape.Of(immediate);
        var from = Vector.Of(cpu, a);
        var unit = new FloatUnit(cpu);
        Span<ulong> values = stackalloc ulong[16];
        for (int i = 0; i < shape.Count; i++)
            values[i] = from.Get(i, shape.Size);
        for (int count = shape.Count; count > 1; count /= 2)
        {
            for (int i = 0; i < count / 2; i++)
                values[i] = LaneFloat.Apply(shape, ref unit, values[2 * i], values[2 * i + 1], 0);
        }
        new Vector(values[0], 0).Store(cpu, dst);
        cpu[Slots.FloatStatus] = unit.Status;
        return InstructionSet.NoTrap;
    }

    /// <summary>Sums of neighbours in double width, added to the destination if the operation accumulates.</summary>
    public static int PairwiseLong(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var shape = LaneShape.Of(immediate);
        var (from, to) = (Vector.Of(cpu, a), Vector.Of(cpu, dst));
        var result = default(Vector);
        for (int i = 0; i < shape.Count; i++)
        {
            ulong sum = Extended(from, 2 * i, shape) + Extended(from, 2 * i + 1, shape);
            if (shape.Operation == LaneOperation.AddAccumulate)
                sum += to.Get(i, shape.Size + 1);
            result.Set(i, shape.Size + 1, sum);
        }
        result.Store(cpu, dst);
        return InstructionSet.NoTrap;
    }

    private static int Combine(Cpu cpu, int dst, in LaneShape shape, Vector first, Vector second)
    {
        var (old, result) = (Vector.Of(cpu, dst), default(Vector));
        if (shape.Operation >= LaneOperation.FloatAdd)
        {
            var unit = new FloatUnit(cpu);
            for (int i = 0; i < shape.Count; i++)
            {
                ulong other = second.Get(shape.Index < 0 ? i : shape.Index, shape.Size);
                result.Set(i, shape.Size, LaneFloat.Apply(shape, ref unit, first.Get(i, shape.Size), other, old.Get(i, shape.Size)));
            }
            cpu[Slots.FloatStatus] = unit.Status;
        }
        else
        {
            ulong status = cpu[Slots.FloatStatus];
            for (int i = 0; i < shape.Count; i++)
            {
                ulong other = Extended(second, shape.Index < 0 ? i : shape.Index, shape);
                result.Set(i, shape.Size, LaneInteger.Apply(shape, ref status, Extended(first, i, shape), other, Extended(old, i, shape)));
            }
            cpu[Slots.FloatStatus] = status;
        }
        result.Store(cpu, dst);
        return InstructionSet.NoTrap;
    }

    private static int Widen(Cpu cpu, int dst, int a, int b, in LaneShape shape, bool isWide)
    {
        var (first, second, old, result) = (Vector.Of(cpu, a), Vector.Of(cpu, b), Vector.Of(cpu, dst), default(Vector));
        ulong status = cpu[Slots.FloatStatus];
        int start = shape.IsUpper ? 8 >> shape.Size : 0;
        for (int i = 0; i < shape.Count; i++)
        {
            ulong left = isWide ? first.Get(i, shape.Size + 1) : Extended(first, start + i, shape);
            ulong right = Extended(second, shape.Index < 0 ? start + i : shape.Index, shape);
            ulong accumulated = shape.IsUnsigned ? old.Get(i, shape.Size + 1) : (ulong)old.GetSigned(i, shape.Size + 1);
            result.Set(i, shape.Size + 1, LaneInteger.Apply(shape, ref status, left, right, accumulated));
        }
        cpu[Slots.FloatStatus] = status;
        result.Store(cpu, dst);
        return InstructionSet.NoTrap;
    }

    private static int Narrow(Cpu cpu, int dst, int a, in LaneShape shape, bool rounds)
    {
        var from = Vector.Of(cpu, a);
        ulong status = cpu[Slots.FloatStatus];
        Span<ulong> results = stackalloc ulong[16];
        for (int i = 0; i < shape.Count; i++)
        {
            ulong value = shape.IsUnsigned ? from.Get(i, shape.Size + 1) : (ulong)from.GetSigned(i, shape.Size + 1);
            results[i] = LaneShift.Narrow(shape, ref status, value, rounds);
        }
        cpu[Slots.FloatStatus] = status;
        return StoreNarrow(cpu, dst, shape, results);
    }

    private static int StoreNarrow(Cpu cpu, int dst, in LaneShape shape, ReadOnlySpan<ulong> results)
    {
        var result = shape.IsUpper ? new Vector(Vector.Of(cpu, dst).Low, 0) : default;
        int start = shape.IsUpper ? 8 >> shape.Size : 0;
        for (int i = 0; i < shape.Count; i++)
            result.Set(start + i, shape.Size, results[i]);
        result.Store(cpu, dst);
        return InstructionSet.NoTrap;
    }

    private static ulong Extended(in Vector vector, int index, in LaneShape shape) =>
        shape.IsUnsigned ? vector.Get(index, shape.Size) : (ulong)vector.GetSigned(index, shape.Size);
}
