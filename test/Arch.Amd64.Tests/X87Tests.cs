using System.Buffers.Binary;
using Arch.Amd64.Helpers;
using Arch.Amd64.Lifting;
using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Tests;

/// <summary>Every x87 instruction that is lifted against the host's processor: registers, tags, status word, memory.</summary>
internal sealed class X87Tests
{
    private const int Rounds = 3000;
    private const int OpcodeAt = 6, MxcsrAt = 24, MaskAt = 28;

    /// <summary>
    /// They show instruction and operand addresses, which processors keep for exceptions only; or, with a wait in front, are two
    /// instructions.
    /// </summary>
    private static readonly Mnemonic[] NotComparable =
    [
        Mnemonic.Fnstenv, Mnemonic.Fnsave, Mnemonic.Fstenv, Mnemonic.Fsave, Mnemonic.Fstcw, Mnemonic.Fstsw, Mnemonic.Finit, Mnemonic.Fclex,
        Mnemonic.Feni, Mnemonic.Fdisi, Mnemonic.Fsetpm,
    ];

    private static IEnumerable<Code> Codes() =>
        new[] { CpuidFeature.FPU, CpuidFeature.FPU287, CpuidFeature.FPU387 }
            .SelectMany(VectorInstructions.Of).Distinct()
            .Where(code => LiftTable.Find(code) is not null && ProcessorDifferences.LeavingOut(code) is null && !NotComparable.Contains(code.Mnemonic()));

    [TestCaseSource(nameof(Codes))]
    public void AgreesWithTheHost(Code code)
    {
        if (!NativeCpu.IsSupported)
            Assert.Ignore("the host is no amd64 Linux");
        int seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var guest = new GuestCpu();
        var (memory, _) = VectorInstructions.Forms(code);
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = VectorInstructions.Encode(code, random, memory);
            var before = VectorStates.Any(random);
            if (code is Code.Fldenv_m14byte or Code.Fldenv_m28byte or Code.Frstor_m94byte or Code.Frstor_m108byte or Code.Fldcw_m2byte)
                before.Data[64] |= 0x3f;
            var (expected, actual) = (new MachineState(), new MachineState());
            before.CopyTo(expected);
            before.CopyTo(actual);
            NativeCpu.Execute(expected, bytes);
            BinaryPrimitives.WriteUInt32LittleEndian(expected.Fx.AsSpan(MaskAt), FxImage.MxcsrMask);
            int outcome = guest.Execute(actual, bytes);
            Assert.That(outcome, Is.EqualTo(InstructionSet.NoTrap), () => VectorStates.Describe(bytes));
            actual.Fx.AsSpan(OpcodeAt, MxcsrAt - OpcodeAt).CopyTo(expected.Fx.AsSpan(OpcodeAt));
            string difference = actual.DifferenceFrom(expected, ignoredFlags: 0);
            Assert.That(difference, Is.Empty, () =>
                $"{code} {VectorStates.Describe(bytes)}{VectorStates.Compare(before, expected, actual)}");
        }
    }
}
