namespace Arch.Amd64.Helpers;

/// <summary>What the source operand of an x87 instruction is.</summary>
internal enum X87Source
{
    Register,
    Single,
    Double,
    Int16,
    Int32,
    Int64,
}

/// <summary>The operands of an x87 instruction, carried to its helper as the immediate.</summary>
/// <param name="Destination">Number of the stack register that is the first operand.</param>
/// <param name="Source">What the second operand is.</param>
/// <param name="Number">Of a register as second operand.</param>
/// <param name="Reversed">The first operand is the one subtracted, or the divisor.</param>
/// <param name="Pops">Registers to pop at the end.</param>
internal readonly record struct X87Form(int Destination, X87Source Source, int Number = 0, bool Reversed = false, int Pops = 0)
{
    public ulong Immediate =>
        (ulong)(Destination | (int)Source << 4 | Number << 8 | (Reversed ? 1 : 0) << 12 | Pops << 16);

    public static X87Form Of(ulong immediate) => new(
        (int)immediate & 7, (X87Source)(immediate >> 4 & 15), (int)(immediate >> 8) & 7, (immediate >> 12 & 1) != 0, (int)(immediate >> 16) & 3);

    /// <summary>A memory operand's value, from the bits that were loaded.</summary>
    public FloatValue FromMemory(ulong bits) => Source switch
    {
        X87Source.Single => FloatFormat.Single.Unpack((uint)bits),
        X87Source.Double => FloatFormat.Double.Unpack(bits),
        X87Source.Int16 => FloatValue.OfInteger((short)bits),
        X87Source.Int32 => FloatValue.OfInteger((int)bits),
        _ => FloatValue.OfInteger((long)bits),
    };
}
