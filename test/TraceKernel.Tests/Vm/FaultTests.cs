using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Syscalls;
using TraceKernel.Vm;
using static TraceKernel.Abi.Mman;
using static TraceKernel.Tests.Vm.TestProcess;

namespace TraceKernel.Tests.Vm;

/// <summary>vm_fault: what an access comes to.</summary>
[TestFixture]
internal sealed class FaultTests
{
    [TestCase(PROT_READ, Access.Read, FaultResult.Resolved)]
    [TestCase(PROT_READ, Access.Write, FaultResult.ProtectionFailure)]
    [TestCase(PROT_READ, Access.Execute, FaultResult.ProtectionFailure)]
    [TestCase(PROT_WRITE, Access.Write, FaultResult.Resolved)]
    [TestCase(PROT_WRITE, Access.Read, FaultResult.ProtectionFailure)]
    [TestCase(PROT_EXEC, Access.Execute, FaultResult.Resolved)]
    [TestCase(PROT_READ | PROT_WRITE | PROT_EXEC, Access.All, FaultResult.Resolved)]
    [TestCase(PROT_NONE, Access.Read, FaultResult.ProtectionFailure)]
    [TestCase(PROT_NONE, Access.None, FaultResult.ProtectionFailure)]
    public void Protection(int protection, Access access, FaultResult result)
    {
        using var process = new TestProcess();
        process.Mmap(Area, Page, protection, MAP_ANON | MAP_PRIVATE | MAP_FIXED);
        Assert.That(process.Vm.Fault(Area + 5, access), Is.EqualTo(result));
    }

    [Test]
    public void AHoleIsNoAddressButAGuardIsProtected()
    {
        using var process = new TestProcess();
        process.Mmap(Area, Page, PROT_NONE, MAP_GUARD | MAP_FIXED);
        Assert.That(process.Vm.Fault(Area, Access.Read), Is.EqualTo(FaultResult.ProtectionFailure));
        Assert.That(process.Vm.Fault(Area + Page, Access.Read), Is.EqualTo(FaultResult.InvalidAddress));
        Assert.That(process.Vm.Fault(Area - 1, Access.Read), Is.EqualTo(FaultResult.InvalidAddress));
        Assert.That(process.Vm.Fault(0, Access.Read), Is.EqualTo(FaultResult.InvalidAddress));
        Assert.That(process.Vm.Fault(ulong.MaxValue, Access.Read), Is.EqualTo(FaultResult.InvalidAddress));
    }

    [Test]
    public void PagesOfAFileComeFromTheFileAndEndWithIt()
    {
        using var process = new TestProcess();
        var file = new TestFile(Enumerable.Range(0, (int)Page + 100).Select(i => (byte)(i / 100)).ToArray());
        process.MapFile(file, 3, Access.ReadWrite, Access.All, shared: false);
        Assert.That(process.Load(Area + 4095), Is.EqualTo(40));
        Assert.That(process.Load(Area + Page + 99), Is.EqualTo(41));
        Assert.That(process.Load(Area + Page + 100), Is.Zero, "the rest of the last page is zero");
        Assert.That(process.Load(Area + 2 * Page, out _), Is.EqualTo(FaultResult.OutOfBounds), "beyond the end");
        Assert.That(process.Store(Area + 2 * Page, 1), Is.EqualTo(FaultResult.OutOfBounds));
        process.Store(Area, 9);
        Assert.That(process.Load(Area + 2 * Page, out _), Is.EqualTo(FaultResult.OutOfBounds), "also behind private copies");
    }

    [Test]
    public void AFileThatCannotBeReadIsOutOfBounds()
    {
        using var process = new TestProcess();
        process.MapFile(new TestFile(new byte[Page]) { ReadError = Errno.EIO }, 1, Access.Read, Access.All, shared: false);
        Assert.That(process.Load(Area, out _), Is.EqualTo(FaultResult.OutOfBounds));
        Assert.That(process.Kernel.Memory.FramesInUse, Is.Zero);
    }

