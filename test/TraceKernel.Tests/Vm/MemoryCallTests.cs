using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Syscalls;
using TraceKernel.Vm;
using static TraceKernel.Abi.Mman;
using static TraceKernel.Tests.Vm.TestProcess;

namespace TraceKernel.Tests.Vm;

/// <summary>The memory system calls: arguments, errors, where mappings go, how entries join.</summary>
[TestFixture]
internal sealed class MemoryCallTests
{
    private const int RW = PROT_READ | PROT_WRITE, Anon = MAP_ANON | MAP_PRIVATE, Fixed = Anon | MAP_FIXED;
    private const int Align16 = 16 << MAP_ALIGNMENT_SHIFT;

    [TestCase(0UL, 0UL, RW, Anon, -1, 0, Errno.EINVAL)]
    [TestCase(0UL, Page, RW, Anon, 3, 0, Errno.EINVAL)]
    [TestCase(0UL, Page, RW, Anon, -1, 4096, Errno.EINVAL)]
    [TestCase(0UL, Page, RW, MAP_ANON | MAP_PRIVATE | MAP_SHARED, -1, 0, Errno.EINVAL)]
    [TestCase(0UL, Page, 8, Anon, -1, 0, Errno.EINVAL)]
    [TestCase(0UL, Page, RW, Anon | 0x100, -1, 0, Errno.EINVAL)]
    [TestCase(0UL, Page, RW, Anon | 0x60, -1, 0, Errno.None)]
    [TestCase(Area, Page, RW, Anon | MAP_EXCL, -1, 0, Errno.EINVAL)]
    [TestCase(Area + 1, Page, RW, Fixed, -1, 0, Errno.EINVAL)]
    [TestCase(0UL, Page, RW, Fixed, -1, 0, Errno.EINVAL)]
    [TestCase(0x7ffffffff000UL, 2 * Page, RW, Fixed, -1, 0, Errno.EINVAL)]
    [TestCase(0xfffffffffffff000UL, 2 * Page, RW, Fixed, -1, 0, Errno.EINVAL)]
    [TestCase(0x80000000UL, Page, RW, Fixed | MAP_32BIT, -1, 0, Errno.EINVAL)]
    [TestCase(0UL, 0x800000000000UL, RW, Anon, -1, 0, Errno.ENOMEM)]
    [TestCase(0UL, ulong.MaxValue, RW, Anon, -1, 0, Errno.ENOMEM)]
    [TestCase(0UL, Page, PROT_READ, MAP_STACK | MAP_PRIVATE, -1, 0, Errno.EINVAL)]
    [TestCase(0UL, Page, RW, MAP_STACK | MAP_PRIVATE, -1, 0, Errno.EINVAL)]
    [TestCase(0UL, 2 * Page, RW, MAP_STACK | MAP_PRIVATE, -1, 0, Errno.None)]
    [TestCase(0UL, Page, PROT_READ, MAP_GUARD, -1, 0, Errno.EINVAL)]
    [TestCase(0UL, Page, PROT_NONE, MAP_GUARD | MAP_PRIVATE, -1, 0, Errno.EINVAL)]
    [TestCase(0UL, Page, PROT_NONE, MAP_GUARD, -1, 0, Errno.None)]
    [TestCase(0UL, Page, PROT_READ, MAP_PRIVATE, 3, 0, Errno.EBADF)]
    [TestCase(0UL, Page, RW | PROT_READ << PROT_MAX_SHIFT, Anon, -1, 0, Errno.EOPNOTSUPP)]
    [TestCase(0UL, Page, PROT_READ | RW << PROT_MAX_SHIFT, Anon, -1, 0, Errno.None)]
    [TestCase(0UL, Page, RW, Anon | 11 << MAP_ALIGNMENT_SHIFT, -1, 0, Errno.EINVAL)]
    [TestCase(0UL, Page, RW, Anon | 64 << MAP_ALIGNMENT_SHIFT, -1, 0, Errno.EINVAL)]
    public void MmapChecks(ulong address, ulong length, int protection, int flags, int descriptor, long position, Errno error)
    {
        using var process = new TestProcess();
        Assert.That(process.Mmap(address, length, protection, flags, descriptor, position), Is.EqualTo(error));
        Assert.That(process.Map.Entries, error == Errno.None ? Is.Not.Empty : Is.Empty);
    }

    [Test]
    public void AnOldProgramMayMapNothing()
    {
        using var process = new TestProcess();
        process.Process.OsRelease = 0;
        Assert.That(process.Mmap(0, 0, RW, Anon), Is.EqualTo(Errno.None));
        Assert.That(process.Map.Entries, Is.Empty);
    }

