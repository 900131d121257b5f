using System.Buffers.Binary;
using Arch.Amd64.Registers;
using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace Arch.Amd64.Tests;

/// <summary>What the machine does where processors differ (<see cref="ProcessorDifferences"/>), whatever the host's does.</summary>
internal sealed class ProcessorRuleTests
{
    private const int XmmAt = 160, StackAt = 32, StatusAt = 2, TagsAt = 4, MxcsrAt = 24;
    private const ulong CarryAndSign = 0x81;

    // Four products, each a NaN of its own: the number of its lane is its payload.
    [TestCase(0xf1, 0, 1)]
    [TestCase(0xf2, 1, 0)]
    [TestCase(0xf4, 2, 3)]
    [TestCase(0xf8, 3, 2)]
    [TestCase(0xc1, 0, 3)]
    [TestCase(0x38, 3, 0)]
    public void DotProductOfSinglesTakesTheNeighboursNaNFirst(int immediate, int lane, int winner)
    {
        var state = VectorStates.Any(new Random(1));
        BinaryPrimitives.WriteUInt32LittleEndian(state.Fx.AsSpan(MxcsrAt), 0x1f80);
        for (int i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(state.Fx.AsSpan(XmmAt + 4 * i), 0x7fc00010u + (uint)i);
            BinaryPrimitives.WriteSingleLittleEndian(state.Fx.AsSpan(XmmAt + 16 + 4 * i), 1);
        }
        new GuestCpu().Execute(state, [0x66, 0x0f, 0x3a, 0x40, 0xc1, (byte)immediate]);
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(state.Fx.AsSpan(XmmAt + 4 * lane)), Is.EqualTo(0x7fc00010u + (uint)winner));
    }

    [Test]
    public void DotProductOfDoublesTakesEachLanesOwnNaNFirst()
    {
        var state = VectorStates.Any(new Random(1));
        BinaryPrimitives.WriteUInt32LittleEndian(state.Fx.AsSpan(MxcsrAt), 0x1f80);
        for (int i = 0; i < 2; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(state.Fx.AsSpan(XmmAt + 8 * i), 0x7ff8000000000010 + (ulong)i);
            BinaryPrimitives.WriteDoubleLittleEndian(state.Fx.AsSpan(XmmAt + 16 + 8 * i), 1);
        }
        new GuestCpu().Execute(state, [0x66, 0x0f, 0x3a, 0x41, 0xc1, 0x33]);
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(state.Fx.AsSpan(XmmAt)), Is.EqualTo(0x7ff8000000000010));
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(state.Fx.AsSpan(XmmAt + 8)), Is.EqualTo(0x7ff8000000000011));
    }

    // From an empty register, with the invalid operation unmasked; st(0) is 1 when it is there.
    [TestCase("d913", TestName = "fst m32")]
    [TestCase("dd1b", TestName = "fstp m64")]
    [TestCase("db3b", TestName = "fstp m80")]
    [TestCase("df33", TestName = "fbstp")]
    [TestCase("df13", TestName = "fist m16")]
    [TestCase("df3b", TestName = "fistp m64")]
    [TestCase("db0b", TestName = "fisttp m32")]
    public void AStoreThatAnExceptionSuppressesDoesNotAccessMemory(string code)
    {
        var guest = new GuestCpu { DataAccess = Access.None };
        var state = X87State(control: 0x37e, tags: 0);
        Assert.That(guest.Execute(state, Convert.FromHexString(code)), Is.EqualTo(InstructionSet.NoTrap));
        ushort status = BinaryPrimitives.ReadUInt16LittleEndian(state.Fx.AsSpan(StatusAt));
        Assert.That(status, Is.EqualTo(0x80c1), "an error waits; the stack is where it was");

        var (before, after) = (X87State(control: 0x37e, tags: 1), X87State(control: 0x37e, tags: 1));
        Assert.That(guest.Execute(after, Convert.FromHexString(code)), Is.EqualTo(InstructionSet.MemoryFault));
        Assert.That(after.DifferenceFrom(before, 0), Is.Empty);
    }

    // The page after the data's is not mapped.
    [TestCase("db3b", 8, TestName = "fstp m80 across a page")]
    [TestCase("df33", 9, TestName = "fbstp across a page")]
    [TestCase("0f7f0b", 4, TestName = "movq m64, mm1 across a page")]
    [TestCase("0ff7ca", 4, TestName = "maskmovq across a page")]
    [TestCase("660f2d0b", 0, TestName = "cvtpd2pi of what is not mapped")]
    public void WhatFaultsHasChangedNothing(string code, int before)
    {
        var (given, after) = (X87State(control: 0x37f, tags: 1), X87State(control: 0x37f, tags: 1));
        foreach (var state in (MachineState[])[given, after])
            state[Register.RBX] = state[Register.RDI] = Layout.Data + Layout.DataSize - (ulong)before;
        Assert.That(new GuestCpu().Execute(after, Convert.FromHexString(code)), Is.EqualTo(InstructionSet.MemoryFault));
        Assert.That(after.DifferenceFrom(given, 0), Is.Empty);
    }

    [TestCase(15, 15ul)]
    [TestCase(9, 9ul)]
    [TestCase(8, 8ul)]
    [TestCase(1, 8ul)]
    [TestCase(0, 8ul)]
    public void MaskedMoveLooksAtItsHighHalfFirst(int before, ulong offset)
    {
        var guest = new GuestCpu();
        var state = VectorStates.Any(new Random(1));
        state[Register.RDI] = Layout.Data + Layout.DataSize - (ulong)before;
        Assert.That(guest.Execute(state, [0x66, 0x0f, 0xf7, 0xca]), Is.EqualTo(InstructionSet.MemoryFault));
        Assert.That(guest.FaultAddress - state[Register.RDI], Is.EqualTo(offset));
    }

    [TestCase("0f2dc9", TestName = "cvtps2pi")]
    [TestCase("0f2cc9", TestName = "cvttps2pi")]
    [TestCase("660f2dc9", TestName = "cvtpd2pi")]
    [TestCase("660f2cc9", TestName = "cvttpd2pi")]
    [TestCase("0f2ac9", TestName = "cvtpi2ps of a register")]
    public void AConversionThatTrapsHasEnteredTheMmxState(string code)
    {
        var state = X87State(control: 0x37f, tags: 1);
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx.AsSpan(StatusAt), 3 << 11);
        BinaryPrimitives.WriteUInt32LittleEndian(state.Fx.AsSpan(MxcsrAt), 0);
        state.Fx.AsSpan(XmmAt + 16, 16).Fill(0x3f);
        state.Fx.AsSpan(StackAt, 128).Fill(0x3f);
        Assert.That(new GuestCpu().Execute(state, Convert.FromHexString(code)), Is.EqualTo(Traps.SimdFloatingPoint));
        Assert.That(BinaryPrimitives.ReadUInt16LittleEndian(state.Fx.AsSpan(StatusAt)), Is.Zero);
        Assert.That(state.Fx[TagsAt], Is.EqualTo(0xff));
    }

    /// <summary>The comparison meets what it seeks (0) in the last of the page's bytes, or never.</summary>
    [TestCase("f2ae", true, TestName = "repne scasb")]
    [TestCase("f3a6", false, TestName = "repe cmpsb")]
    public void OnlyTheLastIterationOfARepeatedComparisonSetsFlags(string code, bool isScan)
    {
        var state = new MachineState { Flags = CarryAndSign };
        state.Data.AsSpan().Fill(1);
        state[Register.RCX] = 100;
        state[Register.RSI] = Layout.Data;
        state[Register.RDI] = Layout.Data + Layout.DataSize - 5;
        Assert.That(new GuestCpu().Execute(state, Convert.FromHexString(code)), Is.EqualTo(InstructionSet.MemoryFault));
        Assert.That((state[Register.RCX], state.Flags), Is.EqualTo((95ul, CarryAndSign)));

        state.Data[^1] = isScan ? (byte)0 : (byte)2;
        state[Register.RDI] = Layout.Data + Layout.DataSize - 5;
        state[Register.RSI] = Layout.Data;
        Assert.That(new GuestCpu().Execute(state, Convert.FromHexString(code)), Is.EqualTo(InstructionSet.NoTrap));
        Assert.That(state[Register.RCX], Is.EqualTo(90));
        // 0 − 0: ZF and PF; 1 − 2: CF, SF, PF and AF.
        Assert.That(state.Flags, Is.EqualTo(isScan ? 0x44ul : 0x95ul));
    }

    [Test]
    public void BranchesIgnoreAnOperandSizePrefix()
    {
        var state = new MachineState();
        byte distance = unchecked((byte)(Layout.BranchTarget - Layout.Instruction - 3));
        Assert.That(new GuestCpu().Execute(state, [0x66, 0xeb, distance]), Is.EqualTo(InstructionSet.NoTrap));
        Assert.That(state.Pc, Is.EqualTo(Layout.BranchTarget));
    }

    /// <summary>st(0) is 1, where <paramref name="tags"/> say that it is there.</summary>
    private static MachineState X87State(ushort control, byte tags)
    {
        var state = VectorStates.Any(new Random(1));
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx, control);
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx.AsSpan(StatusAt), 0);
        state.Fx[TagsAt] = tags;
        BinaryPrimitives.WriteUInt64LittleEndian(state.Fx.AsSpan(StackAt), 1UL << 63);
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx.AsSpan(StackAt + 8), 0x3fff);
        state[Register.RBX] = Layout.Data;
        return state;
    }
}
