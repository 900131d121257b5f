using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Vm;
using static TraceKernel.Abi.Mman;
using static TraceKernel.Tests.Vm.TestProcess;

namespace TraceKernel.Tests.Vm;

/// <summary>A debugger's reads and writes: the rows of the specification of proc_rwmem.</summary>
[TestFixture]
internal sealed class ReadWriteTests
{
    private const Access R = Access.Read, W = Access.Write, X = Access.Execute, None = Access.None;

    /// <summary>What lies at the area: anonymous memory or a file's page.</summary>
    public enum What
    {
        Anonymous,
        PrivateFile,
        SharedFile,
    }

    /// <summary>A debugger that searches a terabyte of zeros makes none of it resident.</summary>
    [Test]
    public void PagesThatWereNeverTouchedAreReadWithoutMemory()
    {
        using var process = new TestProcess();
        process.Map.Insert(Area, Area + 1000 * Page, new VmMapping(null, 0, R | W, R | W | X, EntryFlags.None, Inheritance.Copy));
        var word = (byte[])[1, 2, 3, 4];
        Assert.That(process.Vm.ReadWrite(Area + 500 * Page, word, write: true, out _), Is.EqualTo(Errno.None));
        var before = process.Kernel.Memory.FramesInUse;
        var bytes = Enumerable.Repeat((byte)0xff, 1000 * (int)Page).ToArray();
        Assert.That(process.Vm.ReadWrite(Area, bytes, write: false, out var count), Is.EqualTo(Errno.None));
        Assert.That((count, process.Kernel.Memory.FramesInUse), Is.EqualTo((bytes.Length, before)));
        Assert.That(bytes.AsSpan(500 * (int)Page, 4).SequenceEqual(word), Is.True);
        Assert.That(bytes.Count(value => value == 0), Is.EqualTo(bytes.Length - 4));
    }

    // What, current protection, maximum protection: does reading work, does writing, does the file change?
    [TestCase(What.Anonymous, R | W, R | W | X, true, true, false)]
    [TestCase(What.Anonymous, R, R | W | X, true, true, false)]
    [TestCase(What.Anonymous, R | X, R | W | X, true, true, false)]
    [TestCase(What.Anonymous, R, R, true, false, false)]
    [TestCase(What.Anonymous, None, R | W | X, false, false, false)]
    [TestCase(What.Anonymous, X, R | W | X, false, false, false)]
    [TestCase(What.Anonymous, W, R | W | X, false, false, false)]
    [TestCase(What.PrivateFile, R | X, R | W | X, true, true, false)]
    [TestCase(What.PrivateFile, R | X, R | X, true, true, false)]
    [TestCase(What.PrivateFile, R | W, R | W | X, true, true, false)]
    [TestCase(What.PrivateFile, None, R | W | X, false, false, false)]
    [TestCase(What.PrivateFile, X, R | W | X, false, false, false)]
    [TestCase(What.SharedFile, R | W, R | W | X, true, true, true)]
    [TestCase(What.SharedFile, R, R | W | X, true, true, true)]
    [TestCase(What.SharedFile, R, R | X, true, false, false)]
    [TestCase(What.SharedFile, None, R | W | X, false, false, false)]
    public void Rights(What what, Access protection, Access maximum, bool reads, bool writes, bool fileChanges)
    {
        using var process = new TestProcess();
        var file = new TestFile(Enumerable.Repeat((byte)'f', (int)Page).ToArray());
        if (what == What.Anonymous)
            process.Map.Insert(Area, Area + Page, new VmMapping(null, 0, protection, maximum, EntryFlags.None, Inheritance.Copy));
        else
            process.MapFile(file, 1, protection, maximum, shared: what == What.SharedFile);
        byte before = what == What.Anonymous ? (byte)0 : (byte)'f';

        var buffer = new byte[4];
        Assert.That(process.Vm.ReadWrite(Area + 8, buffer, write: false, out int transferred), Is.EqualTo(reads ? Errno.None : Errno.EFAULT));
        Assert.That(transferred, Is.EqualTo(reads ? 4 : 0));
        Assert.That(buffer, Is.All.EqualTo(reads ? before : 0));

        Assert.That(process.Vm.ReadWrite(Area + 8, "peek"u8.ToArray(), write: true, out transferred), Is.EqualTo(writes ? Errno.None : Errno.EFAULT));
        Assert.That(transferred, Is.EqualTo(writes ? 4 : 0));
        Assert.That(process.Map.Lookup(Area)!.Protection, Is.EqualTo(protection), "the entry's protection stays");
        if (reads)
        {
            process.Vm.ReadWrite(Area + 8, buffer, write: false, out _);
            Assert.That(buffer, Is.EqualTo(writes ? "peek"u8.ToArray() : [before, before, before, before]));
        }
        Assert.That(process.Store(Area, 1), Is.EqualTo((protection & W) != 0 ? FaultResult.Resolved : FaultResult.ProtectionFailure),
            "the program's own right to write is what it was");
        VnodePager.Flush(file);
        Assert.That(file.Bytes[8..12], Is.EqualTo(fileChanges ? "peek"u8.ToArray() : "ffff"u8.ToArray()));
    }