    // Hint, length, flags: where it goes when Area .. Area + 4 pages and 0x800201000 .. + 1 page are taken; text begins at 0x200000.
    [TestCase(0UL, Page, Anon, 0x800202000UL)]
    [TestCase(0x300000UL, Page, Anon, 0x800202000UL)]
    [TestCase(0x900000000UL, Page, Anon, 0x900000000UL)]
    [TestCase(0x900000123UL, Page, Anon, 0x900001000UL)]
    [TestCase(0x1000UL, Page, Anon, 0x1000UL)]
    [TestCase(0xc000000000UL, 64UL << 20, Anon, 0xc000000000UL)]
    [TestCase(0UL, Page, Anon | MAP_32BIT, 0x1000UL)]
    [TestCase(Area, Page, Anon | MAP_32BIT, Area + 4 * Page)]
    [TestCase(0x900000000UL, Page, Anon | MAP_32BIT, 0x1000UL)]
    [TestCase(0UL, Page, Anon | Align16, 0x800210000UL)]
    [TestCase(0UL, 2UL << 20, Anon | MAP_ALIGNED_SUPER, 0x800400000UL)]
    [TestCase(0x7fffffffe000UL, 4 * Page, Anon, 0x800202000UL)]
    public void MmapFindsRoom(ulong hint, ulong length, int flags, ulong expected)
    {
        using var process = new TestProcess();
        process.Vm.TextAddress = 0x200000;
        process.Vm.DataAddress = 0x201000;
        process.Mmap(Area, 4 * Page, RW, Fixed);
        process.Mmap(0x800201000, Page, PROT_READ, Fixed);
        Assert.That(process.Mmap(hint, length, RW, flags), Is.EqualTo(Errno.None));
        Assert.That(process.Result, Is.EqualTo(expected));
    }

    [Test]
    public void MmapFixedReplacesUnlessExclusive()
    {
        using var process = new TestProcess();
        process.Mmap(Area, 3 * Page, RW, Fixed);
        process.Store(Area + Page, 7);
        Assert.That(process.Mmap(Area + Page, Page, RW, Fixed | MAP_EXCL), Is.EqualTo(Errno.ENOMEM));
        Assert.That(process.Load(Area + Page), Is.EqualTo(7));
        Assert.That(process.Mmap(Area + Page, Page, RW, Fixed), Is.EqualTo(Errno.None));
        Assert.That(process.Load(Area + Page), Is.Zero);
    }

    [Test]
    public void AlikeNeighboursAreOneEntry()
    {
        using var process = new TestProcess();
        process.Mmap(Area, Page, RW, Fixed);
        process.Store(Area, 1);
        process.Mmap(Area + Page, Page, RW, Fixed);
        Assert.That(process.Map.Entries, Has.Count.EqualTo(1), "new memory extends its neighbour's object");
        process.Mprotect(Area + Page, Page, PROT_READ);
        Assert.That(process.Map.Entries, Has.Count.EqualTo(2));
        process.Mprotect(Area + Page, Page, RW);
        Assert.That(process.Map.Entries, Has.Count.EqualTo(1));
        process.Store(Area + Page, 2);
        Assert.That((process.Load(Area), process.Load(Area + Page)), Is.EqualTo(((byte)1, (byte)2)));
    }

    [Test]
    public void UnmappingAPartFreesItsPages()
    {
        using var process = new TestProcess();
        process.Mmap(Area, 8 * Page, RW, Fixed);
        for (ulong page = 0; page < 8; page++)
            process.Store(Area + page * Page, 1);
        process.Munmap(Area + 2 * Page, 3 * Page);
        Assert.That(process.Kernel.Memory.FramesInUse, Is.EqualTo(5));
        Assert.That(process.Load(Area + 3 * Page, out _), Is.EqualTo(FaultResult.InvalidAddress));
        process.Mmap(Area + 2 * Page, 3 * Page, RW, Fixed);
        Assert.That(process.Load(Area + 3 * Page), Is.Zero);
    }

    [TestCase(Area, 0UL, Errno.EINVAL)]
    [TestCase(Area + 5, 1UL, Errno.None)]
    [TestCase(Area + 100 * Page, Page, Errno.None)]
    [TestCase(0UL, Page, Errno.EINVAL)]
    [TestCase(0x7ffffffff000UL, 2 * Page, Errno.EINVAL)]
    [TestCase(Area, ulong.MaxValue - Area - 10, Errno.EINVAL)]
    public void MunmapChecks(ulong address, ulong length, Errno error)
    {
        using var process = new TestProcess();
        process.Mmap(Area, Page, RW, Fixed);
        Assert.That(process.Munmap(address, length), Is.EqualTo(error));
    }

