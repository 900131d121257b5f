namespace Arch.Arm64.Lifting;

// The fields of the instruction word, by the manual's names (Decoding.Fields checks that patterns put them there).
internal sealed partial class Lifter
{
    public int Rd => Field(0, 5);
    public int Rt => Field(0, 5);
    public int Rn => Field(5, 5);
    public int Ra => Field(10, 5);
    public int Rt2 => Field(10, 5);
    public int Rm => Field(16, 5);
    public int Rs => Field(16, 5);

    /// <summary>The instruction works on 64 bits.</summary>
    public bool Sf => IsSet(31);

    /// <summary>size of loads and stores: log2 of the bytes.</summary>
    public int Size => Field(30, 2);

    /// <summary>shift of the shifted register forms: LSL, LSR, ASR, ROR.</summary>
    public int Shift => Field(22, 2);

    public int Option => Field(13, 3);
    public int Imm3 => Field(10, 3);
    public int Imm5 => Field(16, 5);
    public int Imm6 => Field(10, 6);
    public int Imm12 => Field(10, 12);
    public int Imm16 => Field(5, 16);
    public int Immr => Field(16, 6);
    public int Imms => Field(10, 6);
    public int Hw => Field(21, 2);
    public int N => Field(22, 1);
    public int Nzcv => Field(0, 4);

    /// <summary>imm7, imm9, imm14, imm19 and imm26, sign-extended.</summary>
    public long Imm7 => SignedField(15, 7);
    public long Imm9 => SignedField(12, 9);
    public long Imm14 => SignedField(5, 14);
    public long Imm19 => SignedField(5, 19);
    public long Imm26 => SignedField(0, 26);

    /// <summary>immhi:immlo of ADR.</summary>
    public long Imm21 => (SignedField(5, 19) << 2) | (long)Field(29, 2);

    /// <summary>Bits from <paramref name="low"/> up of the instruction word.</summary>
    public int Field(int low, int width) => (int)(Word >> low) & ((1 << width) - 1);

    public long SignedField(int low, int width) => (long)((ulong)Word << (64 - low - width)) >> (64 - width);

    public bool IsSet(int bit) => (Word >> bit & 1) != 0;
}
