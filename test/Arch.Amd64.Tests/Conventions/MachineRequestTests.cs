using Arch.Amd64.Registers;
using NUnit.Framework;
using Shared;
using TraceKernel.Abi;
using static Arch.Amd64.Tests.Conventions.Program;

namespace Arch.Amd64.Tests.Conventions;

/// <summary>cpu_ptrace, single step and sysarch(2).</summary>
internal sealed class MachineRequestTests
{
    [TestCase(68, 16, 0, 16, Errno.None)]
    [TestCase(68, 15, 0, 0, Errno.EINVAL)]
    [TestCase(69, -1, 0, 576, Errno.None)]
    [TestCase(70, 576, 576, 0, Errno.None)]
    [TestCase(70, 512, 0, 0, Errno.EINVAL)]
    [TestCase(70, 577, 0, 0, Errno.EINVAL)]
    [TestCase(64, 0, 0, 64, Errno.None)]
    [TestCase(66, 0, 0, 64, Errno.None)]
    [TestCase(65, 64, 64, 0, Errno.None)]
    [TestCase(67, 65, 0, 0, Errno.EINVAL)]
    [TestCase(67, -1, 0, 0, Errno.EINVAL)]
    public void ExtendedStateHasItsSizes(int request, int data, int input, int output, Errno expected)
    {
        Assert.That(Architecture.MachineRequestBytes(request, data), Is.EqualTo((input, output)));
        Assert.That(Architecture.MachineRequest(Fresh(), request, new byte[576], data), Is.EqualTo(expected));
    }

    [Test]
    public void ExtendedStateGoesOutAndComesBack()
    {
        var cpu = Busy();
        var (info, area, other) = (new byte[16], new byte[576], Fresh());
        _ = Architecture.MachineRequest(cpu, 68, info, 16);
        Assert.That((Word(info, 0), Word(info, 8)), Is.EqualTo((3UL, 576UL)));
        _ = Architecture.MachineRequest(cpu, 69, area, 0);
        Assert.That(area.AsSpan(0, 512).SequenceEqual(FpRegs(cpu)));
        Assert.That((Word(area, 512), Word(area, 520)), Is.EqualTo((3UL, 0UL)));
        Assert.That(Architecture.MachineRequest(other, 70, area, 576), Is.EqualTo(Errno.None));
        Assert.That(FpRegs(other), Is.EqualTo(FpRegs(cpu)));
        SetWord(area, 512, 4);
        Assert.That(Architecture.MachineRequest(other, 70, area, 576), Is.EqualTo(Errno.EINVAL));
        // The x87 only: the vectors become initial, MXCSR does not.
        SetWord(area, 512, 1);
        Assert.That(Architecture.MachineRequest(other, 70, area, 576), Is.EqualTo(Errno.None));
        Assert.That(cpu[Slots.Xmm(3)], Is.Not.Zero);
        Assert.That((other[Slots.Xmm(3)], other[Slots.Fcw], other[Slots.Mxcsr]), Is.EqualTo((0UL, cpu[Slots.Fcw], cpu[Slots.Mxcsr])));
    }

    [TestCase(63)]
    [TestCase(75)]
    [TestCase(1000)]
    public void OtherNumbersAreInvalid(int request) =>
        Assert.That(Architecture.MachineRequest(Fresh(), request, [], 0), Is.EqualTo(Errno.EINVAL));