    [Test]
    public void SharedMappingsOfAFileAreOneMemory()
    {
        using var one = new TestProcess();
        var file = new TestFile(new byte[Page]);
        one.MapFile(file, 1, Access.ReadWrite, Access.All, shared: true);
        using var other = one.Fork();
        Assert.That(other.Load(Area), Is.Zero);
        one.Store(Area, 5);
        Assert.That(other.Load(Area), Is.EqualTo(5));
        Assert.That(file.Bytes[0], Is.Zero, "written back when asked for");
        Assert.That(one.Call(MemoryCalls.Msync, Area, Page, MS_SYNC), Is.EqualTo(Errno.None));
        Assert.That(file.Bytes[0], Is.EqualTo(5));
        other.Store(Area, 6);
        Assert.That(one.Call(MemoryCalls.Msync, Area, 0, MS_SYNC), Is.EqualTo(Errno.None));
        Assert.That(file.Bytes[0], Is.EqualTo(6), "a store after msync is noticed again");
        file.WriteError = Errno.ENOSPC;
        one.Store(Area, 7);
        Assert.That(one.Call(MemoryCalls.Msync, Area, Page, MS_SYNC), Is.EqualTo(Errno.EIO));
    }

    [Test]
    public void TheLastUnmapWritesBack()
    {
        using var process = new TestProcess();
        var file = new TestFile(new byte[100]);
        process.MapFile(file, 1, Access.ReadWrite, Access.All, shared: true);
        process.Store(Area + 99, 1);
        process.Store(Area + 100, 2);
        process.Munmap(Area, Page);
        Assert.That(file.Bytes[99], Is.EqualTo(1));
        Assert.That(file.Bytes, Has.Length.EqualTo(100), "never past the end");
        Assert.That(process.Kernel.Memory.FramesInUse, Is.Zero);
    }

    /// <summary>The page after the last one that a file can have begins at OFF_MAX + 1.</summary>
    [TestCase(long.MaxValue - 10, 10)]
    [TestCase(long.MaxValue - 2 * (long)Page, 2 * (long)Page)]
    [TestCase(0, long.MaxValue)]
    public void AHoleInAMappedFileMayEndAtTheLastOffset(long offset, long length)
    {
        using var process = new TestProcess();
        var file = new TestFile(new byte[Page]);
        process.MapFile(file, 1, Access.Read, Access.All, shared: true);
        process.Load(Area);
        VnodePager.Written(file, 1, [8]);
        VnodePager.Zeroed(file, offset, length);
        Assert.That(process.Load(Area + 1), Is.EqualTo(offset == 0 ? 0 : 8));
    }

    [Test]
    public void WritesToAFileReachItsMappings()
    {
        using var process = new TestProcess();
        var file = new TestFile(new byte[3 * Page]);
        process.MapFile(file, 3, Access.Read, Access.All, shared: true);
        for (ulong page = 0; page < 3; page++)
            process.Load(Area + page * Page);
        VnodePager.Written(file, (long)Page + 1, [8]);
        Assert.That(process.Load(Area + Page + 1), Is.EqualTo(8));
        file.Bytes = file.Bytes[..(int)(Page + 1)];
        VnodePager.Resized(file, 3 * (long)Page, (long)Page + 1);
        Assert.That(process.Load(Area + Page + 1), Is.Zero, "cut off");
        Assert.That(process.Load(Area + 2 * Page, out _), Is.EqualTo(FaultResult.OutOfBounds));
    }

    [Test]
    public void AStackGrowsDownToItsGuard()
    {
        using var process = new TestProcess();
        const ulong Size = 1 << 20, Top = Area + Size, First = 128 * 1024;
        process.Mmap(Area, Size, PROT_READ | PROT_WRITE, MAP_STACK | MAP_PRIVATE | MAP_FIXED);
        Assert.That(process.Map.Entries.Select(entry => (entry.Start, entry.End)), Is.EqualTo(new[] { (Area, Top - First), (Top - First, Top) }));
        Assert.That(process.Store(Top - First, 1), Is.EqualTo(FaultResult.Resolved));
        Assert.That(process.Store(Top - First - 1, 2), Is.EqualTo(FaultResult.Resolved));
        Assert.That(process.Map.Entries[0].End, Is.EqualTo(Top - 2 * First), "it grows by 128 KB");
        Assert.That(process.Store(Area + 2 * Page, 3), Is.EqualTo(FaultResult.Resolved), "far below in one step");
        Assert.That(process.Store(Area + Page, 3), Is.EqualTo(FaultResult.Resolved), "the last page above the guard");
        Assert.That(process.Store(Area, 4), Is.EqualTo(FaultResult.ProtectionFailure), "the guard");
        Assert.That(process.Load(Top - First), Is.EqualTo(1));
        Assert.That(process.Map.Size, Is.EqualTo(Size));
        using var child = process.Fork();
        Assert.That(child.Load(Top - First - 1), Is.EqualTo(2));
    }

