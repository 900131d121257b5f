using Arch.Arm64.Conventions;
using NUnit.Framework;
using TraceKernel.Abi;
using static Arch.Arm64.Tests.Conventions.Program;

namespace Arch.Arm64.Tests.Conventions;

/// <summary>What a debugger makes of struct dbreg.</summary>
internal sealed class DebugSlotTests
{
    private const int Execute = 1, Write = 2, Read = 3, ReadWrite = 4;

    private readonly Arm64DebugTarget _target = new();

    /// <summary>The kernel takes whatever is put there, and the CPU then compares it all and nothing else.</summary>
    [Test]
    public void Any_range_is_watched_whole_and_alone(
        [Values(1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 24, 31, 32, 64, 100, 4096)] int length, [Range(0, 15)] int start)
    {
        var address = 0x2_0000UL + (ulong)start;
        var dbreg = DbRegs(Fresh());
        Assert.That(_target.TryInsert(dbreg, Write, address, length), Is.EqualTo(DebugSlotResult.Inserted));
        var cpu = Fresh();
        Assert.That(Newer.SetDbRegs(cpu, dbreg), Is.EqualTo(Errno.None));
        var watched = new HashSet<ulong>();
        foreach (var comparator in cpu.Comparators)
            for (var offset = 0; offset < comparator.Length; offset++) watched.Add(comparator.Address + (ulong)offset);
        Assert.That(watched, Is.EquivalentTo(Enumerable.Range(0, length).Select(offset => address + (ulong)offset)));
        Assert.That(_target.TryRemove(dbreg, Write, address, length), Is.True);
        Assert.That(dbreg, Is.EqualTo(DbRegs(Fresh())));
    }

    [TestCase(Execute)]
    [TestCase(Write)]
    [TestCase(Read)]
    [TestCase(ReadWrite)]
    public void There_are_sixteen_of_a_kind(int kind)
    {
        var dbreg = DbRegs(Fresh());
        for (var number = 0; number < 16; number++)
            Assert.That(_target.TryInsert(dbreg, kind, 0x1000 + 8 * (ulong)number, 4), Is.EqualTo(DebugSlotResult.Inserted));
        var full = dbreg.ToArray();
        Assert.That(_target.TryInsert(dbreg, kind, 0x9000, 4), Is.EqualTo(DebugSlotResult.Full));
        Assert.That(dbreg, Is.EqualTo(full));
        Assert.That(_target.TryInsert(dbreg, kind == Execute ? Write : Execute, 0x9000, 4), Is.EqualTo(DebugSlotResult.Inserted),
            "the others are free");
        Assert.That(_target.TryRemove(dbreg, kind, 0x1000 + 8 * 7, 4), Is.True);
        Assert.That(_target.TryInsert(dbreg, kind, 0x9000, 4), Is.EqualTo(DebugSlotResult.Inserted));
    }

    [TestCase(Write, 0x34, Write)]
    [TestCase(Read, 0x34, Read)]
    [TestCase(ReadWrite, 0x34, ReadWrite)]
    [TestCase(Execute, 0x30, Execute)]
    public void A_hit_is_told_by_the_signal(int kind, int trap, int told)
    {
        var dbreg = DbRegs(Fresh());
        _ = _target.TryInsert(dbreg, kind, 0x2000, 4);
        Assert.That(_target.TryTakeHit(dbreg, new siginfo { si_signo = 5, si_addr = 0x2002, si_trapno = trap }, out var found,
            out var address), Is.True);
        Assert.That((found, address), Is.EqualTo((told, 0x2002UL)));
        Assert.That(_target.TryTakeHit(dbreg, new siginfo { si_signo = 5, si_addr = 0x2002, si_trapno = 0x32 }, out _, out _), Is.False,
            "a step");
    }
}
