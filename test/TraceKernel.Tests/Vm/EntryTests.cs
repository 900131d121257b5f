using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using static TraceKernel.Abi.Mman;
using static TraceKernel.Tests.Vm.TestProcess;

namespace TraceKernel.Tests.Vm;

/// <summary>PT_VM_ENTRY and PT_VM_TIMESTAMP as FreeBSD 13 answers them.</summary>
[TestFixture]
internal sealed class EntryTests
{
    private readonly byte[] _path = new byte[1024];

    private static TestProcess WithThreeEntries()
    {
        var process = new TestProcess();
        process.MapFile(new TestFile(new byte[4 * Page], "/bin/program"), 2, Access.Read | Access.Execute, Access.All, shared: false, offset: Page);
        process.Mmap(Area + 4 * Page, Page, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE | MAP_FIXED);
        process.Mmap(Area + 8 * Page, Page, PROT_NONE, MAP_GUARD | MAP_FIXED);
        return process;
    }

    // Index asked for: error, index answered, start, inclusive end, protection.
    [TestCase(0, Errno.None, 1, Area, Area + 2 * Page - 1, 5u)]
    [TestCase(1, Errno.None, 2, Area + 4 * Page, Area + 5 * Page - 1, 3u)]
    [TestCase(2, Errno.None, 3, Area + 8 * Page, Area + 9 * Page - 1, 0u)]
    [TestCase(-1, Errno.None, 1, Area, Area + 2 * Page - 1, 5u)]
    [TestCase(int.MinValue, Errno.None, 1, Area, Area + 2 * Page - 1, 5u)]
    [TestCase(3, Errno.ENOENT, 3, 0UL, 0UL, 0u)]
    [TestCase(4, Errno.EINVAL, 4, 0UL, 0UL, 0u)]
    [TestCase(int.MaxValue, Errno.EINVAL, int.MaxValue, 0UL, 0UL, 0u)]
    public void Walk(int asked, Errno error, int next, ulong start, ulong end, uint protection)
    {
        using var process = WithThreeEntries();
        var entry = new ptrace_vm_entry { pve_entry = asked };
        Assert.That(process.Vm.Entry(ref entry, _path), Is.EqualTo(error));
        Assert.That((entry.pve_entry, entry.pve_start, entry.pve_end, entry.pve_prot), Is.EqualTo((next, start, end, protection)));
        if (error == Errno.None)
            Assert.That(entry.pve_timestamp, Is.EqualTo(process.Vm.Timestamp));
    }

    [Test]
    public void WithoutRoomForAPathNothingIsSaidOfTheFile()
    {
        using var process = WithThreeEntries();
        var entry = new ptrace_vm_entry { pve_entry = 0 };
        process.Vm.Entry(ref entry, _path);
        Assert.That((entry.pve_offset, entry.pve_pathlen, entry.pve_fileid, entry.pve_fsid), Is.EqualTo((Page, 0u, -1L, uint.MaxValue)));
    }

    [Test]
    public void AFileIsNamed()
    {
        using var process = WithThreeEntries();
        var entry = new ptrace_vm_entry { pve_entry = 0, pve_pathlen = 1024 };
        Assert.That(process.Vm.Entry(ref entry, _path), Is.EqualTo(Errno.None));
        Assert.That((entry.pve_offset, entry.pve_pathlen, entry.pve_fileid, entry.pve_fsid), Is.EqualTo((Page, 13u, 42L, 7u)));
        Assert.That(Encoding.Latin1.GetString(_path, 0, 13), Is.EqualTo("/bin/program\0"));
    }

    [Test]
    public void TheOffsetOfAPrivateCopyIsStillThatInTheFile()
    {
        using var process = WithThreeEntries();
        process.Vm.ReadWrite(Area, [0xcc], write: true, out _);
        Assert.That(process.Map.Entries[0].Offset, Is.Zero, "it has an object of its own now");
        var entry = new ptrace_vm_entry { pve_entry = 0, pve_pathlen = 1024 };
        process.Vm.Entry(ref entry, _path);
        Assert.That((entry.pve_offset, entry.pve_fileid), Is.EqualTo((Page, 42L)));
        entry = new ptrace_vm_entry { pve_entry = 0 };
        process.Vm.Entry(ref entry, _path);
        Assert.That(entry.pve_offset, Is.Zero, "without a path the chain is not walked");
    }

    [TestCase(13u, Errno.None)]
    [TestCase(12u, Errno.ENAMETOOLONG)]
    [TestCase(1u, Errno.ENAMETOOLONG)]
    public void ThePathNeedsRoomWithItsNul(uint room, Errno error)
    {
        using var process = WithThreeEntries();
        var entry = new ptrace_vm_entry { pve_entry = 0, pve_pathlen = room };
        Assert.That(process.Vm.Entry(ref entry, _path), Is.EqualTo(error));
    }

    [TestCase(1)]
    [TestCase(2)]
    public void WhatHasNoFileHasNoPath(int index)
    {
        using var process = WithThreeEntries();
        process.Load(Area + 4 * Page);
        var entry = new ptrace_vm_entry { pve_entry = index, pve_pathlen = 1024 };
        Assert.That(process.Vm.Entry(ref entry, _path), Is.EqualTo(Errno.None));
        Assert.That((entry.pve_pathlen, entry.pve_fileid, entry.pve_fsid), Is.EqualTo((0u, -1L, uint.MaxValue)));
    }

    [Test]
    public void ANamelessFileStillHasItsNumbers()
    {
        using var process = new TestProcess();
        process.MapFile(new TestFile(new byte[Page], path: ""), 1, Access.Read, Access.All, shared: false);
        var entry = new ptrace_vm_entry { pve_pathlen = 1024 };
        Assert.That(process.Vm.Entry(ref entry, _path), Is.EqualTo(Errno.None));
        Assert.That((entry.pve_pathlen, entry.pve_fileid, entry.pve_fsid), Is.EqualTo((0u, 42L, 7u)));
    }

    [Test]
    public void TheTimestampTellsAChangedMap()
    {
        using var process = WithThreeEntries();
        int before = process.Vm.Timestamp;
        process.Load(Area);
        process.Vm.ReadWrite(Area, new byte[4], write: false, out _);
        Assert.That(process.Vm.Timestamp, Is.EqualTo(before), "reading pages of a file changes no map");
        process.Mprotect(Area, Page, PROT_READ);
        int protectedAt = process.Vm.Timestamp;
        process.Munmap(Area, Page);
        Assert.That(protectedAt, Is.GreaterThan(before));
        Assert.That(process.Vm.Timestamp, Is.GreaterThan(protectedAt));
    }
}
