namespace Arch.Amd64.Registers;

/// <summary>The fields of DR7, the debug control register (AMD64 manual volume 2, 13.1.1.4).</summary>
internal static class DebugControl
{
    /// <summary>Comparators of the processor.</summary>
    public const int Slots = 4;

    // The R/W field.
    public const int Execute = 0, Write = 1, InputOutput = 2, ReadWrite = 3;

    /// <summary>The length field of eight bytes.</summary>
    public const int EightBytes = 2;

    /// <summary>Its local or its global enable bit is set.</summary>
    public static bool IsEnabled(ulong control, int slot) => (control >> (2 * slot) & 3) != 0;

    public static int Type(ulong control, int slot) => (int)(control >> (16 + 4 * slot)) & 3;

    public static int LengthField(ulong control, int slot) => (int)(control >> (18 + 4 * slot)) & 3;

    /// <summary>Bytes watched: 1, 2, 4 or 8.</summary>
    public static int Length(ulong control, int slot) => LengthField(control, slot) switch { 0 => 1, 1 => 2, EightBytes => 8, _ => 4 };

    /// <summary>DR7 with the slot enabled (locally, as gdb does) for that type and length.</summary>
    public static ulong Enable(ulong control, int slot, int type, int length)
    {
        var lengthField = length switch { 1 => 0, 2 => 1, 4 => 3, _ => EightBytes };
        return Disable(control, slot) | 1UL << (2 * slot) | (ulong)(lengthField << 2 | type) << (16 + 4 * slot);
    }

    /// <summary>DR7 with all fields of the slot zero.</summary>
    public static ulong Disable(ulong control, int slot) => control & ~(3UL << (2 * slot) | 15UL << (16 + 4 * slot));
}
