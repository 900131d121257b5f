namespace Arch.Arm64.Helpers;

/// <summary>
/// Which bytes the structures of three elements have in memory and in registers, for one of the three results of LD3 or ST3.
/// </summary>
/// <param name="Part">Which result.</param>
/// <param name="Size">Logarithm of an element's bytes.</param>
/// <param name="IsWhole">Registers of 16 bytes, not 8.</param>
/// <param name="IsStore">From registers to memory.</param>
internal readonly record struct Thirds(int Part, int Size, bool IsWhole, bool IsStore)
{
    /// <summary>How many there are: <see cref="Packed"/> is less.</summary>
    public const int Count = 3 << 4;

    public Thirds(ulong packed)
        : this((int)(packed >> 4), (int)packed & 3, (packed >> 2 & 1) != 0, (packed >> 3 & 1) != 0)
    {
    }

    public ulong Packed => (ulong)(Part << 4 | (IsStore ? 8 : 0) | (IsWhole ? 4 : 0) | Size);

    public int Bytes => IsWhole ? 16 : 8;

    /// <summary>The operand, 0 to 2, and the byte in it that byte <paramref name="i"/> of the result is.</summary>
    public (int Source, int Place) SourceOf(int i)
    {
        int rest = i & ((1 << Size) - 1);
        if (IsStore)
        {
            int element = (Part * Bytes + i) >> Size;
            return (element % 3, (element / 3 << Size) | rest);
        }
        int place = (((i >> Size) * 3 + Part) << Size) | rest;
        return (place / Bytes, place % Bytes);
    }
}
