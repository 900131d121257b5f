using System.Buffers.Binary;
using Arch.Amd64.Helpers;
using Arch.Amd64.Lifting;
using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Tests;

/// <summary>What the host cannot be asked in its own process: traps, alignment, completeness, accesses of helpers.</summary>
internal sealed class VectorRuleTests
{
    private const int NoTrap = InstructionSet.NoTrap, GeneralProtection = 13, SimdFloatingPoint = 19;
    private const int MxcsrAt = 24, XmmAt = 160;

    private static readonly CpuidFeature[] Features =
    [
        CpuidFeature.MMX, CpuidFeature.SSE, CpuidFeature.SSE2, CpuidFeature.SSE3, CpuidFeature.SSSE3, CpuidFeature.SSE4_1, CpuidFeature.SSE4_2,
        CpuidFeature.FXSR, CpuidFeature.FPU, CpuidFeature.FPU287, CpuidFeature.FPU387,
    ];

    private static readonly Mnemonic[] Unaligned =
    [
        Mnemonic.Movups, Mnemonic.Movupd, Mnemonic.Movdqu, Mnemonic.Lddqu, Mnemonic.Pcmpestri, Mnemonic.Pcmpestri64, Mnemonic.Pcmpestrm,
        Mnemonic.Pcmpestrm64, Mnemonic.Pcmpistri, Mnemonic.Pcmpistrm,
    ];

    [TestCaseSource(nameof(Features))]
    public void EveryInstructionIsLifted(CpuidFeature feature)
    {
        var missing = VectorInstructions.Of(feature).Where(code => LiftTable.Find(code) is null).Select(code => code.Mnemonic());
        Assert.That(missing, Is.Empty);
    }

    private static IEnumerable<Code> SixteenByteOperands() =>
        Features.Take(7).SelectMany(VectorInstructions.Of).Distinct()
            .Where(code => code.ToOpCode().MemorySize.GetSize() == 16 && code.ToOpCode().MemorySize != MemorySize.Unknown);

    [TestCaseSource(nameof(SixteenByteOperands))]
    public void AlignmentIsRequired(Code code)
    {
        if (!VectorInstructions.Forms(code).Memory || code.Mnemonic() is Mnemonic.Maskmovdqu)
            return;
        var random = new Random(1);
        byte[] bytes = VectorInstructions.Encode(code, random, memory: true);
        var state = VectorStates.Any(random);
        state[Register.RBX] += 8;
        Assert.That(new GuestCpu().Execute(state, bytes), Is.EqualTo(Unaligned.Contains(code.Mnemonic()) ? NoTrap : GeneralProtection));
    }

    // addsd, divsd, sqrtsd, mulsd, cvttsd2si, ucomisd: xmm0 and xmm1, the exceptions that each raises.
    [TestCase("f20f58c1", 0x7ff4000000000000ul, 0x3ff0000000000000ul, 0x01u, 0x01u, TestName = "signaling NaN")]
    [TestCase("f20f5ec1", 0x3ff0000000000000ul, 0x0000000000000000ul, 0x04u, 0x04u, TestName = "division by zero")]
    [TestCase("f20f51c1", 0x3ff0000000000000ul, 0xbff0000000000000ul, 0x01u, 0x01u, TestName = "root of a negative number")]
    [TestCase("f20f59c1", 0x7fe0000000000000ul, 0x4010000000000000ul, 0x08u, 0x08u, TestName = "exact overflow")]
    [TestCase("f20f58c1", 0x0000000000000001ul, 0x3ff0000000000000ul, 0x02u, 0x02u, TestName = "denormal, not also inexact")]
    [TestCase("f20f58c1", 0x0000000000000001ul, 0x3ff0000000000000ul, 0x20u, 0x22u, TestName = "inexact, also denormal")]
    [TestCase("f20f59c1", 0x0010000000000000ul, 0x3fe0000000000000ul, 0x10u, 0x10u, TestName = "exact underflow")]
    [TestCase("660f2ec1", 0x7ff4000000000000ul, 0x3ff0000000000000ul, 0x01u, 0x01u, TestName = "comparison")]
    public void UnmaskedExceptionsTrap(string code, ulong first, ulong second, uint unmasked, uint flags)
    {
        var state = VectorStates.Any(new Random(2));
        BinaryPrimitives.WriteUInt64LittleEndian(state.Fx.AsSpan(XmmAt), first);
        BinaryPrimitives.WriteUInt64LittleEndian(state.Fx.AsSpan(XmmAt + 16), second);
        uint mxcsr = 0x1f80 & ~(unmasked << 7);
        BinaryPrimitives.WriteUInt32LittleEndian(state.Fx.AsSpan(MxcsrAt), mxcsr);
        var expected = new MachineState();
        state.CopyTo(expected);
        BinaryPrimitives.WriteUInt32LittleEndian(expected.Fx.AsSpan(MxcsrAt), mxcsr | flags);
        BinaryPrimitives.WriteUInt32LittleEndian(expected.Fx.AsSpan(MxcsrAt + 4), FxImage.MxcsrMask);
        Assert.That(new GuestCpu().Execute(state, Convert.FromHexString(code)), Is.EqualTo(SimdFloatingPoint));
        Assert.That(state.DifferenceFrom(expected, 0), Is.Empty);
    }

