using Arch.Amd64.Registers;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
using static Arch.Amd64.Tests.Conventions.Program;

namespace Arch.Amd64.Tests.Conventions;

/// <summary>set_dbregs's checks and the comparators it derives.</summary>
internal sealed class DebugRegisterTests
{
    private const ulong UserTop = 0x8000_0000_0000;

    public static IEnumerable<TestCaseData> Rows()
    {
        for (var slot = 0; slot < 4; slot++)
        {
            yield return Row($"I/O in slot {slot}", (7, 2UL << (16 + 4 * slot)), Errno.EINVAL);
            yield return Row($"8 bytes in slot {slot}", (7, 2UL << (18 + 4 * slot)), Errno.None);
            yield return Row($"local slot {slot} at the top", (slot, UserTop), (7, 1UL << (2 * slot)), Errno.EINVAL);
            yield return Row($"global slot {slot} at the top", (slot, UserTop), (7, 2UL << (2 * slot)), Errno.EINVAL);
            yield return Row($"slot {slot} below the top", (slot, UserTop - 1), (7, 1UL << (2 * slot)), Errno.None);
            yield return Row($"disabled slot {slot} anywhere", (slot, ulong.MaxValue), (7, 0), Errno.None);
        }
        yield return Row("DR6 of 32 bits", (6, 0xffff_ffff), Errno.None);
        yield return Row("DR6 of 33 bits", (6, 0x1_0000_0000), Errno.EINVAL);
        yield return Row("DR7 of 33 bits", (7, 0x1_0000_0000), Errno.EINVAL);
        yield return Row("DR4 anything", (4, ulong.MaxValue), Errno.None);
        yield return Row("DR15 anything", (15, ulong.MaxValue), Errno.None);
    }

    [TestCaseSource(nameof(Rows))]
    public void SetChecksThenStores((int Number, ulong Value)[] values, Errno expected)
    {
        var cpu = Fresh();
        var dbreg = new byte[128];
        SetWord(dbreg, 8 * (values[0].Number == 1 ? 2 : 1), 0x1111);
        foreach (var (number, value) in values) SetWord(dbreg, 8 * number, value);
        Assert.That(Architecture.SetDbRegs(cpu, dbreg), Is.EqualTo(expected));
        foreach (var ignored in (int[])[4, 5, 8, 9, 10, 11, 12, 13, 14, 15]) SetWord(dbreg, 8 * ignored, 0);
        Assert.That(DbRegs(cpu), Is.EqualTo(expected == Errno.None ? dbreg : new byte[128]));
    }

    [Test]
    public void EightBytesAreRefusedIn32BitCode()
    {
        var cpu = Fresh();
        cpu[Selectors.Cs] = 0x33;
        var dbreg = new byte[128];
        SetWord(dbreg, 56, 2UL << 18);
        Assert.That(Architecture.SetDbRegs(cpu, dbreg), Is.EqualTo(Errno.EINVAL));
    }

    // Length field: 0 one, 1 two, 2 eight, 3 four bytes. The covered low bits of the address do not count.
    [TestCase(1, 0, 0x1007UL, 1, Access.Write)]
    [TestCase(1, 1, 0x1006UL, 2, Access.Write)]
    [TestCase(1, 3, 0x1004UL, 4, Access.Write)]
    [TestCase(1, 2, 0x1000UL, 8, Access.Write)]
    [TestCase(3, 3, 0x1004UL, 4, Access.ReadWrite)]
    [TestCase(0, 0, 0x1007UL, 1, Access.Execute)]
    public void ComparatorFollowsTheControlRegister(int type, int lengthField, ulong address, int length, Access access)
    {
        var cpu = Fresh();
        var dbreg = new byte[128];
        SetWord(dbreg, 16, 0x1007);
        SetWord(dbreg, 56, 2UL << 4 | (ulong)(lengthField << 2 | type) << 24);
        Assert.That(Architecture.SetDbRegs(cpu, dbreg), Is.EqualTo(Errno.None));
        Assert.That(cpu.Comparators, Is.EqualTo(new DebugComparator[] { default, default, new(address, length, access), default }));
    }

    [Test]
    public void RunningPutsTheProcessorsFixedBits()
    {
        var cpu = Fresh();
        Assert.That(Architecture.SetDbRegs(cpu, new byte[128]), Is.EqualTo(Errno.None));
        Architecture.ReturnToUser(cpu);
        var dbreg = DbRegs(cpu);
        Assert.That((Word(dbreg, 48), Word(dbreg, 56)), Is.EqualTo((0xffff_0ff0UL, 0x400UL)));
    }

    [Test]
    public void ExecClearsThem()
    {
        var cpu = Fresh();
        var dbreg = new byte[128];
        SetWord(dbreg, 0, 0x1000);
        SetWord(dbreg, 56, 1);
        _ = Architecture.SetDbRegs(cpu, dbreg);
        Architecture.ExecSetRegisters(cpu, 0x1000, Stack);
        Assert.That(DbRegs(cpu), Is.EqualTo(new byte[128]));
        Assert.That(cpu.Comparators, Is.Empty);
    }

    private static TestCaseData Row(string name, (int, ulong) value, Errno expected) => Named(name, [value], expected);

    private static TestCaseData Row(string name, (int, ulong) first, (int, ulong) second, Errno expected) =>
        Named(name, [first, second], expected);

    private static TestCaseData Named(string name, (int, ulong)[] values, Errno expected) =>
        new TestCaseData(values, expected).SetArgDisplayNames(name);
}
