using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Syscalls;

/// <summary>Calls of FreeBSD 4 to 12 that a GENERIC kernel of 13 keeps, against those of today.</summary>
[TestFixture]
internal sealed class CompatTests
{
    private const ulong Data = TestMemory.Base, Pad = 0xdeadbeef;

    private World _world = null!;

    [SetUp]
    public void MakeWorld() => _world = new World();

    // Numbers of FreeBSD 13, sys/kern/syscalls.master, and the last release whose programs make the call.
    [TestCase("freebsd4_getfsstat", 18, 3, 4)]
    [TestCase("freebsd10_pipe", 42, 0, 10)]
    [TestCase("freebsd11_vadvise", 72, 1, 11)]
    [TestCase("freebsd6_pread", 173, 5, 6)]
    [TestCase("freebsd6_mmap", 197, 7, 6)]
    [TestCase("freebsd11_getdents", 272, 3, 11)]
    [TestCase("freebsd11_nlstat", 280, 2, 11)]
    [TestCase("freebsd4_sigreturn", 344, 1, 4)]
    [TestCase("freebsd10__umtx_lock", 434, 1, 10)]
    [TestCase("freebsd12_shm_open", 482, 3, 12)]
    [TestCase("freebsd12_closefrom", 509, 1, 12)]
    [TestCase("getdirentries", 554, 4, 0)]
    public void Numbers_arguments_and_releases(string name, int number, int arguments, int release)
    {
        var attribute = World.Handlers().Single(handler => handler.Attribute.Name == name).Attribute;
        Assert.That((attribute.Number, attribute.ArgumentCount, attribute.LastRelease), Is.EqualTo(((uint)number, arguments, release)));
    }

    // sys/amd64/conf/GENERIC has COMPAT_FREEBSD4 and later, sys/arm64/conf/GENERIC COMPAT_FREEBSD11; neither has COMPAT_43.
    [TestCase(4, 164U, ExpectedResult = EFAULT)]
    [TestCase(11, 164U, ExpectedResult = ENOSYS)]
    [TestCase(11, 42U, ExpectedResult = ENOSYS)]
    [TestCase(11, 72U, ExpectedResult = EINVAL)]
    [TestCase(4, 38U, ExpectedResult = ENOSYS)]
    public Errno Which_a_kernel_keeps_depends_on_its_architecture(int oldest, uint number)
    {
        TestArchitecture.Oldest = oldest;
        try
        {
            return SyscallTable.Shared.Run(new SystemCall(_world.Lwp, _world.Memory) { Code = number }).AsTask().Result;
        }
        finally
        {
            TestArchitecture.Oldest = 4;
        }
    }

    [Test]
    public void FreeBSD_6_has_an_argument_before_each_offset()
    {
        var file = _world.Open("/tmp/f", O_CREAT | O_RDWR);
        _world.Memory.Set(Data, 0x64636261U);
        Assert.That((_world.Call("freebsd6_pwrite", file, Data, 4, Pad, 2), _world.Value), Is.EqualTo((None, 4L)));
        Assert.That((_world.Call("freebsd6_pread", file, Data + 8, 4, Pad, 3), _world.Value), Is.EqualTo((None, 3L)));
        Assert.That(_world.Memory.Get<uint>(Data + 8), Is.EqualTo(0x646362U));
        Assert.That((_world.Call("freebsd6_lseek", file, Pad, 1, SEEK_END), _world.Value), Is.EqualTo((None, 7L)));
        Assert.That(_world.Call("freebsd6_ftruncate", file, Pad, 3), Is.EqualTo(None));
        Assert.That(_world.Stat("/tmp/f").st_size, Is.EqualTo(3));
        Assert.That(_world.Path("freebsd6_truncate", "/tmp/f", Pad, 9), Is.EqualTo(None));
        Assert.That(_world.Stat("/tmp/f").st_size, Is.EqualTo(9));
        Assert.That(_world.Call("freebsd6_pread", file, Data, 4, Pad, ulong.MaxValue), Is.EqualTo(EINVAL));
    }

