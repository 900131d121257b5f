using System.Diagnostics;
using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Tests.Machine;

public sealed class AddressSpaceTests
{
    private PhysicalMemory _memory = null!;
    private AddressSpace _space = null!;

    [SetUp]
    public void SetUp()
    {
        _memory = new PhysicalMemory(16 << 20);
        _space = new AddressSpace(_memory, 47);
    }

    [TearDown]
    public void TearDown()
    {
        _space.Dispose();
        _memory.Dispose();
    }

    [Test]
    public void A_store_across_pages_does_nothing_when_the_second_page_refuses()
    {
        Map(0x1000, Access.ReadWrite);
        Map(0x2000, Access.Read);

        Assert.Multiple(() =>
        {
            Assert.That(_space.TryStore(0x1ffc, 8, ulong.MaxValue), Is.False);
            Assert.That(_space.FirstInaccessible(0x1ffc, 8, Access.Write), Is.EqualTo(0x2000));
            Assert.That(_space.TryLoad(0x1ffc, 8, out ulong value) ? value : 1, Is.Zero);
        });
    }

    [Test]
    public void The_last_bytes_of_the_address_space_do_not_wrap_to_the_first_page()
    {
        Map(0, Access.ReadWrite);
        Assert.Multiple(() =>
        {
            Assert.That(_space.TryLoad(0, 8, out _), Is.True);
            Assert.That(_space.TryLoad(ulong.MaxValue - 3, 8, out _), Is.False);
            Assert.That(_space.TryLoad(ulong.MaxValue, 1, out _), Is.False);
        });
    }

    [Test]
    public void An_untouched_address_space_refuses_everything([Values(0UL, 1UL, 0x400000UL, 0x7fffffffeff8UL, ulong.MaxValue - 7)] ulong address)
    {
        Assert.Multiple(() =>
        {
            Assert.That(_space.TryLoad(address, 8, out _), Is.False);
            Assert.That(_space.TryStore(address, 1, 0), Is.False);
            Assert.That(_space.FirstInaccessible(address, 8, Access.Read), Is.EqualTo(address));
        });
    }

