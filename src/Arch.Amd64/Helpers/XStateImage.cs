using System.Buffers.Binary;
using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// The XSAVE area of a processor with nothing beyond SSE: the FXSAVE image and a header of 64 bytes (Intel SDM volume 1, 13.4). XCR0 has
/// both components enabled.
/// </summary>
public static class XStateImage
{
    /// <summary>Bytes of the area, of the header, and where that is.</summary>
    public const int Size = 576, HeaderSize = 64, HeaderAt = FxImage.Size;

    /// <summary>XCR0, and FreeBSD's xsave_mask: x87 and SSE.</summary>
    public const ulong Mask = X87 | Sse;

    internal const ulong X87 = 1, Sse = 2;

    /// <summary>XCOMP_BV: the area is compacted.</summary>
    internal const ulong Compacted = 1UL << 63;

    private const int XcompAt = HeaderAt + 8, ReservedAt = HeaderAt + 16;
    private const ulong InitialControlWord = 0x37f, InitialMxcsr = 0x1f80;

    /// <summary>XSTATE_BV: the components that are in the area.</summary>
    public static ulong ComponentsOf(ReadOnlySpan<byte> area) => BinaryPrimitives.ReadUInt64LittleEndian(area[HeaderAt..]);

    /// <inheritdoc cref="ComponentsOf"/>
    public static void SetComponents(Span<byte> area, ulong components) => BinaryPrimitives.WriteUInt64LittleEndian(area[HeaderAt..], components);

    internal static ulong CompactionOf(ReadOnlySpan<byte> area) => BinaryPrimitives.ReadUInt64LittleEndian(area[XcompAt..]);

    internal static void SetCompaction(Span<byte> area, ulong components) => BinaryPrimitives.WriteUInt64LittleEndian(area[XcompAt..], components);

    /// <summary>Writes the given components, but not the header.</summary>
    internal static void Save(Cpu cpu, Span<byte> area, ulong components)
    {
        if ((components & X87) != 0)
            FxImage.SaveX87(cpu, area);
        if ((components & Sse) != 0)
            FxImage.SaveXmm(cpu, area);
    }

    /// <summary>
    /// Of the requested components takes those that the area has, and gives the others their initial state; MXCSR is the caller's.
    /// </summary>
    internal static void Load(Cpu cpu, ReadOnlySpan<byte> area, ulong requested)
    {
        ulong there = ComponentsOf(area);
        if ((requested & X87) != 0)
            FxImage.LoadX87(cpu, (there & X87) != 0 ? area : Initial);
        if ((requested & Sse) != 0)
            FxImage.LoadXmm(cpu, (there & Sse) != 0 ? area : Initial);
    }

    /// <summary>XINUSE: the components that are not in their initial state (Intel SDM volume 1, 13.6).</summary>
    internal static ulong InUse(Cpu cpu)
    {
        bool x87 = cpu[Slots.Fcw] != InitialControlWord || HasBits(cpu, Slots.Fsw.Index, 5) || HasBits(cpu, Slots.St(0).Index, 16);
        return (x87 ? X87 : 0) | (HasBits(cpu, Slots.Xmm(0).Index, 32) ? Sse : 0);
    }

    /// <summary>Whether XRSTOR takes an area of this header (Intel SDM volume 1, 13.8): otherwise #GP.</summary>
    internal static bool IsValid(ReadOnlySpan<byte> area)
    {
        var (components, compaction) = (ComponentsOf(area), CompactionOf(area));
        bool isClear = !area[ReservedAt..Size].ContainsAnyExcept((byte)0);
        return (compaction & Compacted) == 0
            ? compaction == 0 && (components & ~Mask) == 0 && BinaryPrimitives.ReadUInt64LittleEndian(area[ReservedAt..]) == 0
            : isClear && (compaction & ~Compacted & ~Mask) == 0 && (components & ~compaction) == 0;
    }

    internal static bool HasInitialMxcsr(Cpu cpu) => cpu[Slots.Mxcsr] == InitialMxcsr;

    internal static void ResetMxcsr(Cpu cpu) => cpu[Slots.Mxcsr] = InitialMxcsr;

    private static readonly byte[] Initial = MakeInitial();

    private static byte[] MakeInitial()
    {
        var area = new byte[Size];
        BinaryPrimitives.WriteUInt16LittleEndian(area, (ushort)InitialControlWord);
        return area;
    }

    private static bool HasBits(Cpu cpu, int slot, int count) => cpu.File.AsSpan(slot, count).ContainsAnyExcept(0UL);
}