    [Test]
    public void Nstat_has_32_bit_numbers_and_a_wider_mode()
    {
        _world.Open("/tmp/f", O_CREAT | O_RDWR);
        Assert.That(_world.Path("symlink", "f", _world.Memory.Text("/tmp/l")), Is.EqualTo(None));
        var expected = _world.Stat("/tmp/f");
        Assert.That(_world.Path("freebsd11_nstat", "/tmp/l", Data), Is.EqualTo(None));
        var actual = _world.Memory.Get<nstat>(Data);
        Assert.That(((ulong)actual.st_dev, (ulong)actual.st_ino, actual.st_mode, actual.st_mtim),
            Is.EqualTo((expected.st_dev, expected.st_ino, (uint)expected.st_mode, expected.st_mtim)));
        Assert.That(_world.Path("freebsd11_nlstat", "/tmp/l", Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<nstat>(Data).st_mode & FileModes.S_IFMT, Is.EqualTo(FileModes.S_IFLNK));
        Assert.That(_world.Call("freebsd11_nfstat", 99, Data), Is.EqualTo(EBADF));
    }

    // freebsd11_cvtstat of vfs_syscalls.c.
    [TestCase(0, 5U, 2)]
    [TestCase(2, uint.MaxValue, 65535)]
    public void Numbers_that_do_not_fit(int truncation, uint number, int links)
    {
        var error = freebsd11_stat.Convert(new stat { st_ino = (7UL << 32) + 5, st_nlink = 65538 }, truncation, out var old);
        Assert.That((error, old.st_ino, (int)old.st_nlink), Is.EqualTo((None, number, links)));
    }

    [Test]
    public void Numbers_that_do_not_fit_can_be_an_error()
    {
        foreach (var stat in new stat[] { new() { st_ino = 1UL << 32 }, new() { st_dev = 1UL << 32 }, new() { st_rdev = 1UL << 32 }, new() { st_nlink = 65536 } })
            Assert.That(freebsd11_stat.Convert(stat, 1, out _), Is.EqualTo(EOVERFLOW));
        Assert.That(freebsd11_stat.Convert(new stat { st_ino = uint.MaxValue, st_nlink = 65535 }, 1, out _), Is.EqualTo(None));
    }

    // freebsd11_kern_getdirentries: entries are read in today's form first, 32 bytes each here, and then shortened.
    [Test]
    public void Old_listings_hold_as_many_entries_as_new_ones()
    {
        _world.Open("/tmp/f", O_CREAT | O_RDWR);
        var directory = _world.Open("/tmp", O_RDONLY);
        Assert.That(_world.Call("freebsd11_getdents", directory, Data, 31), Is.EqualTo(EINVAL));
        Assert.That((_world.Call("freebsd11_getdents", directory, Data, 64), _world.Value), Is.EqualTo((None, 24L)), ". and ..");
        Assert.That((_world.Call("freebsd11_getdirentries", directory, Data, 64, 0), _world.Value), Is.EqualTo((None, 12L)), "f");
    }

    // struct ostatfs: 304 bytes, f_type at 76, f_fstypename at 104, f_mntonname at 120.
    [Test]
    public void FreeBSD_4_statfs()
    {
        Assert.That(_world.Path("freebsd4_statfs", "/dev/null", Data), Is.EqualTo(None));
        Assert.That((_world.Memory.GetText(Data + 104), _world.Memory.GetText(Data + 120), _world.Memory.GetText(Data + 210)),
            Is.EqualTo(("devfs", "/dev", "devfs")));
        Assert.That((_world.Call("freebsd4_getfsstat", Data, 303, 2), _world.Value), Is.EqualTo((None, 3L)), "no room: how many there are");
        Assert.That((_world.Call("freebsd4_getfsstat", Data, 304, 2), _world.Value), Is.EqualTo((None, 1L)));
        Assert.That(_world.Call("freebsd4_getfsstat", 0, 304, 2), Is.EqualTo(EFAULT));
        Assert.That(_world.Call("freebsd4_getfsstat", Data, 304, 0), Is.EqualTo(EINVAL));
    }

    // freebsd4_uname: five names of 32 bytes.
    [Test]
    public void FreeBSD_4_uname()
    {
        Assert.That(_world.Call("freebsd4_uname", Data), Is.EqualTo(None));
        Assert.That((_world.Memory.GetText(Data), _world.Memory.GetText(Data + 128)), Is.EqualTo(("FreeBSD", "amd64")));
        Assert.That((_world.Call("freebsd4_getdomainname", Data, 0), _world.Call("freebsd4_getdomainname", Data, 64)), Is.EqualTo((ENOMEM, None)));
        Assert.That(_world.Call("freebsd4_setdomainname", Data, ulong.MaxValue), Is.EqualTo(EINVAL));
    }

    // A long with the owner's number and, in its sign bit, that somebody waits.
    [Test]
    public void The_lock_of_FreeBSD_6_holds_its_owner()
    {
        var id = (ulong)_world.Lwp.Tid;
        Assert.That((_world.Call("freebsd10__umtx_lock", Data), _world.Memory.Get<ulong>(Data)), Is.EqualTo((None, id)));
        Assert.That((_world.Call("freebsd10__umtx_unlock", Data), _world.Memory.Get<ulong>(Data)), Is.EqualTo((None, 0UL)));
        _world.Memory.Set(Data, 1UL << 63);
        Assert.That((_world.Call("freebsd10__umtx_lock", Data), _world.Memory.Get<ulong>(Data)), Is.EqualTo((None, id | 1UL << 63)));
        _world.Memory.Set(Data, id + 1);
        Assert.That(_world.Call("freebsd10__umtx_unlock", Data), Is.EqualTo(EPERM));
        Assert.That(_world.Call("freebsd10__umtx_lock", TestMemory.Nowhere), Is.EqualTo(EFAULT));
    }
}
