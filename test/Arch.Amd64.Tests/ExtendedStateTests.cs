using System.Buffers.Binary;
using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Tests;

/// <summary>XSAVE, its variants and XRSTOR by the rules of the manual (Intel SDM volume 1, 13.7 to 13.11).</summary>
internal sealed class ExtendedStateTests
{
    private const int NoTrap = InstructionSet.NoTrap, HeaderAt = 512, MxcsrAt = 24, XmmAt = 160;
    private const ulong Compacted = 1UL << 63;

    // All on [rdi], with REX.W.
    private static readonly byte[] Xsave = [0x48, 0x0f, 0xae, 0x27], Xsaveopt = [0x48, 0x0f, 0xae, 0x37], Xsavec = [0x48, 0x0f, 0xc7, 0x27],
        Xrstor = [0x48, 0x0f, 0xae, 0x2f], Xgetbv = [0x0f, 0x01, 0xd0];

    private readonly GuestCpu _guest = new();

    private static MachineState State(ulong components)
    {
        var state = VectorStates.Any(new Random(3));
        state.Data.AsSpan().Fill(0xee);
        state[Register.RDI] = Layout.Data + 256;
        state[Register.RAX] = components;
        state[Register.RDX] = 0;
        return state;
    }

    private static Span<byte> Area(MachineState state) => state.Data.AsSpan(256, XStateImage.Size);

    private static ulong Header(MachineState state, int word) => BinaryPrimitives.ReadUInt64LittleEndian(Area(state)[(HeaderAt + 8 * word)..]);

    private static void SetHeader(MachineState state, int word, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(Area(state)[(HeaderAt + 8 * word)..], value);

    private void Execute(MachineState state, byte[] code, int expected = NoTrap)
    {
        state.Pc = Layout.Instruction;
        Assert.That(_guest.Execute(state, code), Is.EqualTo(expected));
    }

    [Test]
    public void SavesWhatIsAskedForAndNothingElse()
    {
        var state = State(1);
        byte[] fx = [.. state.Fx];
        Execute(state, Xsave);
        Assert.That(Area(state)[..MxcsrAt].SequenceEqual(fx.AsSpan(0, MxcsrAt)));
        Assert.That(Area(state)[XmmAt..(XmmAt + 256)].ContainsAnyExcept((byte)0xee), Is.False, "no vectors");
        Assert.That(Area(state).Slice(MxcsrAt, 8).ContainsAnyExcept((byte)0xee), Is.False, "no MXCSR");
        // Bits of XSTATE_BV that were not asked for stay, and so does the rest of the header.
        Assert.That((Header(state, 0), Header(state, 1)), Is.EqualTo((0xeeeeeeeeeeeeeeefUL, 0xeeeeeeeeeeeeeeeeUL)));
    }

    [Test]
    public void ComponentsInTheirInitialStateAreNotThere([Values] bool optimised)
    {
        var state = State(~0UL);
        state.Fx.AsSpan(XmmAt, 256).Clear();
        Area(state)[HeaderAt..].Clear();
        Execute(state, optimised ? Xsaveopt : Xsave);
        Assert.That(Header(state, 0), Is.EqualTo(1));
        Assert.That(Area(state)[XmmAt..(XmmAt + 256)].ContainsAnyExcept((byte)0xee), Is.EqualTo(!optimised));
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(Area(state)[MxcsrAt..]), Is.EqualTo(BinaryPrimitives.ReadUInt32LittleEndian(state.Fx.AsSpan(MxcsrAt))));
    }

    [Test]
    public void RestoresWhatWasSaved([Values] bool compacted)
    {
        var state = State(3);
        byte[] fx = [.. state.Fx];
        Area(state)[HeaderAt..].Clear();
        Execute(state, compacted ? Xsavec : Xsave);
        Assert.That((Header(state, 0), Header(state, 1)), Is.EqualTo((3UL, compacted ? Compacted | 3 : 0)));
        new Random(9).NextBytes(state.Fx);
        state.Fx.AsSpan(MxcsrAt, 4).Clear();
        Execute(state, Xrstor);
        Assert.That(state.DifferenceFrom(With(state, fx), 0), Is.Empty);
    }

    private static MachineState With(MachineState state, byte[] fx)
    {
        var other = new MachineState();
        state.CopyTo(other);
        fx.CopyTo(other.Fx, 0);
        return other;
    }

    [Test]
    public void MissingComponentsBecomeInitial()
    {
        var state = State(3);
        Area(state).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(Area(state)[MxcsrAt..], 0x7f80);
        Execute(state, Xrstor);
        Assert.That(state.Fx.AsSpan(XmmAt, 256).ContainsAnyExcept((byte)0), Is.False);
        Assert.That(BinaryPrimitives.ReadUInt16LittleEndian(state.Fx), Is.EqualTo(0x37f));
        Assert.That((state.Fx[2], state.Fx[3], state.Fx[4]), Is.EqualTo(((byte)0, (byte)0, (byte)0)));
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(state.Fx.AsSpan(MxcsrAt)), Is.EqualTo(0x7f80), "MXCSR is taken all the same");
    }

    [TestCase(0, 4UL, TestName = "a component that there is not")]
    [TestCase(1, 3UL, TestName = "XCOMP_BV without compaction")]
    [TestCase(2, 1UL, TestName = "a reserved word")]
    [TestCase(1, Compacted | 4, TestName = "compacted with a component that there is not")]
    [TestCase(1, Compacted | 2, TestName = "compacted without what XSTATE_BV names")]
    public void InvalidHeadersAreRefused(int word, ulong value)
    {
        var state = State(3);
        Area(state).Clear();
        SetHeader(state, 0, 1);
        SetHeader(state, word, value);
        byte[] before = [.. state.Fx];
        Execute(state, Xrstor, Traps.GeneralProtection);
        Assert.That(state.DifferenceFrom(With(state, before), 0), Is.Empty);
    }

    [Test]
    public void TheAreaIsAligned()
    {
        foreach (byte[] code in (byte[][])[Xsave, Xsaveopt, Xsavec, Xrstor])
        {
            var state = State(3);
            state[Register.RDI] += 16;
            Execute(state, code, Traps.GeneralProtection);
        }
    }

    [TestCase(0UL, NoTrap, 3UL)]
    [TestCase(1UL, NoTrap, 3UL)]
    [TestCase(2UL, Traps.GeneralProtection, 0UL)]
    public void ControlRegistersHaveNumbers(ulong number, int outcome, ulong value)
    {
        var state = State(~0UL);
        (state[Register.RCX], state[Register.RDX]) = (number, ~0UL);
        Execute(state, Xgetbv, outcome);
        if (outcome == NoTrap)
            Assert.That((state[Register.RAX], state[Register.RDX]), Is.EqualTo((value, 0UL)));
    }
}
