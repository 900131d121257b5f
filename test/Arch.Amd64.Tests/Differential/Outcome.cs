using System.Runtime.InteropServices;
using Iced.Intel;

namespace Arch.Amd64.Tests.Differential;

/// <summary>What a case left behind, as test/guests/differential.c writes it.</summary>
internal static class Outcome
{
    public const int Size = HeaderSize + 3 * 4096;

    private const int HeaderSize = 1248, FlagsAt = 128, EndAt = 136, AddressAt = 160, PcAt = 168, RestartsAt = 192;

    private const int FxAt = 224, FaultFxAt = FxAt + 512;

    private const ulong LongestX87Store = 10;

    // The image's last instruction and operand, which processors keep when they like, the mask of MXCSR, which tells of the processor.
    private const int OpcodeAt = 6, MxcsrAt = 24, MaskAt = 28, EndOfMask = 32, StartOfXmm = 160, EndOfXmm = 416;

    private const int Shown = 12;

    private const ulong Faulted = 2;

    private static readonly (string Name, int At)[] Words =
    [
        ("end", EndAt), ("vector", 144), ("error", 152), ("address", AddressAt), ("pc", PcAt), ("steps", 176), ("trace", 184),
        ("restarts", RestartsAt), ("restarted at", 200), ("opened page", 208),
    ];

    /// <summary>How the two differ, empty when they do not.</summary>
    public static string Difference(Case given, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        var differences = new List<string>();
        ulong pc = Word(expected, EndAt) == Faulted ? Word(expected, PcAt) : 0;
        bool hasFaulted = pc != 0 || Word(expected, RestartsAt) != 0;
        var end = new CaseEnd(given, given.InstructionAt(pc), hasFaulted, (uint)Word(expected, FxAt + MxcsrAt));
        var uncompared = ProcessorDifferences.InCase(end);
        if (uncompared.HasFlag(Uncompared.All))
            return "";
        for (int i = 0; i < 16; i++)
            Compare(differences, (Register.RAX + i).ToString(), Word(expected, 8 * i), Word(actual, 8 * i));
        ulong defined = uncompared.HasFlag(Uncompared.Flags) ? 0 : ~given.UndefinedAt(pc);
        Compare(differences, "flags", Word(expected, FlagsAt) & defined, Word(actual, FlagsAt) & defined);
        foreach (var (name, at) in Words)
        {
            bool isOfFault = name is "address" or "error" or "restarted at";
            if (!isOfFault || !uncompared.HasFlag(Uncompared.FaultAddress))
                Compare(differences, name, Word(expected, at), Word(actual, at));
        }
        int from = uncompared.HasFlag(Uncompared.X87) ? StartOfXmm : 0;
        CompareFx(differences, "FPU", from, expected.Slice(FxAt, 512), actual.Slice(FxAt, 512));
        CompareFx(differences, "FPU in the frame", from, expected.Slice(FaultFxAt, 512), actual.Slice(FaultFxAt, 512));
        CompareData(differences, expected, actual, uncompared.HasFlag(Uncompared.BytesBeforeFault) ? Word(expected, AddressAt) : 0);
        return string.Join("; ", differences.Take(Shown));
    }

    /// <summary>The vector of the fault that ended the case; null when none did.</summary>
    public static ulong? VectorOf(ReadOnlySpan<byte> outcome) => Word(outcome, EndAt) == Faulted ? Word(outcome, 144) : null;

    /// <summary>Where the fault was.</summary>
    public static ulong PcOf(ReadOnlySpan<byte> outcome) => Word(outcome, PcAt);

    /// <summary>Compares the data pages, but not the ten bytes before <paramref name="fault"/> unless that is 0.</summary>
    private static void CompareData(List<string> differences, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, ulong fault)
    {
        for (int at = HeaderSize; at < Size; at++)
        {
            ulong address = Layout.Data + (ulong)(at - HeaderSize);
            bool isCompared = fault - address is 0 or > LongestX87Store;
            if (!isCompared || expected[at] == actual[at])
                continue;
            differences.Add($"memory at {address:x} is {actual[at]:x2}, expected {expected[at]:x2}");
            return;
        }
    }

    private static ulong Word(ReadOnlySpan<byte> image, int at) => MemoryMarshal.Read<ulong>(image[at..]);

    private static void Compare(List<string> differences, string name, ulong expected, ulong actual)
    {
        if (expected != actual)
            differences.Add($"{name} is {actual:x}, expected {expected:x}");
    }

    private static void CompareFx(List<string> differences, string name, int from, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        for (int at = from; at < EndOfXmm; at++)
        {
            bool isCompared = at is not ((>= OpcodeAt and < MxcsrAt) or (>= MaskAt and < EndOfMask));
            if (isCompared && expected[at] != actual[at])
                differences.Add($"{name} at {at} is {actual[at]:x2}, expected {expected[at]:x2}");
        }
    }
}
