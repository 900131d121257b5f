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
    private const int MxcsrAt = 24, MaskAt = 28, XmmAt = 160;

    /// <summary>Approximations, which differ between processors; those that touch memory in helpers; what user code cannot execute alike.</summary>
    private static readonly Mnemonic[] NotComparable =
    [
        Mnemonic.Rcpps, Mnemonic.Rcpss, Mnemonic.Rsqrtps, Mnemonic.Rsqrtss, Mnemonic.Maskmovdqu, Mnemonic.Maskmovq, Mnemonic.Ldmxcsr,
    ];

    private static IEnumerable<Code> Comparable(CpuidFeature feature) =>
        VectorInstructions.Of(feature).Where(code => !NotComparable.Contains(code.Mnemonic()));

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
            var before = AnyState(random);
            var (expected, actual) = (new MachineState(), new MachineState());
            before.CopyTo(expected);
            before.CopyTo(actual);
            NativeCpu.Execute(expected, bytes);
            BinaryPrimitives.WriteUInt32LittleEndian(expected.Fx.AsSpan(MaskAt), FxImage.MxcsrMask);
            int outcome = guest.Execute(actual, bytes);
            Assert.That(outcome, Is.EqualTo(InstructionSet.NoTrap), () => $"{code} {Convert.ToHexStringLower(bytes)}");
            string difference = actual.DifferenceFrom(expected, ignoredFlags: 0);
            Assert.That(difference, Is.Empty, () => $"{code} {Describe(bytes)}\n{Show(before)}\nexpected\n{Show(expected)}\nactual\n{Show(actual)}");
        }
    }

    private static MachineState AnyState(Random random)
    {
        var state = new MachineState { Flags = (ulong)random.Next() & MachineState.Status };
        for (int i = 0; i < 16; i++)
            state.Registers[i] = (ulong)random.NextInt64() << random.Next(40) >> random.Next(60);
        state[Register.RSP] = Layout.Data + 2048;
        state[Register.RBX] = Layout.Data + 64;
        state[Register.RDI] = Layout.Data + 64;
        for (int offset = 0; offset < 128; offset += 16)
            VectorValues.Fill(random, state.Data.AsSpan(offset, 16));
        for (int number = 0; number < 16; number++)
            VectorValues.Fill(random, state.Fx.AsSpan(XmmAt + 16 * number, 16));
        for (int number = 0; number < 8; number++)
        {
            VectorValues.Fill(random, state.Fx.AsSpan(32 + 16 * number, 16));
            state.Fx.AsSpan(32 + 16 * number + 10, 6).Clear();
        }
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx, 0x37f);
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx.AsSpan(2), (ushort)(random.Next(8) << 11));
        state.Fx[4] = (byte)random.Next(256);
        uint control = random.Next(2) == 0 ? 0 : (uint)random.Next(4) << 13 | (uint)random.Next(2) << 15 | (uint)random.Next(2) << 6;
        uint seen = random.Next(2) == 0 ? 0 : (uint)random.Next(64);
        BinaryPrimitives.WriteUInt32LittleEndian(state.Fx.AsSpan(MxcsrAt), 0x1f80 | control | seen);
        return state;
    }

    private static string Describe(byte[] bytes)
    {
        var decoder = Decoder.Create(64, bytes);
        decoder.IP = Layout.Instruction;
        return $"{decoder.Decode()} ({Convert.ToHexStringLower(bytes)})";
    }

    private static string Show(MachineState state)
    {
        var lines = new List<string> { $"mxcsr {BitConverter.ToUInt32(state.Fx, MxcsrAt):x} fsw {BitConverter.ToUInt16(state.Fx, 2):x} tags {state.Fx[4]:x} flags {state.Flags:x}" };
        for (int number = 0; number < 16; number++)
            lines.Add($"xmm{number} {BitConverter.ToUInt64(state.Fx, XmmAt + 16 * number + 8):x16}_{BitConverter.ToUInt64(state.Fx, XmmAt + 16 * number):x16}");
        for (int number = 0; number < 8; number++)
            lines.Add($"st{number} {BitConverter.ToUInt16(state.Fx, 32 + 16 * number + 8):x4}_{BitConverter.ToUInt64(state.Fx, 32 + 16 * number):x16}");
        lines.Add($"memory {Convert.ToHexStringLower(state.Data.AsSpan(64, 16))}");
        return string.Join('\n', lines);
    }
}