    [Test]
    public void Pages_outside_the_address_space_cannot_be_entered()
    {
        var frame = _memory.TryAllocate()!;
        Assert.Multiple(() =>
        {
            Assert.That(() => _space.Enter(1UL << 47, frame, Access.Read), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => _space.Enter(0x1001, frame, Access.Read), Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public void A_frame_is_freed_when_the_last_mapping_and_the_last_holder_are_gone()
    {
        var frame = _memory.TryAllocate()!;
        _space.Enter(0x1000, frame, Access.ReadWrite);
        _space.Enter(0x5000, frame, Access.Read);
        frame.Release();
        Assert.That(frame.References, Is.EqualTo(2));
        _space.Remove(0x1000, 0x2000);
        Assert.That(_memory.FramesInUse, Is.EqualTo(1));
        _space.Remove(0, ulong.MaxValue);
        Assert.That(_memory.FramesInUse, Is.Zero);
    }

    [Test]
    public void A_recycled_frame_is_zeroed_and_a_copy_is_apart()
    {
        var frame = _memory.TryAllocate()!;
        frame.Write(100, [1, 2, 3]);
        var copy = frame.TryCopy()!;
        frame.Release();
        var recycled = _memory.TryAllocate()!;
        var bytes = new byte[Frame.Size];
        recycled.Read(0, bytes);
        Assert.That(bytes, Is.All.Zero);
        copy.Read(0, bytes);
        Assert.That(bytes[100..103], Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public void Memory_has_a_limit()
    {
        using var memory = new PhysicalMemory(3 * Frame.Size + 1);
        var frames = Enumerable.Range(0, 4).Select(_ => memory.TryAllocate()).ToArray();
        Assert.That(frames[3], Is.Null);
        Assert.That(frames[0]!.TryCopy(), Is.Null);
        frames[1]!.Release();
        Assert.That(memory.TryAllocate(), Is.Not.Null);
    }

    [Test]
    public void Freed_frames_go_back_to_the_host()
    {
        var frames = Enumerable.Range(0, 4000).Select(_ => _memory.TryAllocate()!).ToList();
        long most = _memory.HostBytes;
        frames.ForEach(frame => frame.Release());
        Assert.That(_memory.HostBytes, Is.LessThanOrEqualTo(most / 8));
    }

    [TestCase(new[] { 0x200000UL, 0x8_0000_0000UL, 0xc0_0000_0000UL, 0x7fff_ffff_f000UL }, TestName = "The regions of an amd64 process have translations of their own")]
    [TestCase(new[] { 0x200000UL, 0x8_0000_0000UL, 0x40_0000_0000UL, 0xffff_ffff_f000UL }, TestName = "The regions of an arm64 process have translations of their own")]
    public unsafe void Regions_do_not_compete(ulong[] regions)
    {
        // The first 12 MB of the program, 16 of mappings, 64 of Go's heap (an arena) and nearly 2 of the stack, which grows down.
        int[] pages = [0xc00, 0x1000, 0x4000, 0x1ff];
        var seen = new HashSet<nint>();
        for (int region = 0; region < regions.Length; region++)
        {
            for (int i = 0; i < pages[region]; i++)
            {
                ulong offset = (ulong)i * Frame.Size;
                ulong page = region == 3 ? regions[region] - Frame.Size - offset : regions[region] + offset;
                Assert.That(seen.Add((nint)Translation.Of(null, page)), Is.True, $"{page:x}");
            }
        }
    }

    [Test]
    public void A_thousand_address_spaces_leave_nothing_behind()
    {
        Cycle(50);
        long before = Process.GetCurrentProcess().WorkingSet64;
        int mappings = Mappings();
        Cycle(1000);
        Assert.Multiple(() =>
        {
            // Two megabytes of table and one of frames each, were they kept.
            Assert.That(Process.GetCurrentProcess().WorkingSet64 - before, Is.LessThan(50L << 20));
            Assert.That(Mappings() - mappings, Is.LessThan(200));
        });
    }

    [Test]
    public void An_idle_address_space_costs_little()
    {
        const int Count = 50;
        Cycle(1);
        long before = Process.GetCurrentProcess().WorkingSet64;
        var held = Enumerable.Range(0, Count).Select(_ => Populated()).ToList();
        long each = (Process.GetCurrentProcess().WorkingSet64 - before) / Count;
        TestContext.Out.WriteLine($"{each / 1024} kB each, of which 80 kB are the frames");
        held.ForEach(item => Release(item));
        Assert.That(each, Is.LessThan(1 << 20));
    }

    [Test]
    public void A_watched_page_is_read_as_fast_as_any_where_only_writes_are_watched()
    {
        Map(0x1000, Access.ReadWrite);
        _space.Watch([new DebugComparator(0x1010, 4, Access.Write)]);
        _space.TryLoad(0x1010, 4, out _);
        _space.TryStore(0x100c, 4, 0);
        _space.TryStore(0x1014, 8, 0);
        Assert.That(_space.TakeHits(), Is.Zero);
        _space.TryStore(0x1013, 1, 0);
        Assert.That(_space.TakeHits(), Is.EqualTo(1));
        _space.TryWrite(0x1010, [1]);
        Assert.That(_space.HasHits, Is.False);
    }

    [Test]
    public void Writes_to_code_are_reported_to_every_address_space_that_keeps_translations_of_it()
    {
        using var child = new AddressSpace(_memory, 47);
        var frame = Map(0x1000, Access.All);
        child.Enter(0x9000, frame, Access.ReadWrite | Access.Execute);
        List<(string, ulong, int)> reports = [];
        _space.CodeWritten = (address, length) => reports.Add(("parent", address, length));
        child.CodeWritten = (address, length) => reports.Add(("child", address, length));
        child.TryStore(0x9010, 4, 1);

        _space.MarkCode(0x1010, 4);
        child.TryStore(0x9010, 4, 2);
        child.MarkCode(0x9000, 4);
        frame.Write(0x20, [1, 2]);
        _space.UnmarkCode(0x1000);
        _space.TryStore(0x1ff8, 8, 0);

        Assert.That(reports, Is.EqualTo(new[]
        {
            ("parent", 0x1010UL, 4), ("parent", 0x1020UL, 2), ("child", 0x9020UL, 2), ("child", 0x9ff8UL, 8),
        }));
    }

    private Frame Map(ulong page, Access access)
    {
        var frame = _memory.TryAllocate()!;
        _space.Enter(page, frame, access);
        frame.Release();
        return frame;
    }

    private static void Cycle(int count)
    {
        for (int i = 0; i < count; i++)
            Release(Populated());
    }

    private static (PhysicalMemory Memory, AddressSpace Space) Populated()
    {
        var memory = new PhysicalMemory(1 << 20);
        var space = new AddressSpace(memory, 47);
        foreach (ulong start in new[] { 0x400000UL, 0x8_0000_0000UL, 0xc0_0000_0000UL, 0x7fff_ffff_0000UL })
        {
            for (ulong page = start; page < start + 5 * Frame.Size; page += Frame.Size)
            {
                var frame = memory.TryAllocate()!;
                space.Enter(page, frame, Access.ReadWrite);
                frame.Release();
                space.TryStore(page, 8, page);
            }
        }
        return (memory, space);
    }

    private static void Release((PhysicalMemory Memory, AddressSpace Space) item)
    {
        item.Space.Dispose();
        item.Memory.Dispose();
    }

    private static int Mappings() => OperatingSystem.IsLinux() ? File.ReadLines("/proc/self/maps").Count() : 0;
}
