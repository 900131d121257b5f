using System.Runtime.InteropServices;
using Iced.Intel;

namespace Arch.Amd64.Tests.Differential;

/// <summary>What a case left behind, as test/guests/differential.c writes it.</summary>
internal static class Outcome
{
    public const int Size = HeaderSize + 3 * 4096;

    private const int HeaderSize = 1248, FlagsAt = 128, FxAt = 224, FaultFxAt = FxAt + 512;

    // The image's last instruction and operand, which processors keep when they like, the mask of MXCSR, which tells of the processor.
    private const int OpcodeAt = 6, MxcsrAt = 24, MaskAt = 28, EndOfMask = 32, StartOfXmm = 160, EndOfXmm = 416;

    // MXCSR.MM, which only AMD's processors have: a random image that sets it is refused everywhere else.
    private const int MisalignedMaskAt = MxcsrAt + 2, MisalignedMask = 2;

    private const int Shown = 12;

    private const ulong Faulted = 2;

    private static readonly (string Name, int At)[] Words =
    [
        ("end", 136), ("vector", 144), ("error", 152), ("address", 160), ("pc", 168), ("steps", 176), ("trace", 184), ("restarts", 192),
        ("restarted at", 200), ("opened page", 208),
    ];

    /// <summary>How the two differ, empty when they do not.</summary>
    public static string Difference(Case given, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        var differences = new List<string>();
        if ((expected[FxAt + MisalignedMaskAt] & MisalignedMask) != 0)
            return "";
        for (int i = 0; i < 16; i++)
            Compare(differences, (Register.RAX + i).ToString(), Word(expected, 8 * i), Word(actual, 8 * i));
        ulong pc = Word(expected, 136) == Faulted ? Word(expected, 168) : 0;
        ulong defined = ~given.UndefinedAt(pc);
        Compare(differences, "flags", Word(expected, FlagsAt) & defined, Word(actual, FlagsAt) & defined);
        var last = given.InstructionAt(pc);
        foreach (var (name, at) in Words)
        {
            bool isLoose = name is "address" or "error" or "restarted at" && given.Steps.Any(step => AccessesInItsOwnOrder(step.Instruction.Mnemonic));
            if (!isLoose)
                Compare(differences, name, Word(expected, at), Word(actual, at));
        }
        int from = EntersMmxState(last) ? StartOfXmm : 0;
        CompareFx(differences, "FPU", from, expected.Slice(FxAt, 512), actual.Slice(FxAt, 512));
        CompareFx(differences, "FPU in the frame", from, expected.Slice(FaultFxAt, 512), actual.Slice(FaultFxAt, 512));
        int data = expected[HeaderSize..].CommonPrefixLength(actual[HeaderSize..]);
        if (data < Size - HeaderSize)
            differences.Add($"memory at {Layout.Data + (ulong)data:x} is {actual[HeaderSize + data]:x2}, expected {expected[HeaderSize + data]:x2}");
        return string.Join("; ", differences.Take(Shown));
    }

    /// <summary>The vector of the fault that ended the case; null when none did.</summary>
    public static ulong? VectorOf(ReadOnlySpan<byte> outcome) => Word(outcome, 136) == Faulted ? Word(outcome, 144) : null;

    /// <summary>Where the fault was.</summary>
    public static ulong PcOf(ReadOnlySpan<byte> outcome) => Word(outcome, 168);

    private static ulong Word(ReadOnlySpan<byte> image, int at) => MemoryMarshal.Read<ulong>(image[at..]);

    private static void Compare(List<string> differences, string name, ulong expected, ulong actual)
    {
        if (expected != actual)
            differences.Add($"{name} is {actual:x}, expected {expected:x}");
    }

    /// <summary>Of an image of many fields, which of two pages a processor misses first is its own affair.</summary>
    private static bool AccessesInItsOwnOrder(Mnemonic mnemonic) => mnemonic is Mnemonic.Fnstenv or Mnemonic.Fldenv or Mnemonic.Fnsave or
        Mnemonic.Frstor or Mnemonic.Fxsave or Mnemonic.Fxsave64 or Mnemonic.Fxrstor or Mnemonic.Fxrstor64;

    /// <summary>AMD's processors enter the MMX state before these fault, and stay there.</summary>
    private static bool EntersMmxState(Mnemonic mnemonic) =>
        mnemonic is Mnemonic.Maskmovq or Mnemonic.Cvtpi2ps or Mnemonic.Cvtps2pi or Mnemonic.Cvttps2pi or Mnemonic.Cvtpd2pi or Mnemonic.Cvttpd2pi;

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
