using System.Buffers.Binary;
using Arch.Amd64.Helpers;
using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Tests;

/// <summary>Every SSE instruction against the host's processor: results, flags, MXCSR, memory.</summary>
internal sealed class VectorTests
{
    private const int Rounds = 1500;
    private const int MaskAt = 28;

    private static IEnumerable<Code> Comparable(CpuidFeature feature) =>
        VectorInstructions.Of(feature).Where(code => ProcessorDifferences.LeavingOut(code) is null && !NeedsItsOwnOperands(code.Mnemonic()));

    private static bool NeedsItsOwnOperands(Mnemonic mnemonic) => mnemonic is Mnemonic.Maskmovdqu or Mnemonic.Maskmovq or Mnemonic.Ldmxcsr;

    private static IEnumerable<Code> Sse() => Comparable(CpuidFeature.SSE);

    private static IEnumerable<Code> Sse2() => Comparable(CpuidFeature.SSE2);

    private static IEnumerable<Code> Mmx() => Comparable(CpuidFeature.MMX);

    private static IEnumerable<Code> Sse3() => Comparable(CpuidFeature.SSE3).Where(code => code.Mnemonic() != Mnemonic.Fisttp);

    private static IEnumerable<Code> Ssse3() => Comparable(CpuidFeature.SSSE3);

    private static IEnumerable<Code> Sse41() => Comparable(CpuidFeature.SSE4_1);

    private static IEnumerable<Code> Sse42() => Comparable(CpuidFeature.SSE4_2);

    [TestCaseSource(nameof(Sse))]
    [TestCaseSource(nameof(Sse2))]
    [TestCaseSource(nameof(Mmx))]
    [TestCaseSource(nameof(Sse3))]
    [TestCaseSource(nameof(Ssse3))]
    [TestCaseSource(nameof(Sse41))]
    [TestCaseSource(nameof(Sse42))]
    public void AgreesWithTheHost(Code code)
    {
        if (!NativeCpu.IsSupported)
            Assert.Ignore("the host is no amd64 Linux");
        int seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var guest = new GuestCpu();
        var (memory, register) = VectorInstructions.Forms(code);
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = VectorInstructions.Encode(code, random, memory && (!register || random.Next(2) == 0));
            var before = VectorStates.Any(random);
            var (expected, actual) = (new MachineState(), new MachineState());
            before.CopyTo(expected);
            before.CopyTo(actual);
            NativeCpu.Execute(expected, bytes);
            BinaryPrimitives.WriteUInt32LittleEndian(expected.Fx.AsSpan(MaskAt), FxImage.MxcsrMask);
            int outcome = guest.Execute(actual, bytes);
            Assert.That(outcome, Is.EqualTo(InstructionSet.NoTrap), () => $"{code} {Convert.ToHexStringLower(bytes)}");
            ProcessorDifferences.Reconcile(bytes, expected, actual);
            string difference = actual.DifferenceFrom(expected, ignoredFlags: 0);
            Assert.That(difference, Is.Empty, () => $"{code} {VectorStates.Describe(bytes)}{VectorStates.Compare(before, expected, actual)}");
        }
    }
}
