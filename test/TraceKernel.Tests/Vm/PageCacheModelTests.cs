using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Machine.Memory;
using TraceKernel.Syscalls;
using TraceKernel.Vm;
using static TraceKernel.Abi.Fcntl;
using static TraceKernel.Abi.Mman;
using static TraceKernel.Tests.Vm.TestProcess;

namespace TraceKernel.Tests.Vm;

/// <summary>
/// Two processes read, write, cut, map and unmap one file in random order; both see what an array of bytes says, and so does the host.
/// </summary>
[TestFixture]
internal sealed class PageCacheModelTests
{
    private const int Pages = 5, Bytes = Pages * (int)Page;
    private const ulong Shared = Area, Private = Area + 0x100000;

    private string _root = null!;

    [SetUp]
    public void MakeRoot() => _root = Directory.CreateTempSubdirectory("gdbstub-cache").FullName;

    [TearDown]
    public void RemoveRoot() => Directory.Delete(_root, recursive: true);

    /// <summary>A process with its own open file; of private pages that it has changed, the bytes that only it sees.</summary>
    private sealed class Side(TestProcess process, OpenFile file)
    {
        public TestProcess Process { get; } = process;
        public OpenFile File { get; } = file;
        public byte[]?[] Copies { get; } = new byte[]?[Pages];
        public bool IsMapped { get; set; }
    }

    private readonly byte[] _model = new byte[Bytes];
    private int _size;

    [Test]
    public void Both_ways_to_a_file_show_the_same_bytes([Range(1, 40)] int seed, [Values] bool onHost)
    {
        Array.Clear(_model);
        _size = 0;
        var random = new Random(seed);
        using var first = new TestProcess(root: onHost ? _root : null);
        using var second = first.Beside();
        var (one, other) = (new Side(first, Open(first, O_RDWR | O_CREAT)), new Side(second, Open(second, O_RDWR)));
        for (var step = 0; step < 500; step++)
        {
            var where = $"seed {seed}, step {step}";
            var side = random.Next(2) == 0 ? one : other;
            if (random.Next(3) == 0) Look(random, side, where);
            else Change(random, side, onHost, where);
        }
        foreach (var side in new[] { one, other })
        {
            CheckRead(side, 0, Bytes, $"seed {seed}, at the end");
            Unmap(side);
        }
        if (onHost) Assert.That(File.ReadAllBytes(Path.Combine(_root, "file")), Is.EqualTo(_model[.._size]), $"seed {seed}: what the host has");
        one.File.Release();
        other.File.Release();
        Assert.That(first.Kernel.Memory.FramesInUse, Is.Zero, $"seed {seed}: all frames came back");
    }

    private static OpenFile Open(TestProcess process, int flags)
    {
        process.Process.UserId = 0;
        Assert.That(process.Kernel.FileSystem.Open(new PathArgument(process.Process, AT_FDCWD, "/file"), flags, 0x1b6, out var file), Is.EqualTo(Errno.None));
        return file;
    }

    private void Change(Random random, Side side, bool onHost, string where)
    {
        var file = (RegularVnode)side.File.Target;
        int offset = random.Next(Bytes), length = random.Next(1, Math.Min(6000, Bytes - offset) + 1), page = offset / (int)Page;
        var bytes = new byte[length];
        random.NextBytes(bytes);
        switch (random.Next(10))
        {
            case 0 or 1:
                Assert.That(file.Write(side.File, offset, bytes, out var count), Is.EqualTo(Errno.None), where);
                Assert.That(count, Is.EqualTo(length), where);
                bytes.CopyTo(_model, offset);
                _size = Math.Max(_size, offset + length);
                break;
            case 2 or 3:
                Assert.That(file.Truncate(offset), Is.EqualTo(Errno.None), where);
                if (offset < _size) Array.Clear(_model, offset, Bytes - offset);
                _size = offset;
                break;
            case 4:
                Assert.That(file.Allocate(offset, length), Is.EqualTo(Errno.None), where);
                _size = Math.Max(_size, offset + length);
                break;
            case 5 when side.IsMapped:
                Assert.That(side.Process.Call(MemoryCalls.Msync, Shared + (ulong)page * Page, Page, MS_SYNC), Is.EqualTo(Errno.None), where);
                break;
            case 6:
                if (side.IsMapped) Unmap(side);
                else Map(side);
                break;
            case 7 when side.IsMapped:
                StorePrivate(side, page, offset % (int)Page, bytes[0], where);
                break;
            default:
                // Bytes behind the end belong to a file in memory when it grows; of a host's they may be lost before.
                if (side.IsMapped && (!onHost || offset < _size || page >= PagesOfFile)) StoreShared(side, offset, bytes[0], where);
                break;
        }
    }

    private int PagesOfFile => (_size + (int)Page - 1) / (int)Page;

    private void StoreShared(Side side, int offset, byte value, string where)
    {
        var inside = offset / (int)Page < PagesOfFile;
        Assert.That(side.Process.Store(Shared + (ulong)offset, value), Is.EqualTo(inside ? FaultResult.Resolved : FaultResult.OutOfBounds), where);
        if (inside) _model[offset] = value;
    }

    private void StorePrivate(Side side, int page, int inPage, byte value, string where)
    {
        var inside = page < PagesOfFile || side.Copies[page] is not null;
        Assert.That(side.Process.Store(Private + (ulong)page * Page + (ulong)inPage, value), Is.EqualTo(inside ? FaultResult.Resolved : FaultResult.OutOfBounds), where);
        if (!inside) return;
        side.Copies[page] ??= _model[(page * (int)Page)..((page + 1) * (int)Page)];
        side.Copies[page]![inPage] = value;
    }

