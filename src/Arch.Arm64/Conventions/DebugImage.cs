using System.Buffers.Binary;
using Arch.Arm64.Registers;

namespace Arch.Arm64.Conventions;

/// <summary>
/// struct dbreg (machine/reg.h): version and counts, then the breakpoints and the watchpoints, each an address and a control word.
/// </summary>
internal static class DebugImage
{
    private const int Start = 8, EntryBytes = 16, ControlOffset = 8;

    /// <summary>Where the entry of breakpoint <paramref name="number"/> begins.</summary>
    public static int Breakpoint(int number) => Start + EntryBytes * number;

    public static int Watchpoint(int number) => Start + EntryBytes * (Slots.DebugRegisters + number);

    public static ulong Address(ReadOnlySpan<byte> dbreg, int entry) => BinaryPrimitives.ReadUInt64LittleEndian(dbreg[entry..]);

    public static uint Control(ReadOnlySpan<byte> dbreg, int entry) =>
        BinaryPrimitives.ReadUInt32LittleEndian(dbreg[(entry + ControlOffset)..]);

    public static void Write(Span<byte> dbreg, int entry, ulong address, uint control)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(dbreg[entry..], address);
        BinaryPrimitives.WriteUInt32LittleEndian(dbreg[(entry + ControlOffset)..], control);
    }
}