    [TestCase(72, 71, 0UL, Errno.None)]
    [TestCase(72, 71, 0x7fff_ffff_ffffUL, Errno.None)]
    [TestCase(72, 71, 0x8000_0000_0000UL, Errno.EINVAL)]
    [TestCase(72, 71, ulong.MaxValue, Errno.EINVAL)]
    [TestCase(74, 73, 0x7fff_ffff_ffffUL, Errno.None)]
    [TestCase(74, 73, 0x8000_0000_0000UL, Errno.EINVAL)]
    public void BasesAreUserAddresses(int set, int get, ulong value, Errno expected)
    {
        var cpu = Busy();
        var before = (cpu[Slots.FsBase], cpu[Slots.GsBase]);
        cpu[Selectors.Fs] = cpu[Selectors.Gs] = 0x3b;
        Assert.That(Architecture.MachineRequestBytes(set, 0), Is.EqualTo((8, 0)));
        Assert.That(Architecture.MachineRequestBytes(get, 0), Is.EqualTo((0, 8)));
        Assert.That(Architecture.MachineRequest(cpu, set, BitConverter.GetBytes(value), 0), Is.EqualTo(expected));
        var image = new byte[8];
        Assert.That(Architecture.MachineRequest(cpu, get, image, 0), Is.EqualTo(Errno.None));
        var old = get == 71 ? before.Item1 : before.Item2;
        Assert.That(Word(image, 0), Is.EqualTo(expected == Errno.None ? value : old));
        var selector = cpu[get == 71 ? Selectors.Fs : Selectors.Gs];
        Assert.That(selector, Is.EqualTo(expected != Errno.None ? 0x3bUL : get == 71 ? 0x13UL : 0x1bUL), "reset to the user default");
    }

    [Test]
    public void StepIsArmedOnce()
    {
        var cpu = Fresh();
        Assert.That(Architecture.SingleStep(cpu), Is.True);
        Assert.That(Architecture.SingleStep(cpu), Is.False);
        Assert.That(Architecture.IsSingleStepping(cpu), Is.True);
        Assert.That(Word(Regs(cpu), 152), Is.EqualTo(0x302), "a debugger sees TF");
        Architecture.ClearSingleStep(cpu);
        Assert.That(Architecture.IsSingleStepping(cpu), Is.False);
    }

    [Test]
    public void SetPcTakesAnyAddress()
    {
        var cpu = Fresh();
        Assert.That(Architecture.SetPc(cpu, ulong.MaxValue), Is.EqualTo(Errno.None));
        Assert.That(cpu.Pc, Is.EqualTo(ulong.MaxValue));
    }

    [TestCase(129, 128, 0x8_1234_5678UL)]
    [TestCase(131, 130, 0x8_1234_5678UL)]
    [TestCase(8, 7, 0x1234_5678UL)]
    [TestCase(10, 9, 0x1234_5678UL)]
    public void SysArchSetsAndGetsBases(int set, int get, ulong value)
    {
        var cpu = Fresh();
        var memory = new UserSpace(0x1000, 16);
        memory.SetWord(0x1000, value);
        Assert.That(Architecture.SysArch(cpu, memory, set, 0x1000), Is.EqualTo(Errno.None));
        Assert.That(cpu[set is 129 or 8 ? Slots.FsBase : Slots.GsBase], Is.EqualTo(value));
        Assert.That(Architecture.SysArch(cpu, memory, get, 0x1008), Is.EqualTo(Errno.None));
        Assert.That(memory.Word(0x1008), Is.EqualTo(value));
    }

    [TestCase(129, 0x8000_0000_0000UL, 0x1000UL, Errno.EINVAL)]
    [TestCase(131, ulong.MaxValue, 0x1000UL, Errno.EINVAL)]
    [TestCase(129, 0UL, 0x2000UL, Errno.EFAULT)]
    [TestCase(128, 0UL, 0x2000UL, Errno.EFAULT)]
    [TestCase(0, 0UL, 0x1000UL, Errno.EINVAL)]
    [TestCase(133, 0UL, 0x1000UL, Errno.EINVAL)]
    public void SysArchRefuses(int operation, ulong value, ulong address, Errno expected)
    {
        var cpu = Busy();
        var before = cpu[Slots.FsBase];
        var memory = new UserSpace(0x1000, 16);
        memory.SetWord(0x1000, value);
        Assert.That(Architecture.SysArch(cpu, memory, operation, address), Is.EqualTo(expected));
        Assert.That(cpu[Slots.FsBase], Is.EqualTo(before));
    }

    [TestCase(0x7fff_ffff_ffffUL, Errno.None)]
    [TestCase(0x8000_0000_0000UL, Errno.EINVAL)]
    public void UserTlsIsAUserAddress(ulong address, Errno expected)
    {
        var cpu = Fresh();
        Assert.That(Architecture.SetUserTls(cpu, address), Is.EqualTo(expected));
        Assert.That(cpu[Slots.FsBase], Is.EqualTo(expected == Errno.None ? address : 0));
    }
}