    private void Look(Random random, Side side, string where)
    {
        int offset = random.Next(Bytes), page = offset / (int)Page;
        switch (random.Next(3))
        {
            case 0:
                CheckRead(side, offset, random.Next(1, 9000), where);
                break;
            case 1 when side.IsMapped:
                CheckLoad(side, Shared + (ulong)offset, page < PagesOfFile ? _model[offset] : null, where);
                break;
            case 2 when side.IsMapped:
                CheckLoad(side, Private + (ulong)offset, side.Copies[page]?[offset % (int)Page] ?? (page < PagesOfFile ? _model[offset] : null), where);
                break;
        }
    }

    private static void CheckLoad(Side side, ulong address, byte? expected, string where)
    {
        var result = side.Process.Load(address, out var value);
        Assert.That(result, Is.EqualTo(expected is null ? FaultResult.OutOfBounds : FaultResult.Resolved), where);
        if (expected is { } known) Assert.That(value, Is.EqualTo(known), where);
    }

    private void CheckRead(Side side, int offset, int length, string where)
    {
        var bytes = new byte[length];
        Assert.That(side.File.Target.Read(side.File, offset, bytes, out var count), Is.EqualTo(Errno.None), where);
        var expected = offset >= _size ? [] : _model[offset..Math.Min(_size, offset + length)];
        Assert.That(bytes[..count], Is.EqualTo(expected), where);
    }

    private static void Map(Side side)
    {
        var file = (IBackingFile)side.File.Target;
        foreach (var (start, flags, inheritance) in new[]
        {
            (Shared, EntryFlags.None, Inheritance.Share), (Private, EntryFlags.CopyOnWrite | EntryFlags.NeedsCopy, Inheritance.Copy),
        })
        {
            var pages = VnodePager.Allocate(side.Process.Kernel.Memory, file);
            var mapping = new VmMapping(pages, 0, Access.ReadWrite, Access.All, flags, inheritance);
            Assert.That(side.Process.Map.Insert(start, start + Bytes, mapping), Is.EqualTo(KernReturn.Success));
            pages.Release();
        }
        side.IsMapped = true;
    }

    private static void Unmap(Side side)
    {
        side.Process.Munmap(Shared, Bytes);
        side.Process.Munmap(Private, Bytes);
        Array.Clear(side.Copies);
        side.IsMapped = false;
    }

    [Test]
    public void A_mapped_file_without_a_name_keeps_its_bytes_until_it_is_unmapped([Values] bool onHost)
    {
        using var process = new TestProcess(root: onHost ? _root : null);
        var side = new Side(process, Open(process, O_RDWR | O_CREAT));
        var before = process.Kernel.FileSystem.Budget.Bytes;
        Assert.That(side.File.Target.Write(side.File, 0, [1, 2, 3], out _), Is.EqualTo(Errno.None));
        Map(side);
        Assert.That(process.Kernel.FileSystem.Unlink(new PathArgument(process.Process, AT_FDCWD, "/file")), Is.EqualTo(Errno.None));
        side.File.Release();
        Assert.That(process.Load(Shared + 2), Is.EqualTo(3));
        Assert.That(process.Kernel.FileSystem.Budget.Bytes, onHost ? Is.EqualTo(before) : Is.GreaterThan(before), "it is counted as long as it is there");
        Unmap(side);
        Assert.That(process.Kernel.FileSystem.Budget.Bytes, Is.EqualTo(before));
    }

    [Test]
    public void A_page_for_which_the_file_has_no_room_cannot_be_changed()
    {
        using var process = new TestProcess();
        process.MapFile(new TestFile(new byte[Page]) { HasRoom = false }, 1, Access.ReadWrite, Access.All, shared: true);
        Assert.That(process.Load(Area), Is.Zero);
        Assert.That(process.Store(Area, 1), Is.EqualTo(FaultResult.OutOfMemory));
    }

    [Test]
    public void A_page_that_cannot_be_written_back_stays_changed()
    {
        using var process = new TestProcess();
        var file = new TestFile(new byte[Page]) { WriteError = Errno.EIO };
        process.MapFile(file, 1, Access.ReadWrite, Access.All, shared: true);
        process.Store(Area, 1);
        Assert.That(process.Call(MemoryCalls.Msync, Area, Page, MS_SYNC), Is.EqualTo(Errno.EIO));
        file.WriteError = Errno.None;
        Assert.That(process.Call(MemoryCalls.Msync, Area, Page, MS_SYNC), Is.EqualTo(Errno.None));
        Assert.That(file.Bytes[0], Is.EqualTo(1));
    }

    [Test]
    public void A_host_file_is_right_after_fsync_after_sync_and_when_the_machine_ends()
    {
        var process = new TestProcess(root: _root);
        var side = new Side(process, Open(process, O_RDWR | O_CREAT));
        side.File.Target.Truncate((long)Page);
        process.Process.Files.Add(side.File, out var descriptor);
        Map(side);
        process.Kernel.Add(process.Process);
        foreach (var (value, settle) in new (byte, Action)[]
        {
            (1, () => process.Call(FileCalls.fsync, (ulong)descriptor)),
            (2, () => process.Call(FileSystemCalls.sync)),
            (3, process.Kernel.Dispose),
        })
        {
            process.Store(Shared + 7, value);
            settle();
            Assert.That(File.ReadAllBytes(Path.Combine(_root, "file"))[7], Is.EqualTo(value));
        }
    }
}
