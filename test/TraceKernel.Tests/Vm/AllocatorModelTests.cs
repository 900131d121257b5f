using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Syscalls;
using TraceKernel.Vm;
using static TraceKernel.Abi.Mman;
using static TraceKernel.Tests.Vm.TestProcess;

namespace TraceKernel.Tests.Vm;

/// <summary>Where mmap(2) puts mappings, against a model that tries every place that could be the lowest.</summary>
[TestFixture]
internal sealed class AllocatorModelTests
{
    private const ulong SuperPage = 2UL << 20, Top32 = 0x80000000, Text = 0x40000000, Data = 0x48000000;
    private const int Anonymous = MAP_ANON | MAP_PRIVATE;

    /// <summary>The ranges that are taken, in no order.</summary>
    private sealed class Model(VmMap map, ulong mappingsStart)
    {
        private readonly List<(ulong Start, ulong End)> _taken = [];

        public IReadOnlyList<(ulong Start, ulong End)> Taken => _taken;

        public void Add(ulong start, ulong length) => _taken.Add((start, start + length));

        public bool IsFree(ulong start, ulong length) => !_taken.Exists(range => range.Start < start + length && start < range.End);

        public void Remove(ulong start, ulong length)
        {
            ulong end = start + length;
            foreach (var range in _taken.Where(range => range.Start < end && start < range.End).ToArray())
            {
                _taken.Remove(range);
                if (range.Start < start)
                    _taken.Add((range.Start, start));
                if (end < range.End)
                    _taken.Add((end, range.End));
            }
        }

        public ulong? Find(ulong hint, ulong length, int flags)
        {
            bool is32 = (flags & MAP_32BIT) != 0;
            ulong limit = is32 ? Top32 : map.Maximum, least = is32 ? 0 : mappingsStart;
            if (is32 && hint + length > Top32)
                hint = 0;
            if (!is32 && (hint == 0 || (hint >= Text && hint < mappingsStart)))
                hint = mappingsStart;
            hint = (hint + Page - 1) & ~(Page - 1);
            return Lowest(hint, length, flags, limit) ?? (hint > least ? Lowest(least, length, flags, limit) : null);
        }

        private ulong? Lowest(ulong from, ulong length, int flags, ulong limit)
        {
            from = Math.Max(from, map.Minimum);
            return _taken.Select(range => range.End).Where(end => end > from).Append(from).Select(place => Align(place, length, flags))
                .Where(place => place >= from && place <= limit - length && IsFree(place, length)).Select(place => (ulong?)place).Min();
        }

        private static ulong Align(ulong place, ulong length, int flags)
        {
            int bits = (int)((uint)flags >> MAP_ALIGNMENT_SHIFT);
            ulong unit = bits == 0 || (bits == 1 && length < SuperPage) ? Page : bits == 1 ? SuperPage : 1UL << bits;
            return (place + unit - 1) / unit * unit;
        }
    }