    [Test]
    public void TheMainStackKeepsToItsLimit()
    {
        using var process = new TestProcess();
        ulong top = process.Vm.StackTop;
        process.Vm.StackSizeLimit = 256 * 1024;
        process.Map.InsertStack(process.Vm.MaximumStackAddress, VmSpace.MaximumStackSize,
            new VmMapping(null, 0, Access.ReadWrite, Access.All, EntryFlags.None, Inheritance.Copy));
        Assert.That(process.Store(top - 256 * 1024, 1), Is.EqualTo(FaultResult.Resolved));
        Assert.That(process.Store(top - 256 * 1024 - 1, 1), Is.EqualTo(FaultResult.ProtectionFailure));
    }

    [Test]
    public void ShortMemoryIsSaidNotThrown()
    {
        using var process = new TestProcess(memory: 3 * (long)Page);
        process.Mmap(Area, 8 * Page, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE | MAP_FIXED);
        for (ulong page = 0; page < 3; page++)
            Assert.That(process.Store(Area + page * Page, 1), Is.EqualTo(FaultResult.Resolved));
        Assert.That(process.Store(Area + 3 * Page, 1), Is.EqualTo(FaultResult.OutOfMemory));
        using var child = process.Fork();
        Assert.That(child.Store(Area, 2), Is.EqualTo(FaultResult.OutOfMemory), "a copy needs a page too");
        Assert.That(child.Load(Area), Is.EqualTo(1));
        process.Munmap(Area, Page);
        child.Munmap(Area, Page);
        Assert.That(process.Kernel.Memory.FramesInUse, Is.EqualTo(3), "the child's failed copy keeps an object that hides the page's end");
        child.Dispose();
        Assert.That(process.Store(Area + 3 * Page, 5), Is.EqualTo(FaultResult.OutOfMemory));
        process.Munmap(Area + Page, Page);
        Assert.That(process.Vm.CopyOut(Area + 4 * Page - 1, [7, 8]), Is.EqualTo(Errno.EFAULT), "the second page does not fit");
        Assert.That(process.Load(Area + 4 * Page - 1), Is.EqualTo(7));
    }

    [Test]
    public void StringsAreCopiedUpToTheirNul()
    {
        using var process = new TestProcess();
        process.Mmap(Area, 2 * Page, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE | MAP_FIXED);
        process.Vm.CopyOut(Area + Page - 2, "caf\u00e9 au lait\0"u8[..3]);
        process.Vm.CopyOut(Area + Page + 1, [0xe9, 0]);
        Assert.That(process.Vm.CopyInString(Area + Page - 2, 100, out string text), Is.EqualTo(Errno.None));
        Assert.That(text, Is.EqualTo("caf\u00e9"));
        Assert.That(process.Vm.CopyInString(Area + Page - 2, 5, out text), Is.EqualTo(Errno.None), "the NUL counts");
        Assert.That(process.Vm.CopyInString(Area + Page - 2, 4, out text), Is.EqualTo(Errno.ENAMETOOLONG));
        process.Vm.CopyOut(Area + 2 * Page - 2, "ab"u8);
        Assert.That(process.Vm.CopyInString(Area + 2 * Page - 2, 100, out text), Is.EqualTo(Errno.EFAULT));
        Assert.That(process.Vm.CopyInString(Area + 2 * Page - 2, 2, out text), Is.EqualTo(Errno.ENAMETOOLONG));
    }
}