    [Test]
    public void MprotectKeepsToTheMaximum()
    {
        using var process = new TestProcess();
        process.Mmap(Area, 2 * Page, PROT_READ | RW << PROT_MAX_SHIFT, Fixed);
        process.Mmap(Area + 2 * Page, Page, RW, Fixed);
        Assert.That(process.Mprotect(Area, 3 * Page, PROT_READ | PROT_EXEC), Is.EqualTo(Errno.EACCES));
        Assert.That(process.Map.Entries.Select(entry => (int)entry.Protection), Is.EqualTo(new[] { PROT_READ, RW }), "nothing changed");
        Assert.That(process.Mprotect(Area, Page, RW), Is.EqualTo(Errno.None));
        Assert.That(process.Store(Area, 1), Is.EqualTo(FaultResult.Resolved));
        Assert.That(process.Mprotect(Area, Page, PROT_READ | PROT_READ << PROT_MAX_SHIFT), Is.EqualTo(Errno.None));
        Assert.That(process.Store(Area, 1), Is.EqualTo(FaultResult.ProtectionFailure), "present pages lose the right");
        Assert.That(process.Mprotect(Area, Page, RW), Is.EqualTo(Errno.EACCES));
    }

    [TestCase(Area, Page, 8, Errno.EINVAL)]
    [TestCase(Area, Page, PROT_READ | PROT_WRITE | PROT_READ << PROT_MAX_SHIFT, Errno.EOPNOTSUPP)]
    [TestCase(Area + Page, 100 * Page, PROT_READ, Errno.None)]
    [TestCase(Area, 0UL, PROT_NONE, Errno.None)]
    [TestCase(Area, ulong.MaxValue - Area - 10, PROT_READ, Errno.EINVAL)]
    public void MprotectChecks(ulong address, ulong length, int protection, Errno error)
    {
        using var process = new TestProcess();
        process.Mmap(Area, Page, RW, Fixed);
        Assert.That(process.Mprotect(address, length, protection), Is.EqualTo(error), "holes are no error on FreeBSD");
    }

    [Test]
    public void MadviseFreeGivesPagesBackAndDontneedKeepsThem()
    {
        using var process = new TestProcess();
        process.Mmap(Area, 4 * Page, RW, Fixed);
        for (ulong page = 0; page < 4; page++)
            process.Store(Area + page * Page, 1);
        Assert.That(process.Call(MemoryCalls.Madvise, Area, 2 * Page, MADV_DONTNEED), Is.EqualTo(Errno.None));
        Assert.That(process.Load(Area), Is.EqualTo(1));
        Assert.That(process.Call(MemoryCalls.Madvise, Area, 2 * Page, MADV_FREE), Is.EqualTo(Errno.None));
        Assert.That(process.Kernel.Memory.FramesInUse, Is.EqualTo(2));
        Assert.That(process.Load(Area), Is.Zero);
        Assert.That(process.Load(Area + 2 * Page), Is.EqualTo(1));
    }

    [Test]
    public void MadviseFreeNeverTouchesWhatAnotherProcessSees()
    {
        using var process = new TestProcess();
        process.Mmap(Area, Page, RW, Fixed);
        process.Store(Area, 1);
        using var child = process.Fork();
        process.Call(MemoryCalls.Madvise, Area, Page, MADV_FREE);
        Assert.That((process.Load(Area), child.Load(Area)), Is.EqualTo(((byte)1, (byte)1)));
    }

    [TestCase(11, Errno.EINVAL)]
    [TestCase(-1, Errno.EINVAL)]
    [TestCase(MADV_PROTECT, Errno.EPERM)]
    [TestCase(MADV_WILLNEED, Errno.None)]
    public void MadviseChecks(int advice, Errno error)
    {
        using var process = new TestProcess();
        Assert.That(process.Call(MemoryCalls.Madvise, Area, Page, (ulong)advice), Is.EqualTo(error));
        Assert.That(process.Call(MemoryCalls.Madvise, 0, Page, MADV_FREE), Is.EqualTo(Errno.EINVAL), "page 0 is no user memory");
    }

