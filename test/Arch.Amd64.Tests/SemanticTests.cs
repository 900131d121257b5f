using Arch.Amd64.Registers;
using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Tests;

/// <summary>
/// Instructions that the host cannot be asked about: they answer for this processor, or use state the host keeps for itself.
/// </summary>
[TestFixture]
internal sealed class SemanticTests
{
    private readonly GuestCpu _guest = new();

    [TestCase("64 48 8b 01", TestName = "mov rax, fs:[rcx]")]
    [TestCase("64 48 8b 04 25 10 00 00 00", TestName = "mov rax, fs:[10h]")]
    [TestCase("64 48 8b 44 91 f8", TestName = "mov rax, fs:[rcx+rdx*4-8]")]
    [TestCase("64 48 ad", TestName = "lodsq fs:[rsi]")]
    public void SegmentBaseIsAdded(string code)
    {
        var state = new MachineState();
        state[Register.RCX] = state[Register.RSI] = 0x10;
        state[Register.RDX] = 2;
        BitConverter.GetBytes(0x123456789abcdef0).CopyTo(state.Data, 0x110);
        _guest.Cpu[Slots.FsBase] = Layout.Data + 0x100;

        Assert.That(_guest.Execute(state, Bytes(code)), Is.EqualTo(InstructionSet.NoTrap));
        Assert.That(state[Register.RAX], Is.EqualTo(0x123456789abcdef0));
    }

    [Test]
    public void AddressOfLeaHasNoSegmentBase()
    {
        var state = new MachineState();
        state[Register.RCX] = 0x10;
        _guest.Cpu[Slots.FsBase] = Layout.Data;
        _guest.Execute(state, Bytes("64 48 8d 01"));
        Assert.That(state[Register.RAX], Is.EqualTo(0x10));
    }

    /// <summary>Neither BMI1 nor ABM is reported, so F3 BSF and F3 BSR are what they were on older processors.</summary>
    [TestCase("f3 0f bc c1", 0x50ul, 4ul, TestName = "tzcnt is bsf")]
    [TestCase("f3 0f bd c1", 0x50ul, 6ul, TestName = "lzcnt is bsr")]
    [TestCase("f3 0f bd c1", 0ul, 0x7777ul, TestName = "lzcnt of zero leaves its destination")]
    public void CountsOfZerosAreScans(string code, ulong source, ulong result)
    {
        var state = new MachineState();
        state[Register.RAX] = 0x7777;
        state[Register.RCX] = source;
        _guest.Execute(state, Bytes(code));
        Assert.That(state[Register.RAX], Is.EqualTo(result));
    }

    [Test]
    public void TimeStampIsTheCountOfRetiredInstructions()
    {
        var state = new MachineState();
        _guest.Cpu.Retired = 0x1_2345_6789;
        _guest.Execute(state, Bytes("0f 31"));
        Assert.That(state[Register.RAX], Is.EqualTo(0x2345_6789));
        Assert.That(state[Register.RDX], Is.EqualTo(1));
    }

    [Test]
    public void ProcessorNamesItself()
    {
        Assert.That(Leaf(0), Is.EqualTo((0xdu, 0x756e6547u, 0x6c65746eu, 0x49656e69u)));
    }

    /// <summary>A feature is reported exactly when all its instructions are lifted, and nothing is that has no bit here.</summary>
    [Test]
    public void FeaturesAreThoseThatAreLifted()
    {
        var (_, _, ecx, edx) = Leaf(1);
        // SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, MOVBE, POPCNT, XSAVE, OSXSAVE; not AVX.
        Assert.That(ecx, Is.EqualTo(1u << 0 | 1u << 9 | 1u << 13 | 1u << 19 | 1u << 20 | 1u << 22 | 1u << 23 | 3u << 26));
        // FPU, TSC, CX8, CMOV, CLFSH, MMX, FXSR, SSE, SSE2.
        Assert.That(edx, Is.EqualTo(1u << 0 | 1u << 4 | 1u << 8 | 1u << 15 | 1u << 19 | 0xfu << 23));
        Assert.That(Leaf(0x8000_0001).Edx & 1u << 29, Is.Not.Zero, "long mode");
        Assert.That(Leaf(0x8000_0001).Ecx & 1, Is.Not.Zero, "LAHF");
        Assert.That(Leaf(7), Is.EqualTo((0u, 0u, 0u, 0u)));
        Assert.That(Leaf(0xd), Is.EqualTo((3u, 576u, 576u, 0u)), "x87 and SSE, in an area of 512 bytes and a header");
        Assert.That(Leaf(0xd, 1), Is.EqualTo((7u, 576u, 0u, 0u)), "XSAVEOPT, XSAVEC, XGETBV of what is in use");
        Assert.That(Leaf(0x40), Is.EqualTo(Leaf(0xd)), "a leaf beyond the last answers as the last");
    }