    [Test]
    public void MappingsGoWhereTheModelPutsThem([Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        using var process = new TestProcess();
        process.Vm.TextAddress = Text;
        process.Vm.DataAddress = Data;
        var model = new Model(process.Map, process.Vm.MappingsStart);
        // Little room is left in each of the three windows, so that searches pass many mappings, begin anew and fail.
        ulong low = process.Vm.MappingsStart + (64UL << 20), high = process.Map.Maximum - (64UL << 20);
        Fixed(process, model, Page, 0x70000000 - Page, MAP_GUARD);
        Fixed(process, model, low, high - low, MAP_GUARD);
        ulong[] windows = [0x70000000, process.Vm.MappingsStart, high];
        for (int step = 0; step < 600; step++)
            Step(random, process, model, windows[random.Next(windows.Length)], $"seed {seed}, step {step}");
        Assert.That(process.Map.Size, Is.EqualTo(model.Taken.Aggregate(0UL, (sum, range) => sum + (range.End - range.Start))));
    }

    private static void Step(Random random, TestProcess process, Model model, ulong window, string where)
    {
        ulong length = (ulong)random.Next(1, random.Next(3) == 0 ? 1500 : 40) * Page, place = window + (ulong)random.Next(0x4000) * Page;
        int kind = random.Next(4) == 0 ? MAP_GUARD : Anonymous;
        switch (random.Next(10))
        {
            case 0 when place + length <= process.Map.Maximum:
                Fixed(process, model, place, length, kind);
                return;
            case 1 when place + length <= process.Map.Maximum:
                var exclusive = model.IsFree(place, length) ? Errno.None : Errno.ENOMEM;
                Assert.That(Map(process, place, length, kind | MAP_FIXED | MAP_EXCL), Is.EqualTo(exclusive), where);
                if (exclusive == Errno.None)
                    model.Add(place, length);
                return;
            case 2 or 3 or 4 when place + length <= process.Map.Maximum:
                Assert.That(process.Munmap(place, length), Is.EqualTo(Errno.None), where);
                model.Remove(place, length);
                return;
        }
        ulong hint = random.Next(6) switch { 0 => 0, 1 => Data, 2 => place + 123, _ => place };
        int[] alignments = [0, 0, 1, 12, 16, 21, 25, 31, 47, 63];
        kind |= alignments[random.Next(alignments.Length)] << MAP_ALIGNMENT_SHIFT | (random.Next(3) == 0 ? MAP_32BIT : 0);
        var expected = model.Find(hint, length, kind);
        Assert.That(Map(process, hint, length, kind), Is.EqualTo(expected is null ? Errno.ENOMEM : Errno.None), where);
        if (expected is not { } address)
            return;
        Assert.That(process.Result, Is.EqualTo(address), where);
        model.Add(address, length);
    }

    private static void Fixed(TestProcess process, Model model, ulong start, ulong length, int kind)
    {
        Assert.That(Map(process, start, length, kind | MAP_FIXED), Is.EqualTo(Errno.None));
        model.Remove(start, length);
        model.Add(start, length);
    }

    private static Errno Map(TestProcess process, ulong address, ulong length, int flags) =>
        process.Mmap(address, length, (flags & MAP_GUARD) != 0 ? PROT_NONE : PROT_READ, flags);

    [TestCase(SuperPage - Page, 0L, 0x800001000UL, TestName = "{m}(too small for a large page)")]
    [TestCase(SuperPage, 0L, 0x800200000UL, TestName = "{m}(a large page)")]
    [TestCase(SuperPage, 0x3000L, 0x800001000UL, TestName = "{m}(no whole large page of the file)")]
    [TestCase(2 * SuperPage, 0x3000L, 0x800003000UL, TestName = "{m}(a large page of the file within)")]
    [TestCase(2 * SuperPage, 0x200000L, 0x800200000UL, TestName = "{m}(a later large page of the file)")]
    public void LargePagesAgreeWithTheFiles(ulong length, long position, ulong expected)
    {
        using var process = new TestProcess();
        process.Map.Insert(0x800000000, 0x800001000, new VmMapping(null, 0, 0, 0, EntryFlags.Guard, Inheritance.Copy));
        var file = VnodePager.Allocate(process.Kernel.Memory, new TestFile([]));
        var mapping = new VmMapping(file, (ulong)position, 0, 0, EntryFlags.None, Inheritance.Share);
        Assert.That(MmapCall.Enter(process.Vm, 0x800000000, length, MAP_SHARED | MAP_ALIGNED_SUPER, mapping, out ulong address), Is.EqualTo(Errno.None));
        file.Release();
        Assert.That(address, Is.EqualTo(expected));
    }

    [Test]
    public void ManyEntriesAreFoundQuickly()
    {
        using var process = new TestProcess();
        const int Count = 20_000;
        for (int index = 0; index < Count; index++)
            Assert.That(process.Mmap(0, Page, index % 2 == 0 ? PROT_READ : PROT_NONE, Anonymous), Is.EqualTo(Errno.None));
        Assert.That(process.Map.Entries, Has.Count.EqualTo(Count));
        ulong start = process.Map.Entries[0].Start;
        for (ulong index = 0; index < Count; index += 2)
            process.Munmap(start + index * Page, Page);
        Assert.That(process.Mmap(0, 2 * Page, PROT_READ, Anonymous), Is.EqualTo(Errno.None));
        Assert.That(process.Result, Is.EqualTo(start + Count * Page), "no gap of one page holds two");
        Assert.That(process.Mmap(start + 5000 * Page + 1, Page, PROT_READ, Anonymous), Is.EqualTo(Errno.None));
        Assert.That(process.Result, Is.EqualTo(start + 5002 * Page));
    }
}
