using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Syscalls;
using TraceKernel.Vm;
using static TraceKernel.Abi.Mman;
using static TraceKernel.Tests.Vm.TestProcess;

namespace TraceKernel.Tests.Vm;

/// <summary>Random processes against a model in which every page is one byte that processes have for themselves or share.</summary>
[TestFixture]
internal sealed class ForkModelTests
{
    private const int Pages = 24;

    /// <summary>Memory that one or several processes see.</summary>
    private sealed class Cell
    {
        public byte Value;
    }

    private sealed record ModelPage(Cell Cell, int Protection, Inheritance Inheritance);

    private sealed class Pair(TestProcess real)
    {
        public TestProcess Real { get; } = real;
        public ModelPage?[] Model { get; } = new ModelPage?[Pages];
    }

    [Test]
    public void RandomProgramsSeeWhatTheModelSays([Range(1, 60)] int seed)
    {
        var random = new Random(seed);
        var root = new Pair(new TestProcess());
        var memory = root.Real.Kernel.Memory;
        var processes = new List<Pair> { root };
        for (int step = 0; step < 400; step++)
        {
            var process = processes[random.Next(processes.Count)];
            int first = random.Next(Pages), count = random.Next(1, Math.Min(6, Pages - first) + 1);
            Step(random, processes, process, first, count);
            Check(processes[random.Next(processes.Count)], random.Next(Pages), $"seed {seed}, step {step}");
        }
        foreach (var process in processes)
        {
            for (int page = 0; page < Pages; page++)
                Check(process, page, $"seed {seed}, at the end");
            CheckMap(process.Real.Map);
            process.Real.Dispose();
        }
        Assert.That(memory.FramesInUse, Is.Zero, $"seed {seed}: all frames came back");
    }