    [Test]
    public void APageMappedReadOnlyShowsTheDebuggersBytesToTheProgram()
    {
        using var process = new TestProcess();
        process.MapFile(new TestFile(new byte[Page]), 1, R | X, Access.All, shared: false);
        Assert.That(process.Load(Area), Is.Zero);
        process.Vm.ReadWrite(Area, [0xcc], write: true, out _);
        Assert.That(process.Load(Area), Is.EqualTo(0xcc));
    }

    [Test]
    public void AnotherProcessDoesNotSeeAPrivateCopy()
    {
        using var process = new TestProcess();
        process.MapFile(new TestFile(new byte[Page]), 1, R | X, Access.All, shared: false);
        process.Load(Area);
        using var child = process.Fork();
        child.Load(Area);
        process.Vm.ReadWrite(Area, [0xcc], write: true, out _);
        Assert.That(child.Load(Area), Is.Zero);
        child.Vm.ReadWrite(Area, [0xcd], write: true, out _);
        Assert.That((process.Load(Area), child.Load(Area)), Is.EqualTo(((byte)0xcc, (byte)0xcd)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void BytesBeforeTheBadPageAreTransferred(bool write)
    {
        using var process = new TestProcess();
        process.Mmap(Area, 2 * Page, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE | MAP_FIXED);
        process.Store(Area + 2 * Page - 2, (byte)'a');
        process.Store(Area + 2 * Page - 1, (byte)'b');
        var buffer = "xyz!"u8.ToArray();
        Assert.That(process.Vm.ReadWrite(Area + 2 * Page - 2, buffer, write, out int transferred), Is.EqualTo(Errno.EFAULT));
        Assert.That(transferred, Is.EqualTo(2));
        Assert.That(buffer, Is.EqualTo(write ? "xyz!"u8.ToArray() : "abz!"u8.ToArray()));
        Assert.That(process.Load(Area + 2 * Page - 1), Is.EqualTo((byte)(write ? 'y' : 'b')));
    }

    [Test]
    public void CrossesPages()
    {
        using var process = new TestProcess();
        process.Mmap(Area, 3 * Page, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE | MAP_FIXED);
        var bytes = new byte[2 * Page];
        new Random(1).NextBytes(bytes);
        Assert.That(process.Vm.ReadWrite(Area + 100, bytes, write: true, out int transferred), Is.EqualTo(Errno.None));
        Assert.That(transferred, Is.EqualTo(bytes.Length));
        var read = new byte[bytes.Length];
        process.Vm.ReadWrite(Area + 100, read, write: false, out _);
        Assert.That(read, Is.EqualTo(bytes));
    }

    [Test]
    public void AnEmptyTransferProbesThePage()
    {
        using var process = new TestProcess();
        process.Mmap(Area, Page, PROT_READ, MAP_ANON | MAP_PRIVATE | MAP_FIXED);
        Assert.That(process.Vm.ReadWrite(Area, [], write: false, out _), Is.EqualTo(Errno.None));
        Assert.That(process.Vm.ReadWrite(Area + Page, [], write: false, out _), Is.EqualTo(Errno.EFAULT));
        process.Mprotect(Area, Page, PROT_NONE);
        Assert.That(process.Vm.ReadWrite(Area, [], write: false, out _), Is.EqualTo(Errno.EFAULT));
    }

    [TestCase(0UL)]
    [TestCase(0x7ffffffff000UL)]
    [TestCase(0x800000000000UL)]
    [TestCase(0xffffffff80000000UL)]
    [TestCase(ulong.MaxValue - 1)]
    public void NothingIsThere(ulong address)
    {
        using var process = new TestProcess();
        Assert.That(process.Vm.ReadWrite(address, new byte[4], write: false, out _), Is.EqualTo(Errno.EFAULT));
        Assert.That(process.Vm.ReadWrite(address, new byte[4], write: true, out _), Is.EqualTo(Errno.EFAULT));
    }

    [Test]
    public void AStackDoesNotGrowForADebugger()
    {
        using var process = new TestProcess();
        process.Mmap(Area, 1 << 20, PROT_READ | PROT_WRITE, MAP_STACK | MAP_PRIVATE | MAP_FIXED);
        ulong below = process.Map.Entries[1].Start - 8;
        Assert.That(process.Vm.ReadWrite(below, new byte[4], write: false, out _), Is.EqualTo(Errno.EFAULT));
        Assert.That(process.Vm.ReadWrite(below, new byte[4], write: true, out _), Is.EqualTo(Errno.EFAULT));
        Assert.That(process.Load(below), Is.Zero, "but for the program");
    }

    [Test]
    public void ShortMemoryIsEnomem()
    {
        using var process = new TestProcess(memory: 2 * (long)Page);
        process.Mmap(Area, 3 * Page, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE | MAP_FIXED);
        Assert.That(process.Vm.ReadWrite(Area, new byte[3 * Page], write: true, out int transferred), Is.EqualTo(Errno.ENOMEM));
        Assert.That(transferred, Is.EqualTo(2 * (int)Page));
    }
}
