using System.Numerics;
using System.Runtime.CompilerServices;

namespace TraceKernel.Machine.Ir;

/// <summary>The one definition of every value operation (law 4): the interpreter and the translator both come here.</summary>
public static class Operations
{
    public static ulong Parity8(ulong b) => (ulong)(~BitOperations.PopCount((byte)b) & 1);
    public static ulong ByteSwap32(ulong b) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((uint)b);
    public static ulong ByteSwap64(ulong b) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(b);
    public static ulong ShiftLeft(ulong a, ulong b) => b < 64 ? a << (int)b : 0;
    public static ulong ShiftRight(ulong a, ulong b) => b < 64 ? a >> (int)b : 0;
    public static ulong ShiftRightSigned(ulong a, ulong b) => (ulong)((long)a >> (int)Math.Min(b, 63));
    public static ulong RotateRight(ulong a, ulong b) => BitOperations.RotateRight(a, (int)(b & 63));
    public static ulong RotateRight32(ulong a, ulong b) => BitOperations.RotateRight((uint)a, (int)(b & 31));
    public static ulong MultiplyHighSigned(ulong a, ulong b) => (ulong)Math.BigMul((long)a, (long)b, out _);
    public static ulong MultiplyHighUnsigned(ulong a, ulong b) => Math.BigMul(a, b, out _);
    public static ulong Insert8(ulong a, ulong b) => (a & ~0xffUL) | (byte)b;
    public static ulong InsertHigh8(ulong a, ulong b) => (a & ~0xff00UL) | ((ulong)(byte)b << 8);
    public static ulong Insert16(ulong a, ulong b) => (a & ~0xffffUL) | (ushort)b;
    public static ulong Select(ulong a, ulong b, ulong c) => c != 0 ? a : b;

    public static ulong DivideUnsigned(ulong a, ulong b) => b == 0 ? 0 : a / b;

    // The processor that runs this may trap on the smallest number divided by −1.
    public static ulong DivideSigned(ulong a, ulong b) => b switch { 0 => 0, ulong.MaxValue => 0 - a, _ => (ulong)((long)a / (long)b) };

    /// <summary>The result of a value operation (those between Move and Select).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Evaluate(IrOpcode op, ulong a, ulong b, ulong c) => op switch
    {
        IrOpcode.Move => b,
        IrOpcode.Not => ~b,
        IrOpcode.Negate => 0 - b,
        IrOpcode.ZeroExtend8 => (byte)b,
        IrOpcode.ZeroExtend16 => (ushort)b,
        IrOpcode.ZeroExtend32 => (uint)b,
        IrOpcode.SignExtend8 => (ulong)(sbyte)b,
        IrOpcode.SignExtend16 => (ulong)(short)b,
        IrOpcode.SignExtend32 => (ulong)(int)b,
        IrOpcode.ByteSwap32 => ByteSwap32(b),
        IrOpcode.ByteSwap64 => ByteSwap64(b),
        IrOpcode.Parity8 => Parity8(b),
        IrOpcode.PopulationCount => (ulong)BitOperations.PopCount(b),
        IrOpcode.LeadingZeros => (ulong)BitOperations.LeadingZeroCount(b),
        IrOpcode.TrailingZeros => (ulong)BitOperations.TrailingZeroCount(b),
        IrOpcode.Add => a + b,
        IrOpcode.Subtract => a - b,
        IrOpcode.Multiply => a * b,
        IrOpcode.MultiplyHighUnsigned => MultiplyHighUnsigned(a, b),
        IrOpcode.MultiplyHighSigned => MultiplyHighSigned(a, b),
        IrOpcode.DivideUnsigned => DivideUnsigned(a, b),
        IrOpcode.DivideSigned => DivideSigned(a, b),
        IrOpcode.And => a & b,
        IrOpcode.Or => a | b,
        IrOpcode.Xor => a ^ b,
        IrOpcode.ShiftLeft => ShiftLeft(a, b),
        IrOpcode.ShiftRight => ShiftRight(a, b),
        IrOpcode.ShiftRightSigned => ShiftRightSigned(a, b),
        IrOpcode.RotateRight => RotateRight(a, b),
        IrOpcode.RotateRight32 => RotateRight32(a, b),
        IrOpcode.Equal => a == b ? 1UL : 0,
        IrOpcode.NotEqual => a != b ? 1UL : 0,
        IrOpcode.LessUnsigned => a < b ? 1UL : 0,
        IrOpcode.LessSigned => (long)a < (long)b ? 1UL : 0,
        IrOpcode.LessOrEqualUnsigned => a <= b ? 1UL : 0,
        IrOpcode.LessOrEqualSigned => (long)a <= (long)b ? 1UL : 0,
        IrOpcode.Insert8 => Insert8(a, b),
        IrOpcode.InsertHigh8 => InsertHigh8(a, b),
        IrOpcode.Insert16 => Insert16(a, b),
        IrOpcode.Select => Select(a, b, c),
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "not a value operation"),
    };
}