    private static void Step(Random random, List<Pair> processes, Pair process, int first, int count)
    {
        ulong address = Area + (ulong)first * Page, length = (ulong)count * Page;
        switch (random.Next(12))
        {
            case 0:
                int protection = random.Next(8);
                bool shared = random.Next(3) == 0;
                Assert.That(process.Real.Mmap(address, length, protection, MAP_ANON | MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE)), Is.EqualTo(Errno.None));
                Each(process, first, count, _ => new ModelPage(new Cell(), protection, shared ? Inheritance.Share : Inheritance.Copy), also: true);
                break;
            case 1:
                Assert.That(process.Real.Munmap(address, length), Is.EqualTo(Errno.None));
                Array.Clear(process.Model, first, count);
                break;
            case 2:
                protection = random.Next(8);
                Assert.That(process.Real.Mprotect(address, length, protection), Is.EqualTo(Errno.None));
                Each(process, first, count, page => page with { Protection = protection });
                break;
            case 3 when processes.Count < 6:
                processes.Add(Fork(process));
                break;
            case 4 when processes.Count > 1:
                process.Real.Dispose();
                processes.Remove(process);
                break;
            case 5:
                // Pages that others share already stay shared: taking that back is where FreeBSD itself is vague.
                var inheritance = (Inheritance)random.Next(4);
                for (int page = first; page < first + count; page++)
                {
                    if (process.Model[page] is not { Inheritance: not Inheritance.Share } model)
                        continue;
                    process.Real.Call(MemoryCalls.Minherit, Area + (ulong)page * Page, Page, (ulong)inheritance);
                    process.Model[page] = model with { Inheritance = inheritance };
                }
                break;
            default:
                Write(process, first, (byte)random.Next(1, 256));
                break;
        }
    }

    private static Pair Fork(Pair parent)
    {
        var child = new Pair(parent.Real.Fork());
        for (int page = 0; page < Pages; page++)
        {
            child.Model[page] = parent.Model[page] is not { } model ? null : model.Inheritance switch
            {
                Inheritance.Share => model,
                Inheritance.Copy => model with { Cell = new Cell { Value = model.Cell.Value } },
                Inheritance.Zero => model with { Cell = new Cell() },
                _ => null,
            };
        }
        return child;
    }

    private static void Write(Pair process, int page, byte value)
    {
        var model = process.Model[page];
        var expected = model is null ? FaultResult.InvalidAddress
            : (model.Protection & PROT_WRITE) == 0 ? FaultResult.ProtectionFailure : FaultResult.Resolved;
        Assert.That(process.Real.Store(Area + (ulong)page * Page + 17, value), Is.EqualTo(expected));
        if (expected == FaultResult.Resolved)
            model!.Cell.Value = value;
    }

    private static void Check(Pair process, int page, string where)
    {
        ulong address = Area + (ulong)page * Page + 17;
        var model = process.Model[page];
        var buffer = new byte[1];
        bool readable = model is not null && (model.Protection & PROT_READ) != 0;
        var error = process.Real.Vm.ReadWrite(address, buffer, write: false, out _);
        Assert.That(error, Is.EqualTo(readable ? Errno.None : Errno.EFAULT), where);
        if (!readable)
            return;
        Assert.That(buffer[0], Is.EqualTo(model!.Cell.Value), where);
        Assert.That(process.Real.Load(address), Is.EqualTo(model.Cell.Value), where);
    }

    private static void CheckMap(VmMap map)
    {
        ulong size = 0, last = 0;
        foreach (var entry in map.Entries)
        {
            Assert.That(entry.Start, Is.GreaterThanOrEqualTo(last));
            Assert.That(entry.End, Is.GreaterThan(entry.Start));
            size += entry.Size;
            last = entry.End;
        }
        Assert.That(map.Size, Is.EqualTo(size));
    }

    private static void Each(Pair process, int first, int count, Func<ModelPage, ModelPage> change, bool also = false)
    {
        for (int page = first; page < first + count; page++)
        {
            if (process.Model[page] is not null || also)
                process.Model[page] = change(process.Model[page]!);
        }
    }

    [Test]
    public void ForkingAgainAndAgainKeepsTheChainShort()
    {
        using var process = new TestProcess();
        process.Mmap(Area, 4 * Page, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE | MAP_FIXED);
        for (ulong page = 0; page < 4; page++)
            process.Store(Area + page * Page, 1);
        for (int generation = 0; generation < 50; generation++)
        {
            using var child = process.Fork();
            process.Store(Area + (ulong)(generation % 4) * Page, (byte)generation);
            child.Store(Area, 0xff);
        }
        int length = 0;
        for (var pages = process.Map.Lookup(Area)!.Object; pages is not null; pages = pages.Backing)
            length++;
        Assert.That(length, Is.LessThanOrEqualTo(2));
        Assert.That(process.Load(Area + Page), Is.EqualTo(49));
        Assert.That(process.Kernel.Memory.FramesInUse, Is.LessThanOrEqualTo(8));
    }

    [Test]
    public void AChainOfChildrenThatForkKeepsShortWhenParentsExit()
    {
        var process = new TestProcess();
        var memory = process.Kernel.Memory;
        process.Mmap(Area, 4 * Page, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE | MAP_FIXED);
        for (int generation = 0; generation < 50; generation++)
        {
            process.Store(Area + (ulong)(generation % 4) * Page, (byte)generation);
            var child = process.Fork();
            child.Store(Area + 5, 1);
            process.Dispose();
            process = child;
        }
        Assert.That(Enumerable.Range(0, 4).Select(page => process.Load(Area + (ulong)page * Page)), Is.EqualTo(new byte[] { 48, 49, 46, 47 }));
        Assert.That(memory.FramesInUse, Is.LessThanOrEqualTo(8));
        process.Dispose();
        Assert.That(memory.FramesInUse, Is.Zero);
    }

    [Test]
    public void ForkCopiesNoPage()
    {
        using var process = new TestProcess();
        process.Mmap(Area, 100 * Page, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE | MAP_FIXED);
        for (ulong page = 0; page < 100; page++)
            process.Store(Area + page * Page, 1);
        using var child = process.Fork();
        Assert.That(child.Load(Area), Is.EqualTo(1));
        Assert.That(process.Kernel.Memory.FramesInUse, Is.EqualTo(100));
        child.Store(Area, 2);
        Assert.That(process.Kernel.Memory.FramesInUse, Is.EqualTo(101));
        Assert.That((process.Load(Area), child.Load(Area)), Is.EqualTo(((byte)1, (byte)2)));
    }

    [Test]
    public void PagesThatTwoProcessesCopyTogetherAreSeenByBoth()
    {
        using var one = new TestProcess();
        one.MapFile(new TestFile(new byte[Page]), 1, Access.ReadWrite, Access.All, shared: false);
        one.Call(MemoryCalls.Minherit, Area, Page, (ulong)Inheritance.Share);
        using var other = one.Fork();
        Assert.That(other.Load(Area), Is.Zero);
        one.Store(Area, 5);
        Assert.That(other.Load(Area), Is.EqualTo(5), "the view of the file's page was withdrawn");
    }
}
