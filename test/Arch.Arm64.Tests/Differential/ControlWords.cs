using Arch.Arm64.Decoding;
using Arch.Arm64.Registers;

namespace Arch.Arm64.Tests.Differential;

/// <summary>
/// Instructions that depend on where they stand or on what the processor lets a program see: branches go forward within the case, literals
/// are words of the case, and system registers are those that both processors have, with fields that both have.
/// </summary>
internal static class ControlWords
{
    /// <summary>
    /// Holds values for FPCR and FPSR, and nothing but what these instructions put there: a branch may come between. qemu keeps bits 28 to 31
    /// of FPSR, AArch32's flags, which a processor of AArch64 alone does not have, and fields of FPCR that later processors have.
    /// </summary>
    public const int Scratch = 26;

    private const int Pointer = 28;

    /// <summary>
    /// An indirect branch at word n of a case goes where X(10 + n) says: one that is reached without its ADR does not loop.
    /// </summary>
    private const int FirstTarget = 10;

    /// <summary>ADR; AND X26, Xn with a mask.</summary>
    private const uint Adr = 0x1000_0000, And = 0x9200_0000 | Scratch;

    /// <summary>immr and imms of the masks 0x7c00000 (AHP, DN, FZ, RMode of FPCR), 0x1f, 0x80 and 0x8000000 (of FPSR).</summary>
    private static readonly uint[] s_fpcrMasks = [42 << 6 | 4], s_fpsrMasks = [4, 57 << 6, 37 << 6];

    /// <summary>IC IVAU, DC CVAC, DC CVAU, DC CIVAC.</summary>
    private static readonly uint[] s_maintenance = [0xd50b_7520, 0xd50b_7a20, 0xd50b_7b20, 0xd50b_7e20];

    /// <summary>MSR DAIFSet and DAIFClr with #0; the other fields of PSTATE belong to later processors.</summary>
    private static readonly uint[] s_masks = [0xd503_40df, 0xd503_40ff];

    /// <summary>NOP, YIELD, SEV, SEVL, CSDB, BTI; pointer authentication is not for a processor that has it to compare.</summary>
    private static readonly uint[] s_hints = [0xd503_201f, 0xd503_203f, 0xd503_209f, 0xd503_20bf, 0xd503_229f, 0xd503_245f];

    /// <summary>Rows that cannot be compared: a system call ends a case.</summary>
    public static bool AreComparable(DecodeTable.Row row) => row.Name != "SVC";

    /// <summary>Whether a row's instructions are made here.</summary>
    public static bool Knows(DecodeTable.Row row) => Kind(row) != Form.Other;

    /// <summary>The words of one instruction of the row, as it can stand at word <paramref name="position"/> of a case.</summary>
    public static uint[] Draw(Random random, DecodeTable.Row row, int position)
    {
        uint any = row.Pattern.Value | ((uint)random.NextInt64() & ~row.Pattern.Mask);
        uint register = (uint)random.Next(Scratch);
        int left = MachineState.Words - position;
        return Kind(row) switch
        {
            Form.Branch26 => [With(any, 0, 26, random.Next(1, left + 1))],
            Form.Branch19 => [With(any, 5, 19, random.Next(1, left + 1))],
            Form.Branch14 => [With(any, 5, 14, random.Next(1, left + 1))],
            Form.Indirect =>
                [With(Adr, 5, 19, random.Next(2, left + 1)) | (uint)(FirstTarget + position), With(any, 5, 5, FirstTarget + position)],
            // Sixteen bytes at most, within the words.
            Form.Literal => [With(With(any, 5, 19, random.Next(-position, left - 3)), 0, 5, (int)register)],
            Form.Address => [With(any, 0, 5, (int)register)],
            Form.Read =>
            [
                Access(
                    random.Next(4) switch { 0 => SystemRegister.NZCV, 1 => SystemRegister.FPCR, _ => SystemRegister.FPSR }, register, reads: true),
            ],
            Form.Write => Write(random, register),
            Form.Maintenance => [s_maintenance[random.Next(s_maintenance.Length)] | Pointer],
            Form.Mask => [s_masks[random.Next(s_masks.Length)] | (uint)random.Next(16) << 8],
            Form.Hint => [s_hints[random.Next(s_hints.Length)]],
            _ => [any],
        };
    }

    private static uint[] Write(Random random, uint register)
    {
        uint source = (uint)random.Next(Scratch) << 5;
        return random.Next(4) switch
        {
            0 => [Access(SystemRegister.NZCV, register, reads: false)],
            1 =>
            [
                Access(SystemRegister.TPIDR_EL0, register, reads: false),
                Access(SystemRegister.TPIDR_EL0, (uint)random.Next(Scratch), reads: true),
            ],
            2 => [Masked(s_fpcrMasks[0]) | source, Access(SystemRegister.FPCR, Scratch, reads: false)],
            _ => [Masked(s_fpsrMasks[random.Next(s_fpsrMasks.Length)]) | source, Access(SystemRegister.FPSR, Scratch, reads: false)],
        };
    }

    // AND (immediate) of 64 bits: N is 1.
    private static uint Masked(uint mask) => And | 1u << 22 | mask << 10;

    private static uint Access(int systemRegister, uint register, bool reads) =>
        0xd500_0000 | (reads ? 1u << 21 : 0) | (uint)systemRegister << 5 | register;

    private static uint With(uint word, int shift, int width, int value)
    {
        uint mask = (1u << width) - 1;
        return (word & ~(mask << shift)) | ((uint)value & mask) << shift;
    }

    private static Form Kind(DecodeTable.Row row) => row.Name switch
    {
        "B" or "BL" => Form.Branch26,
        "B.cond" or "CBZ" or "CBNZ" => Form.Branch19,
        "TBZ" or "TBNZ" => Form.Branch14,
        "BR" or "BLR" or "RET" => Form.Indirect,
        "ADR" or "ADRP" => Form.Address,
        "MRS" => Form.Read,
        "MSR (register)" => Form.Write,
        "SYS" => Form.Maintenance,
        "MSR (immediate)" => Form.Mask,
        "HINT" => Form.Hint,
        "BRK" or "CLREX" or "DSB" or "DMB" or "ISB" => Form.Plain,
        _ => row.Name.Contains("literal", StringComparison.Ordinal) ? Form.Literal : Form.Other,
    };

    private enum Form { Other, Plain, Branch26, Branch19, Branch14, Indirect, Literal, Address, Read, Write, Maintenance, Mask, Hint }
}
