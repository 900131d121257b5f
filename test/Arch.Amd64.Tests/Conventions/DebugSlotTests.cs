using Arch.Amd64.Conventions;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
using static Arch.Amd64.Tests.Conventions.Program;

namespace Arch.Amd64.Tests.Conventions;

/// <summary>Hardware breakpoints and watchpoints of a debugger in a struct dbreg image.</summary>
internal sealed class DebugSlotTests
{
    private static readonly Amd64DebugTarget Target = new();

    [Test]
    public void CpuCannotWatchReadsAlone() =>
        Assert.That(Target.TryInsert(new byte[128], 3, 0x1000, 4), Is.EqualTo(DebugSlotResult.Unsupported));

    [TestCase(0x1000UL, 8, 1)]
    [TestCase(0x1000UL, 16, 2)]
    [TestCase(0x1001UL, 8, 4)]
    [TestCase(0x1001UL, 7, 3)]
    [TestCase(0x1004UL, 8, 2)]
    [TestCase(0x1000UL, 32, 4)]
    [TestCase(0x1000UL, 33, 5)]
    [TestCase(0x1000UL, int.MaxValue, 5)]
    public void RangeTakesAsManySlotsAsItHasAlignedPieces(ulong address, int length, int slots)
    {
        for (var taken = 0; taken <= 4; taken++)
        {
            var dbreg = new byte[128];
            for (var i = 0; i < taken; i++)
                Assert.That(Target.TryInsert(dbreg, 1, (ulong)(0x9000 + i), 1), Is.EqualTo(DebugSlotResult.Inserted));
            var before = dbreg.ToArray();
            var expected = slots <= 4 - taken ? DebugSlotResult.Inserted : DebugSlotResult.Full;
            Assert.That(Target.TryInsert(dbreg, 2, address, length), Is.EqualTo(expected), $"{taken} taken");
            if (expected == DebugSlotResult.Full) Assert.That(dbreg, Is.EqualTo(before), "all or nothing");
        }
    }

    [Test]
    public void WhatIsNotThereIsNotRemoved()
    {
        var dbreg = new byte[128];
        _ = Target.TryInsert(dbreg, 2, 0x1000, 12);
        var before = dbreg.ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Target.TryRemove(dbreg, 4, 0x1000, 12), Is.False, "another kind");
            Assert.That(Target.TryRemove(dbreg, 2, 0x1000, 16), Is.False, "another length");
            Assert.That(Target.TryRemove(dbreg, 2, 0x1000, 64), Is.False, "too long");
            Assert.That(Target.TryRemove(dbreg, 3, 0x1000, 8), Is.False, "unsupported");
            Assert.That(dbreg, Is.EqualTo(before));
        }
    }

    [TestCase(1, 1)]
    [TestCase(2, 4)]
    [TestCase(4, 8)]
    public void HitIsTakenOnce(int kind, int length)
    {
        var cpu = Fresh();
        var dbreg = new byte[128];
        _ = Target.TryInsert(dbreg, 2, 0x9000, 1);
        _ = Target.TryInsert(dbreg, kind, 0x1000, length);
        Assert.That(Architecture.SetDbRegs(cpu, dbreg), Is.EqualTo(Errno.None));
        _ = Architecture.Trap(cpu, new Exit(ExitKind.Debug, Hits: 2, Stepped: true), false);
        dbreg = DbRegs(cpu);
        Assert.That(Target.TryTakeHit(dbreg, default, out var hitKind, out var address), Is.True);
        Assert.That((hitKind, address), Is.EqualTo((kind, 0x1000UL)));
        Assert.That(Target.TryTakeHit(dbreg, default, out _, out _), Is.False);
        Assert.That(Architecture.SetDbRegs(cpu, dbreg), Is.EqualTo(Errno.None), "the kernel takes the image back");
        Assert.That(Word(DbRegs(cpu), 48) & 0x4000, Is.Not.Zero, "BS is not a comparator's note");
    }

    [Test]
    public void StepAloneIsNoHit()
    {
        var cpu = Fresh();
        var dbreg = new byte[128];
        _ = Target.TryInsert(dbreg, 2, 0x9000, 1);
        _ = Architecture.SetDbRegs(cpu, dbreg);
        _ = Architecture.Trap(cpu, new Exit(ExitKind.Debug, Stepped: true), false);
        Assert.That(Target.TryTakeHit(DbRegs(cpu), default, out _, out _), Is.False);
    }

    /// <summary>
    /// Any sequence of insertions and removals leaves comparators that cover exactly the ranges inserted, each byte once for each range,
    /// aligned as the processor wants them; removing all gives a control register of 0.
    /// </summary>
    [Test]
    public void SlotsCoverExactlyWhatWasInserted([Range(1, 200)] int seed)
    {
        var random = new Random(seed);
        var cpu = Fresh();
        var dbreg = new byte[128];
        List<(int Kind, ulong Address, int Length)> points = [];
        for (var step = 0; step < 40; step++)
        {
            if (points.Count > 0 && random.Next(3) == 0)
            {
                var point = points[random.Next(points.Count)];
                Assert.That(Target.TryRemove(dbreg, point.Kind, point.Address, point.Length), Is.True, $"{point}");
                points.Remove(point);
            }
            else
            {
                var kind = (int[])[1, 2, 4];
                (int Kind, ulong Address, int Length) point = (kind[random.Next(3)], 0x1000 + (ulong)random.Next(32), random.Next(1, 34));
                if (Target.TryInsert(dbreg, point.Kind, point.Address, point.Length) == DebugSlotResult.Inserted) points.Add(point);
            }
            Assert.That(Architecture.SetDbRegs(cpu, dbreg), Is.EqualTo(Errno.None), "the kernel accepts the image");
            Assert.That(Covered(cpu), Is.EqualTo(Wanted(points)), $"seed {seed}, step {step}");
        }
        foreach (var point in points) Assert.That(Target.TryRemove(dbreg, point.Kind, point.Address, point.Length), Is.True);
        Assert.That(Word(dbreg, 56), Is.Zero);
    }

    /// <summary>The bytes and accesses of the comparators, sorted.</summary>
    private static List<(ulong, Access)> Covered(Cpu cpu) =>
        [.. cpu.Comparators.SelectMany(c => Bytes(c.Address, (int)c.Length).Select(address => (address, c.Access))).Order()];

    private static List<(ulong, Access)> Wanted(List<(int Kind, ulong Address, int Length)> points) =>
        [.. points.SelectMany(p => Bytes(p.Address, p.Kind == 1 ? 1 : p.Length)
            .Select(address => (address, p.Kind switch { 1 => Access.Execute, 2 => Access.Write, _ => Access.ReadWrite }))).Order()];

    private static IEnumerable<ulong> Bytes(ulong address, int length) => Enumerable.Range(0, length).Select(i => address + (ulong)i);
}