    [TestCase(0x3bul, InstructionSet.NoTrap)]
    [TestCase(0x0ul, InstructionSet.NoTrap)]
    [TestCase(0x28ul, Traps.GeneralProtection)]
    public void OnlyUserSelectorsCanBeLoaded(ulong selector, int trap)
    {
        var state = new MachineState();
        state[Register.RAX] = selector;
        _guest.Cpu[Slots.FsBase] = 0x1234;

        Assert.That(_guest.Execute(state, Bytes("8e e0")), Is.EqualTo(trap));
        Assert.That(_guest.Cpu[Slots.FsBase], Is.EqualTo(trap == InstructionSet.NoTrap ? 0UL : 0x1234));
    }

    [Test]
    public void FarPointerIsOffsetThenSelector()
    {
        var state = new MachineState();
        state[Register.RSI] = Layout.Data;
        BitConverter.GetBytes(0x1122334455667788).CopyTo(state.Data, 0);
        state.Data[8] = 0x1b;
        Assert.That(_guest.Execute(state, Bytes("48 0f b5 06")), Is.EqualTo(InstructionSet.NoTrap));
        Assert.That(state[Register.RAX], Is.EqualTo(0x1122334455667788));
        Assert.That(_guest.Cpu[Slots.Segment(5)], Is.EqualTo(0x1b), "gs");
    }

    [Test]
    public void PushedFlagsShowWhatAUserProgramMaySet()
    {
        var state = new MachineState { Flags = MachineState.Status };
        state[Register.RSP] = Layout.Data + 16;
        foreach (var flag in (ReadOnlySpan<TraceKernel.Machine.Ir.Slot>)[Slots.AC, Slots.ID, Slots.NT, Slots.TF, Slots.RF])
            _guest.Cpu[flag] = 1;
        _guest.Execute(state, Bytes("9c"));
        // ID, AC, NT, OF, IF, TF, SF, ZF, AF, PF, CF and the bit that is always one; RF reads as zero.
        Assert.That(BitConverter.ToUInt64(state.Data, 8), Is.EqualTo(0x244bd7));
    }

    [Test]
    public void PoppedFlagsSetTheTraceFlag()
    {
        var state = new MachineState();
        state[Register.RSP] = Layout.Data;
        BitConverter.GetBytes(0x244100UL).CopyTo(state.Data, 0);
        _guest.Execute(state, Bytes("9d"));
        foreach (var flag in (ReadOnlySpan<TraceKernel.Machine.Ir.Slot>)[Slots.TF, Slots.AC, Slots.ID, Slots.NT])
            Assert.That(_guest.Cpu[flag], Is.EqualTo(1));
    }

    private (uint Eax, uint Ebx, uint Ecx, uint Edx) Leaf(uint leaf, uint subleaf = 0)
    {
        var state = new MachineState();
        state[Register.RAX] = leaf;
        state[Register.RCX] = subleaf;
        _guest.Execute(state, Bytes("0f a2"));
        return ((uint)state[Register.RAX], (uint)state[Register.RBX], (uint)state[Register.RCX], (uint)state[Register.RDX]);
    }

    private static byte[] Bytes(string hexadecimal) => Convert.FromHexString(hexadecimal.Replace(" ", ""));
}
