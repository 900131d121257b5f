using System.Buffers.Binary;
using Arch.Amd64.Helpers;
using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Tests;

/// <summary>
/// The transcendental instructions against the host's processor: special cases, exceptions and the stack exactly; results within one unit
/// in the last place, since ours are the correctly rounded ones and processors' are not always.
/// </summary>
internal sealed class TranscendentalTests
{
    private static readonly int Rounds = int.Parse(TestContext.Parameters.Get("count", "4000"));
    private const int OpcodeAt = 6, MxcsrAt = 24, MaskAt = 28, StackAt = 32, StatusAt = 2;
    private const ushort C1 = 1 << 9, Underflow = 1 << 4;

    /// <summary>The smallest normal number as <see cref="Ordered"/> numbers it.</summary>
    private static readonly Int128 SmallestNormal = Ordered([0, 0, 0, 0, 0, 0, 0, 0x80, 1, 0]);

    private static readonly Code[] Codes =
        [Code.Fsin, Code.Fcos, Code.Fsincos, Code.Fptan, Code.Fpatan, Code.F2xm1, Code.Fyl2x, Code.Fyl2xp1];

    [TestCaseSource(nameof(Codes))]
    public void AgreesWithTheHost(Code code)
    {
        if (!NativeCpu.IsSupported)
            Assert.Ignore("the host is no amd64 Linux");
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        var guest = new GuestCpu();
        byte[] bytes = VectorInstructions.Encode(code, random, memory: false);
        int identical = 0;
        for (int round = 0; round < Rounds; round++)
        {
            var before = State(random);
            var (expected, actual) = (new MachineState(), new MachineState());
            before.CopyTo(expected);
            before.CopyTo(actual);
            NativeCpu.Execute(expected, bytes);
            BinaryPrimitives.WriteUInt32LittleEndian(expected.Fx.AsSpan(MaskAt), FxImage.MxcsrMask);
            Assert.That(guest.Execute(actual, bytes), Is.EqualTo(InstructionSet.NoTrap));
            actual.Fx.AsSpan(OpcodeAt, MxcsrAt - OpcodeAt).CopyTo(expected.Fx.AsSpan(OpcodeAt));
            if (actual.DifferenceFrom(expected, ignoredFlags: 0).Length == 0)
                identical++;
            else
                AcceptNeighbours(expected, actual);
            string difference = actual.DifferenceFrom(expected, ignoredFlags: 0);
            Assert.That(difference, Is.Empty, () => $"{code}, seed {seed}{VectorStates.Compare(before, expected, actual)}");
        }
        TestContext.Out.WriteLine($"{code}: {identical} of {Rounds} identical in every bit, seed {seed}");
    }