    [Test]
    public void MadviseNocoreMarksTheRange()
    {
        using var process = new TestProcess();
        process.Mmap(Area, 3 * Page, RW, Fixed);
        process.Call(MemoryCalls.Madvise, Area + Page, Page, MADV_NOCORE);
        Assert.That(process.Map.Entries.Select(entry => entry.Has(EntryFlags.NoCoreDump)), Is.EqualTo(new[] { false, true, false }));
        process.Call(MemoryCalls.Madvise, Area, 3 * Page, MADV_CORE);
        Assert.That(process.Map.Entries, Has.Count.EqualTo(1));
    }

    [Test]
    public void MincoreTellsTouchedPages()
    {
        using var process = new TestProcess();
        process.Mmap(Area, 3 * Page, RW, Fixed);
        process.Mmap(Area + 8 * Page, Page, RW, Fixed);
        process.Store(Area + Page, 1);
        Assert.That(process.Call(MemoryCalls.Mincore, Area, 3 * Page, Area + 8 * Page), Is.EqualTo(Errno.None));
        var vector = new byte[3];
        process.Vm.CopyIn(Area + 8 * Page, vector);
        Assert.That(vector.Select(value => value != 0), Is.EqualTo(new[] { false, true, false }));
        Assert.That(process.Call(MemoryCalls.Mincore, Area, 4 * Page, Area + 8 * Page), Is.EqualTo(Errno.ENOMEM));
        Assert.That(process.Call(MemoryCalls.Mincore, Area, Page, 8), Is.EqualTo(Errno.EFAULT));
    }

    [Test]
    public void MlockWantsMappedMemory()
    {
        using var process = new TestProcess();
        process.Mmap(Area, Page, RW, Fixed);
        process.Mmap(Area + Page, Page, PROT_NONE, Fixed);
        Assert.That(process.Call(WiringCalls.Mlock, Area + 1, 1), Is.EqualTo(Errno.None));
        Assert.That(process.Call(WiringCalls.Mlock, Area, 2 * Page), Is.EqualTo(Errno.ENOMEM), "PROT_NONE cannot be wired");
        Assert.That(process.Call(WiringCalls.Mlock, Area + 2 * Page, Page), Is.EqualTo(Errno.ENOMEM));
        Assert.That(process.Call(WiringCalls.Mlock, ulong.MaxValue, 2), Is.EqualTo(Errno.EINVAL));
    }

    [Test]
    public void MsyncAndMinheritCheck()
    {
        using var process = new TestProcess();
        process.Mmap(Area, Page, RW, Fixed);
        Assert.That(process.Call(MemoryCalls.Msync, Area, Page, MS_ASYNC | MS_INVALIDATE), Is.EqualTo(Errno.EINVAL));
        Assert.That(process.Call(MemoryCalls.Msync, Area, 2 * Page, MS_SYNC), Is.EqualTo(Errno.ENOMEM));
        Assert.That(process.Call(MemoryCalls.Msync, Area, Page, MS_SYNC), Is.EqualTo(Errno.None));
        Assert.That(process.Call(MemoryCalls.Minherit, Area, Page, 4), Is.EqualTo(Errno.EINVAL));
    }

    [Test]
    public void TheBreakMoves()
    {
        using var process = new TestProcess();
        process.Vm.DataAddress = 0x400000;
        process.Vm.DataSize = 2 * Page;
        process.Mmap(0x400000, 2 * Page, RW, Fixed);
        Assert.That(process.Call(MemoryCalls.Break, 0), Is.EqualTo(Errno.None));
        Assert.That(process.Result, Is.EqualTo(0x402000), "only asked");
        Assert.That(process.Call(MemoryCalls.Break, 0x402001), Is.EqualTo(Errno.None));
        Assert.That(process.Result, Is.EqualTo(0x403000));
        process.Store(0x402fff, 1);
        Assert.That(process.Call(MemoryCalls.Break, 0x403001), Is.EqualTo(Errno.None));
        Assert.That(process.Load(0x402fff), Is.EqualTo(1));
        Assert.That(process.Map.Entries, Has.Count.EqualTo(1), "the heap is one entry");
        Assert.That(process.Call(MemoryCalls.Break, 0x402000), Is.EqualTo(Errno.None));
        Assert.That(process.Load(0x402000, out _), Is.EqualTo(FaultResult.InvalidAddress));
        Assert.That(process.Call(MemoryCalls.Break, 0x400000 + VmSpace.MaximumDataSize + Page), Is.EqualTo(Errno.ENOMEM));
        process.Mmap(0x404000, Page, RW, Fixed);
        Assert.That(process.Call(MemoryCalls.Break, 0x405000), Is.EqualTo(Errno.ENOMEM), "something is in the way");
        Assert.That(process.Call(MemoryCalls.Sbrk, 4096), Is.EqualTo(Errno.EOPNOTSUPP));
    }