    [TestCase(0x1fbfu, NoTrap)]
    [TestCase(0xffffu, NoTrap)]
    [TestCase(0x11f80u, GeneralProtection)]
    public void LdmxcsrRefusesReservedBits(uint value, int outcome)
    {
        var state = VectorStates.Any(new Random(3));
        uint before = BinaryPrimitives.ReadUInt32LittleEndian(state.Fx.AsSpan(MxcsrAt));
        BinaryPrimitives.WriteUInt32LittleEndian(state.Data.AsSpan(64 - VectorInstructions.Displacement), value);
        Assert.That(new GuestCpu().Execute(state, [0x0f, 0xae, 0x13]), Is.EqualTo(outcome));
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(state.Fx.AsSpan(MxcsrAt)), Is.EqualTo(outcome == NoTrap ? value : before));
    }

    [Test]
    public void MaskmovdquWritesOnlySelectedBytesOfMemoryThatIsAllThere()
    {
        var state = VectorStates.Any(new Random(4));
        state[Register.RDI] = Layout.Data + Layout.DataSize - 16;
        state.Fx.AsSpan(XmmAt + 16, 16).Clear();
        state.Fx[XmmAt + 16] = 0x80;
        byte value = state.Fx[XmmAt];
        byte[] maskmovdqu = [0x66, 0x0f, 0xf7, 0xc1];
        byte[] before = [.. state.Data];
        Assert.That(new GuestCpu().Execute(state, maskmovdqu), Is.EqualTo(NoTrap));
        Assert.That(state.Data[^16], Is.EqualTo(value));
        Assert.That(state.Data.AsSpan(Layout.DataSize - 15).SequenceEqual(before.AsSpan(Layout.DataSize - 15)));

        // What lies behind the page is not mapped, though nothing there is selected.
        state.Pc = Layout.Instruction;
        state[Register.RDI]++;
        Assert.That(new GuestCpu().Execute(state, maskmovdqu), Is.EqualTo(InstructionSet.MemoryFault));
    }

    [Test]
    public void FxsaveWritesTheImageAndFxrstorReadsIt()
    {
        var state = VectorStates.Any(new Random(5));
        state[Register.RBX] = Layout.Data + 1024;
        BinaryPrimitives.WriteUInt64LittleEndian(state.Fx.AsSpan(8), 0x123456789abc);
        state.Data.AsSpan(1024, 512).Fill(0xee);
        var guest = new GuestCpu();
        Assert.That(guest.Execute(state, [0x48, 0x0f, 0xae, 0x03]), Is.EqualTo(NoTrap));
        Assert.That(state.Data.AsSpan(1024, 416).SequenceEqual(state.Fx.AsSpan(0, 416)), Is.True);
        Assert.That(state.Data.AsSpan(1440, 96).IndexOfAnyExcept((byte)0xee), Is.EqualTo(-1));

        byte[] saved = state.Fx.AsSpan(0, 416).ToArray();
        state.Fx.AsSpan(XmmAt, 256).Clear();
        state.Fx.AsSpan(32, 128).Clear();
        state.Pc = Layout.Instruction;
        Assert.That(guest.Execute(state, [0x48, 0x0f, 0xae, 0x0b]), Is.EqualTo(NoTrap));
        Assert.That(state.Fx.AsSpan(0, 416).SequenceEqual(saved), Is.True);

        BinaryPrimitives.WriteUInt32LittleEndian(state.Data.AsSpan(1024 + MxcsrAt), 0x8001_1f80);
        state.Pc = Layout.Instruction;
        Assert.That(guest.Execute(state, [0x48, 0x0f, 0xae, 0x0b]), Is.EqualTo(GeneralProtection));
        state[Register.RBX] += 8;
        Assert.That(guest.Execute(state, [0x48, 0x0f, 0xae, 0x03]), Is.EqualTo(GeneralProtection));
    }

    [Test]
    public void ApproximationsAreWithinTheirError()
    {
        int seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var guest = new GuestCpu();
        for (int round = 0; round < 500; round++)
        {
            float value = (random.NextSingle() + 0.1f) * MathF.Pow(2, random.Next(-100, 100));
            Assert.That(Approximate(guest, [0xf3, 0x0f, 0x53, 0xc1], value) * value, Is.EqualTo(1).Within(1.5 / 4096));
            Assert.That(Approximate(guest, [0xf3, 0x0f, 0x52, 0xc1], value) * Math.Sqrt(value), Is.EqualTo(1).Within(1.5 / 4096));
        }
    }

    private static double Approximate(GuestCpu guest, byte[] code, float value)
    {
        var state = VectorStates.Any(new Random(6));
        BinaryPrimitives.WriteSingleLittleEndian(state.Fx.AsSpan(XmmAt + 16), value);
        Assert.That(guest.Execute(state, code), Is.EqualTo(NoTrap));
        return BinaryPrimitives.ReadSingleLittleEndian(state.Fx.AsSpan(XmmAt));
    }
}