    /// <summary>Correctly rounded results, from arithmetic of 500 bits; the first shows the processor's π.</summary>
    [TestCase(Code.Fsin, 0x4000, 0xc90fdaa22168c235, 0x3fff, 0x8000000000000000, 0xbfbf, 0x8000000000000000)]
    [TestCase(Code.Fsin, 0xc010, 0xdbc8fbbcbde5c099, 0x3ff1, 0xf7330bdbd7210dff, 0xbffe, 0x954f6d58fad64c14)]
    [TestCase(Code.Fsin, 0xc00f, 0x8d464138a6233255, 0x3ffa, 0xdf2dd97f1cfb10f6, 0xbffd, 0xec8f74cb1d35b424)]
    [TestCase(Code.Fsin, 0x402c, 0xbf1f65a8de527100, 0x4008, 0x9a1afe878b33e968, 0x3ffe, 0xadfc3f46bde786d4)]
    [TestCase(Code.Fsin, 0xc039, 0x835b73993fd42359, 0x3ffd, 0xc78c281d687c966c, 0xbffe, 0xe823b34b5e7ede28)]
    [TestCase(Code.Fcos, 0xc007, 0xde11cc9dea959c21, 0x4008, 0xc30d8b7628dbd25e, 0xbffd, 0xc5a33da8f9988eb1)]
    [TestCase(Code.Fcos, 0x3ff9, 0x9e30691c238642ea, 0x400c, 0xa1da8978206f5c66, 0x3ffe, 0xfff3c81f85112b4b)]
    [TestCase(Code.Fcos, 0xbff0, 0xdf1461aaf8eb18b9, 0x3ff0, 0xc60a3cab359eeefb, 0x3ffe, 0xfffffff9ecdbe1cc)]
    [TestCase(Code.Fcos, 0x400b, 0xfb7ff337f5cae3bf, 0x3ffa, 0xaa9eba0cdf561d80, 0x3ffe, 0xb862f401a7f38823)]
    [TestCase(Code.Fptan, 0x4015, 0xf6236bf2504b74ba, 0x3ffc, 0xe049548e8a0a8c96, 0x3fff, 0x9d74e2684e255378)]
    [TestCase(Code.Fptan, 0x400a, 0xf0e3cd972e81d66d, 0x3ffc, 0xf7108e96f770c226, 0xbffe, 0x8ab09defba1713e7)]
    [TestCase(Code.Fptan, 0x4021, 0x8585a01c4c7d6df0, 0x4007, 0xaa7c18806a375391, 0x3ffe, 0xbfcae435b7b9195d)]
    [TestCase(Code.Fptan, 0xc002, 0x90acff0043892dfc, 0x4005, 0xd14125844d25deb3, 0x3ffd, 0xce02a5227ec4e3b9)]
    [TestCase(Code.F2xm1, 0xbfe6, 0x80ddb74d960d5a8f, 0x4005, 0xcf59672710e6d8e6, 0xbfe5, 0xb2a574f2b5fa3e87)]
    [TestCase(Code.F2xm1, 0xbfd6, 0xce5a3a26d18a669a, 0x400e, 0xd0d7d13fb2489191, 0xbfd6, 0x8f0859b499688a31)]
    [TestCase(Code.F2xm1, 0x3fcb, 0xf8f845f57b3120df, 0x3ffb, 0xc19521fe0e979cf3, 0x3fcb, 0xac929e3d335ee0fe)]
    [TestCase(Code.F2xm1, 0xbffe, 0x85da8467f06313ff, 0x4006, 0xe77fd139d84a1d3a, 0xbffd, 0x9ba77447da6a7215)]
    [TestCase(Code.Fyl2x, 0x3128, 0xc9a937a68c8f95ef, 0xc00a, 0xe0597bdc5dbe4409, 0x4016, 0xd00bcccddd262dae)]
    [TestCase(Code.Fyl2x, 0x3094, 0x8bf64ef773ec28d0, 0x3ffb, 0xf486ab739faba827, 0xc007, 0xeb9f8d0ea6d56e18)]
    [TestCase(Code.Fyl2x, 0x3c93, 0xc177f1131e782196, 0x3fff, 0xd1ca4dc4edfde416, 0xc009, 0xb358cee4bb93e061)]
    [TestCase(Code.Fyl2x, 0x4d94, 0x8332f05a58296818, 0x4006, 0x8652dbd0e488b6c8, 0x4011, 0xe40d058500220fde)]
    [TestCase(Code.Fyl2xp1, 0xbfd0, 0xf67d5274c68deb5d, 0xbff6, 0xbf9703c096fabb7b, 0x3fc9, 0x851191b596b926aa)]
    [TestCase(Code.Fyl2xp1, 0x3ff1, 0xde0730b3cc170c31, 0xc002, 0xeed78f5d0960afe9, 0xbff6, 0x956ac6259503ce2f)]
    [TestCase(Code.Fyl2xp1, 0xbffc, 0x9757905efa749692, 0xbffd, 0x834c1b69573ac59a, 0x3ffa, 0xf259e7e7756faa4c)]
    [TestCase(Code.Fyl2xp1, 0xbfe7, 0xeb07c30d5cd5061c, 0xbff9, 0xc692ba0357079670, 0x3fe3, 0x8381cdbaeef2d3da)]
    [TestCase(Code.Fpatan, 0x3ff5, 0xaf9b74f84ffcbf42, 0x4004, 0xad6f2efc4e613a36, 0x3fff, 0xc90ed76d092f3ff3)]
    [TestCase(Code.Fpatan, 0x3ff5, 0xa61c374ba07657d6, 0xc003, 0xfbd9e8a1ff297d0e, 0xbfff, 0xc90e88f0addc396b)]
    [TestCase(Code.Fpatan, 0xbffa, 0x8c6dea3db85a5cd2, 0xbff5, 0x99c4258bfc985000, 0xc000, 0xc6df7273969f4789)]
    [TestCase(Code.Fpatan, 0xc009, 0xbcc217790825c7cc, 0x4006, 0xc00db00dd3881a50, 0x4000, 0xc0f73a5471a4bc3b)]
    public void IsCorrectlyRounded(Code code, int high0, ulong low0, int high1, ulong low1, int high, ulong low)
    {
        var state = VectorStates.Any(new Random(1));
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx, 0x37f);
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx.AsSpan(StatusAt), 4 << 11);
        state.Fx[4] = 0x30;
        Write(state, 0, high0, low0);
        Write(state, 1, high1, low1);
        var form = VectorInstructions.Encode(code, new Random(1), memory: false);
        Assert.That(new GuestCpu().Execute(state, form), Is.EqualTo(InstructionSet.NoTrap));
        // The result is st(0), below the 1 that FPTAN pushes.
        var entry = state.Fx.AsSpan(StackAt + (code == Code.Fptan ? 16 : 0));
        Assert.That((BinaryPrimitives.ReadUInt16LittleEndian(entry[8..]), BinaryPrimitives.ReadUInt64LittleEndian(entry)), Is.EqualTo(((ushort)high, low)));
    }

    private static void Write(MachineState state, int number, int high, ulong low)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(state.Fx.AsSpan(StackAt + 16 * number), low);
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx.AsSpan(StackAt + 16 * number + 8), (ushort)high);
    }

    private static MachineState State(Random random)
    {
        var state = VectorStates.Any(random);
        // Half the operands where the functions are interesting.
        for (int number = 0; number < 2; number++)
        {
            if (random.Next(2) == 0)
                continue;
            var entry = state.Fx.AsSpan(StackAt + 16 * number);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, (ulong)random.NextInt64() << 1 | 1UL << 63);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[8..], (ushort)(random.Next(0x3ff0, 0x4004) | random.Next(2) << 15));
        }
        return state;
    }

    /// <summary>Takes results that are neighbours of the expected ones, and the flags of how these were rounded, for the same.</summary>
    private static void AcceptNeighbours(MachineState expected, MachineState actual)
    {
        for (int at = StackAt; at < StackAt + 128; at += 16)
        {
            var (theirs, ours) = (Ordered(expected.Fx.AsSpan(at)), Ordered(actual.Fx.AsSpan(at)));
            if (Int128.Abs(theirs - ours) != 1)
                continue;
            actual.Fx.AsSpan(at, 10).CopyTo(expected.Fx.AsSpan(at));
            // Of these two neighbours one is tiny.
            if (Int128.Max(Int128.Abs(theirs), Int128.Abs(ours)) == SmallestNormal)
                CopyStatus(actual, expected, Underflow);
        }
        CopyStatus(actual, expected, C1);
    }

    private static void CopyStatus(MachineState from, MachineState to, ushort bits)
    {
        ushort copied = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(from.Fx.AsSpan(StatusAt)) & bits);
        ushort kept = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(to.Fx.AsSpan(StatusAt)) & ~bits);
        BinaryPrimitives.WriteUInt16LittleEndian(to.Fx.AsSpan(StatusAt), (ushort)(kept | copied));
    }

    /// <summary>A number of which neighbouring values of the 80-bit format have neighbouring ones.</summary>
    private static Int128 Ordered(ReadOnlySpan<byte> value)
    {
        ushort high = BinaryPrimitives.ReadUInt16LittleEndian(value[8..]);
        ulong significand = BinaryPrimitives.ReadUInt64LittleEndian(value);
        // The integer bit goes with the exponent, which it makes 1 when it is set beside 0.
        var magnitude = ((Int128)Math.Max(high & 0x7fff, (int)(significand >> 63)) << 63) | (Int128)(significand & long.MaxValue);
        return (high & 0x8000) != 0 ? -magnitude : magnitude;
    }
}