    [Test]
    public void AMapHasALimitedNumberOfEntries()
    {
        using var process = new TestProcess();
        var error = Errno.None;
        process.Mmap(Area, 4UL * VmMap.MaximumEntries * Page, RW, Fixed);
        for (ulong page = 0; error == Errno.None && page < 4 * VmMap.MaximumEntries; page += 2)
            error = process.Mprotect(Area + page * Page, Page, PROT_READ);
        Assert.That(error, Is.EqualTo(Errno.ENOMEM));
        Assert.That(process.Mmap(0, Page, PROT_NONE, MAP_GUARD), Is.EqualTo(Errno.None).Or.EqualTo(Errno.ENOMEM));
        Assert.That(process.Map.Entries, Has.Count.LessThanOrEqualTo(VmMap.MaximumEntries));
        Assert.That(process.Munmap(Area, 4UL * VmMap.MaximumEntries * Page), Is.EqualTo(Errno.None), "there is a way back");
    }

    [Test]
    public void WiredMemoryIsThereCountedAndNotInherited()
    {
        using var process = new TestProcess();
        process.Mmap(Area, 4 * Page, RW, Fixed);
        process.Process.Limits[Resources.RLIMIT_MEMLOCK] = new rlimit(3 * (long)Page, 3 * (long)Page);
        Assert.That(process.Call(WiringCalls.Mlock, Area, 4 * Page), Is.EqualTo(Errno.ENOMEM), "more than the limit");
        Assert.That(process.Call(WiringCalls.Mlock, Area, 2 * Page), Is.EqualTo(Errno.None));
        Assert.That(process.Kernel.Memory.FramesInUse, Is.EqualTo(2));
        Assert.That(process.Call(WiringCalls.Mlock, Area + 2 * Page, 2 * Page), Is.EqualTo(Errno.ENOMEM), "with what is wired already");
        Assert.That(process.Call(MemoryCalls.Msync, Area, Page, MS_INVALIDATE), Is.EqualTo(Errno.EBUSY));
        Assert.That(process.Call(MemoryCalls.Msync, Area, Page, MS_SYNC), Is.EqualTo(Errno.None));
        using var child = process.Fork();
        Assert.That((process.Map.WiredBytes, child.Map.WiredBytes), Is.EqualTo((2 * Page, 0UL)));
        Assert.That(process.Call(WiringCalls.Munlock, Area, 4 * Page), Is.EqualTo(Errno.None));
        Assert.That(process.Call(WiringCalls.Munlock, Area, 5 * Page), Is.EqualTo(Errno.ENOMEM), "a hole");
        Assert.That(process.Map.Entries, Has.Count.EqualTo(1));
    }

    [Test]
    public void MlockallWiresWhatIsAndWhatWillBe()
    {
        using var process = new TestProcess();
        process.Mmap(Area, 2 * Page, RW, Fixed);
        process.Mmap(Area + 4 * Page, Page, PROT_NONE, Fixed);
        Assert.That(process.Call(WiringCalls.MlockAll, 0), Is.EqualTo(Errno.EINVAL));
        Assert.That(process.Call(WiringCalls.MlockAll, 4), Is.EqualTo(Errno.EINVAL));
        Assert.That(process.Call(WiringCalls.MlockAll, MCL_CURRENT | MCL_FUTURE), Is.EqualTo(Errno.None));
        Assert.That(process.Map.WiredBytes, Is.EqualTo(2 * Page));
        process.Mmap(Area + 8 * Page, 2 * Page, RW, Fixed);
        Assert.That((process.Map.WiredBytes, process.Kernel.Memory.FramesInUse), Is.EqualTo((4 * Page, 4L)));
        process.Process.Limits[Resources.RLIMIT_MEMLOCK] = new rlimit(5 * (long)Page, 5 * (long)Page);
        Assert.That(process.Mmap(Area + 16 * Page, 2 * Page, RW, Fixed), Is.EqualTo(Errno.ENOMEM));
        Assert.That(process.Call(WiringCalls.MunlockAll), Is.EqualTo(Errno.None));
        Assert.That(process.Map.WiredBytes, Is.Zero);
        Assert.That(process.Mmap(Area + 16 * Page, 2 * Page, RW, Fixed), Is.EqualTo(Errno.None));
    }
}
