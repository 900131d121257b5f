using System.Buffers.Binary;
using NUnit.Framework;
using TraceKernel.Machine.Execution;
using Iced.Intel;

namespace Arch.Amd64.Tests;

/// <summary>The x87's waiting exceptions and its environment in memory, which the host cannot be asked about in its own process.</summary>
internal sealed class X87RuleTests
{
    private const int NoTrap = InstructionSet.NoTrap, FloatingPoint = 16;
    private const ushort Waiting = 0x8080;

    private static readonly byte[] Fnstsw = [0xdf, 0xe0], Fnclex = [0xdb, 0xe2], Wait = [0x9b], Fld1 = [0xd9, 0xe8], FdivByStack1 = [0xd8, 0xf1],
        Fnstenv = [0xd9, 0x33], MoveMmx = [0x0f, 0x6f, 0xc1], StoreSingleAndPop = [0xd9, 0x1b];

    private static MachineState Initial(ushort control)
    {
        var state = VectorStates.Any(new Random(7));
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx, control);
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx.AsSpan(2), 6 << 11);
        state.Fx[4] = 0xc0;
        SetStack(state, 0, 0x8000000000000000, 0x3fff);
        SetStack(state, 1, 0, 0);
        return state;
    }

    private static void SetStack(MachineState state, int number, ulong significand, ushort exponent)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(state.Fx.AsSpan(32 + 16 * number), significand);
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx.AsSpan(40 + 16 * number), exponent);
    }

    private static ushort Status(MachineState state) => BinaryPrimitives.ReadUInt16LittleEndian(state.Fx.AsSpan(2));

    [Test]
    public void AnUnmaskedExceptionWaitsForTheNextInstruction()
    {
        var state = Initial(0x37b);
        var guest = new GuestCpu();
        Assert.That(guest.Execute(state, FdivByStack1), Is.EqualTo(NoTrap));
        Assert.That(Status(state), Is.EqualTo(Waiting | 6 << 11 | 4));
        // The operands are as they were.
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(state.Fx.AsSpan(32)), Is.EqualTo(0x8000000000000000));
        foreach (byte[] waiting in (byte[][])[Wait, Fld1, MoveMmx])
        {
            state.Pc = Layout.Instruction;
            Assert.That(guest.Execute(state, waiting), Is.EqualTo(FloatingPoint));
            Assert.That(state.Pc, Is.EqualTo(Layout.Instruction));
        }
        Assert.That(guest.Execute(state, Fnstsw), Is.EqualTo(NoTrap));
        Assert.That((ushort)state[Register.RAX], Is.EqualTo(Status(state)));
        state.Pc = Layout.Instruction;
        Assert.That(guest.Execute(state, Fnclex), Is.EqualTo(NoTrap));
        Assert.That(Status(state), Is.EqualTo(6 << 11));
        state.Pc = Layout.Instruction;
        Assert.That(guest.Execute(state, Fld1), Is.EqualTo(NoTrap));
    }

    [Test]
    public void ASuppressedStoreLeavesMemoryAndStack()
    {
        var state = Initial(0x37e);
        SetStack(state, 0, 0xa000000000000000, 0x7fff);
        byte[] memory = [.. state.Data];
        Assert.That(new GuestCpu().Execute(state, StoreSingleAndPop), Is.EqualTo(NoTrap));
        Assert.That(Status(state), Is.EqualTo(Waiting | 6 << 11 | 1));
        Assert.That(state.Fx[4], Is.EqualTo(0xc0));
        Assert.That(state.Data, Is.EqualTo(memory));
    }

    [TestCase(0x7ffe, 0x1ffd, TestName = "overflow")]
    [TestCase(0x0001, 0x6001, TestName = "underflow")]
    public void UnmaskedRangeExceptionsAdjustTheExponent(int exponent, int result)
    {
        var state = Initial(0x367);
        SetStack(state, 0, 0x8000000000000000, (ushort)exponent);
        // Multiplied by 2^±2: st(0) = st(0) × st(1).
        SetStack(state, 1, 0x8000000000000000, (ushort)(exponent == 1 ? 0x3ffd : 0x4001));
        Assert.That(new GuestCpu().Execute(state, [0xd8, 0xc9]), Is.EqualTo(NoTrap));
        int expected = exponent + (exponent == 1 ? -2 + 24576 : 2 - 24576);
        Assert.That(BinaryPrimitives.ReadUInt16LittleEndian(state.Fx.AsSpan(40)), Is.EqualTo(expected));
        Assert.That(Status(state) & Waiting, Is.EqualTo(Waiting));
    }

    // All on [rdi], where the control word comes first and the status word after so many bytes.
    private static readonly (string Name, byte[] Code, int StatusAt)[] Loads =
    [
        ("fldenv", [0xd9, 0x27], 4), ("fldenv of 14 bytes", [0x66, 0xd9, 0x27], 2), ("frstor", [0xdd, 0x27], 4),
        ("frstor of 94 bytes", [0x66, 0xdd, 0x27], 2), ("fxrstor", [0x0f, 0xae, 0x0f], 2), ("fxrstor64", [0x48, 0x0f, 0xae, 0x0f], 2),
        ("xrstor64", [0x48, 0x0f, 0xae, 0x2f], 2),
    ];

    /// <summary>
    /// What the processor makes of words with reserved and dependent bits; found on silicon, and Intel SDM volume 1, 8.1.3 and 8.1.5.
    /// </summary>
    [Test]
    public void LoadsLeaveNoReservedBits([ValueSource(nameof(Loads))] (string Name, byte[] Code, int StatusAt) load,
        [Values(0, 0x40, 0x80, 0x2000, 0x4000, 0x8000, 0x1000, 0x37f, 0xe0bf, 0xffff)] int control,
        [Values(0, 0x80, 0x8000, 0x8080, 1, 0x3f41, 0x4700, 0xffff)] int status)
    {
        var state = Initial(0x37f);
        state[Register.RDI] = Layout.Data + 256;
        state.Data.AsSpan(256, 576).Clear();
        state.Data[256 + 512] = 3;
        BinaryPrimitives.WriteUInt16LittleEndian(state.Data.AsSpan(256), (ushort)control);
        BinaryPrimitives.WriteUInt16LittleEndian(state.Data.AsSpan(256 + load.StatusAt), (ushort)status);
        (state[Register.RAX], state[Register.RDX]) = (3, 0);
        Assert.That(new GuestCpu().Execute(state, load.Code), Is.EqualTo(NoTrap));
        bool waits = (status & ~control & 0x3f) != 0;
        Assert.That(BinaryPrimitives.ReadUInt16LittleEndian(state.Fx), Is.EqualTo(control & 0x1f3f | 0x40));
        Assert.That(Status(state), Is.EqualTo(status & ~Waiting | (waits ? Waiting : 0)));
    }

    [Test]
    public void FnstenvShowsTheFullTagsAndMasksEverything()
    {
        var state = Initial(0x340);
        SetStack(state, 2, 0xc000000000000000, 0x7fff);
        state.Fx[4] = 0xc1;
        Assert.That(new GuestCpu().Execute(state, Fnstenv), Is.EqualTo(NoTrap));
        var fields = Enumerable.Range(0, 7).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(state.Data.AsSpan(32 + 4 * i)));
        // Physical register 6 is st(0), valid; 7 zero; 0 a NaN; the others empty.
        Assert.That(fields, Is.EqualTo(new uint[] { 0xffff0340, 0xffff3000, 0xffff4ffe, 0, 0, 0, 0xffff0000 }));
        Assert.That(BinaryPrimitives.ReadUInt16LittleEndian(state.Fx), Is.EqualTo(0x37f));
    }
}
