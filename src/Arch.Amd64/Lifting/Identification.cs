using System.Text;
using Arch.Amd64.Helpers;
using Iced.Intel;

namespace Arch.Amd64.Lifting;

/// <summary>
/// What CPUID tells: exactly the features all of whose instructions are lifted, so that no program is led into one that is not.
/// </summary>
internal static class Identification
{
    /// <summary>The four results of one leaf.</summary>
    public readonly record struct Registers(uint Eax, uint Ebx, uint Ecx, uint Edx);

    private const uint HighestLeaf = 0xd, HighestExtendedLeaf = 0x8000_0008;

    /// <summary>Family 6 model 15 stepping 11, the first with SSSE3: nothing newer may be inferred from it.</summary>
    private const uint Signature = 0x0000_06fb;

    /// <summary>CLFLUSH moves 64 bytes (in units of 8), one logical processor, APIC id 0.</summary>
    private const uint CacheLineAndProcessors = 8 << 8 | 1 << 16;

    private const uint PhysicalAddressBits = 40, LinearAddressBits = 48;

    // Leaf 1 (Intel SDM volume 2, CPUID, tables 3-10 and 3-11).
    private static readonly (CpuidFeature Feature, int Bit)[] Leaf1Ecx =
    [
        (CpuidFeature.SSE3, 0), (CpuidFeature.PCLMULQDQ, 1), (CpuidFeature.SSSE3, 9), (CpuidFeature.CMPXCHG16B, 13),
        (CpuidFeature.SSE4_1, 19), (CpuidFeature.SSE4_2, 20), (CpuidFeature.MOVBE, 22), (CpuidFeature.POPCNT, 23), (CpuidFeature.AES, 25),
        (CpuidFeature.XSAVE, 26),
    ];

    private static readonly (CpuidFeature Feature, int Bit)[] Leaf1Edx =
    [
        (CpuidFeature.FPU, 0), (CpuidFeature.TSC, 4), (CpuidFeature.CX8, 8), (CpuidFeature.CMOV, 15), (CpuidFeature.CLFSH, 19), (CpuidFeature.MMX, 23),
        (CpuidFeature.FXSR, 24), (CpuidFeature.SSE, 25), (CpuidFeature.SSE2, 26),
    ];

    /// <summary>OSXSAVE: the kernel has enabled XSAVE.</summary>
    private const uint Leaf1EcxAlways = 1 << 27;

    // Leaf 0xd (Intel SDM volume 2, CPUID, table 3-8), subleaf 1: the variants.
    private static readonly (CpuidFeature Feature, int Bit)[] ExtendedState = [(CpuidFeature.XSAVEOPT, 0), (CpuidFeature.XSAVEC, 1)];

    /// <summary>XGETBV with ecx = 1.</summary>
    private const uint ExtendedStateAlways = 1 << 2;

    // Leaf 0x80000001: LAHF in 64-bit mode; SYSCALL (bit 11), no-execute pages (20) and long mode (29) always, RDTSCP.
    private const uint ExtendedLahf = 1 << 0, ExtendedAlways = 1 << 11 | 1 << 20 | 1 << 29;
    private static readonly (CpuidFeature Feature, int Bit)[] ExtendedEdx = [(CpuidFeature.RDTSCP, 27)];

    private static readonly Lazy<(uint Ecx, uint Edx, uint ExtendedEdx)> Features =
        new(() => (Bits(Leaf1Ecx), Bits(Leaf1Edx), Bits(ExtendedEdx)));

    /// <summary>
    /// The answer to CPUID with <paramref name="leaf"/> in eax and <paramref name="subleaf"/> in ecx. A leaf beyond the last basic one answers
    /// as that one does. Leaves 2 to 0xc tell of caches, power and features that there are none of.
    /// </summary>
    public static Registers Leaf(uint leaf, uint subleaf) => leaf switch
    {
        0 => new(HighestLeaf, Word("Genu"), Word("ntel"), Word("ineI")),
        0x8000_0000 => new(HighestExtendedLeaf, 0, 0, 0),
        0x8000_0001 => new(0, 0, ExtendedLahf, ExtendedAlways | Features.Value.ExtendedEdx),
        0x8000_0002 => Brand(0),
        0x8000_0003 => Brand(1),
        0x8000_0004 => Brand(2),
        >= 0x8000_0005 and <= 0x8000_0007 => default,
        0x8000_0008 => new(PhysicalAddressBits | LinearAddressBits << 8, 0, 0, 0),
        1 => new(Signature, CacheLineAndProcessors, Leaf1EcxAlways | Features.Value.Ecx, Features.Value.Edx),
        < HighestLeaf => default,
        _ => ExtendedStateLeaf(subleaf),
    };

    /// <summary>XCR0's components and the size of their area; the two that there are have no subleaves.</summary>
    private static Registers ExtendedStateLeaf(uint subleaf) => subleaf switch
    {
        0 => new((uint)XStateImage.Mask, XStateImage.Size, XStateImage.Size, 0),
        1 => new(ExtendedStateAlways | Bits(ExtendedState), XStateImage.Size, 0, 0),
        _ => default,
    };

    /// <summary>Whether every instruction of a feature that exists in 64-bit code without VEX is lifted.</summary>
    public static bool IsWhole(CpuidFeature feature) =>
        Enum.GetValues<Code>().Where(code => Belongs(code, feature)).All(code => LiftTable.Find(code) is not null);

    private static bool Belongs(Code code, CpuidFeature feature) =>
        code.ToOpCode() is { IsInstruction: true, Mode64: true, Encoding: EncodingKind.Legacy, IsPrivileged: false } &&
        code.CpuidFeatures().Contains(feature);

    private static uint Bits((CpuidFeature Feature, int Bit)[] features) =>
        features.Where(row => IsWhole(row.Feature)).Aggregate(0u, (bits, row) => bits | 1u << row.Bit);

    private static Registers Brand(int part)
    {
        ReadOnlySpan<char> name = "gdbstub emulated amd64 processor".PadRight(48, '\0').AsSpan(16 * part, 16);
        return new(Word(name), Word(name[4..]), Word(name[8..]), Word(name[12..]));
    }

    private static uint Word(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[4];
        Encoding.ASCII.GetBytes(text[..4], bytes);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
