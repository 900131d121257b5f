using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Syscalls;

/// <summary>Permissions, owners, times and kinds of files, and what getfsstat(2) tells of file systems.</summary>
[TestFixture]
internal sealed class AttributeTests
{
    private const ulong Data = TestMemory.Base, Here = unchecked((ulong)AT_FDCWD), Same = uint.MaxValue;
    private const long Now = -1, Omit = -2, Day = 86_400_000_000_000;

    private World _world = null!;
    private ulong _file;

    [SetUp]
    public void MakeFile()
    {
        _world = new World();
        _file = _world.Open("/tmp/file", O_CREAT | O_RDWR, 0x1ed);
    }

    private void Times(string call, timespec accessed, timespec modified, Errno expected = None, ulong flag = 0)
    {
        _world.Memory.Set(Data, accessed);
        _world.Memory.Set(Data + timespec.Bytes, modified);
        var error = call == "futimens" ? _world.Call(call, _file, Data) : _world.Call(call, Here, _world.Memory.Text("/tmp/file"), Data, flag);
        Assert.That(error, Is.EqualTo(expected));
    }

    [Test]
    public void Only_root_gives_a_file_away()
    {
        Assert.That(_world.Path("chown", "/tmp/file", 5, Same), Is.EqualTo(EPERM));
        Assert.That(_world.Path("chown", "/tmp/file", Same, 5), Is.EqualTo(EPERM), "a group that the owner is not in");
        Assert.That(_world.Path("chmod", "/tmp/file", 0x9ed), Is.EqualTo(None));
        Assert.That(_world.Path("chown", "/tmp/file", Process.ProgramUser, Process.ProgramUser), Is.EqualTo(None));
        Assert.That(_world.Stat("/tmp/file").st_mode & 0xfff, Is.EqualTo(0x1ed), "set-user-ID is gone");
        _world.Process.UserId = 0;
        Assert.That(_world.Call("fchown", _file, 5, 6), Is.EqualTo(None));
        Assert.That((_world.Stat("/tmp/file").st_uid, _world.Stat("/tmp/file").st_gid), Is.EqualTo((5u, 6u)));
        Assert.That(_world.Call("fchownat", Here, _world.Memory.Text("/tmp/file"), Same, 7, 1), Is.EqualTo(EINVAL));
        Assert.That((_world.Call("pipe2", Data, 0), _world.Call("fchown", _world.Memory.Get<uint>(Data), 5, 6)), Is.EqualTo((None, EINVAL)), "a pipe");
    }

    [Test]
    public void Links_have_owners_and_times_of_their_own()
    {
        _world.Process.UserId = 0;
        _world.Path("symlink", "/tmp/file", _world.Memory.Text("/tmp/link"));
        Assert.That(_world.Path("lchown", "/tmp/link", 9, 9), Is.EqualTo(None));
        Assert.That((_world.Stat("/tmp/link", follow: false).st_uid, _world.Stat("/tmp/file").st_uid), Is.EqualTo((9u, Process.ProgramUser)));
        _world.Memory.Set(Data, new timeval(1, 2));
        _world.Memory.Set(Data + timeval.Bytes, new timeval(3, 4));
        Assert.That(_world.Path("lutimes", "/tmp/link", Data), Is.EqualTo(None));
        Assert.That(_world.Stat("/tmp/link", follow: false).st_mtim, Is.EqualTo(new timespec(3, 4000)));
        Assert.That(_world.Stat("/tmp/file").st_mtim, Is.Not.EqualTo(new timespec(3, 4000)));
    }

    [Test]
    public void Sticky_files_and_strange_groups_are_refused()
    {
        Assert.That(_world.Path("chmod", "/tmp/file", 0x3ed), Is.EqualTo(EFTYPE));
        Assert.That(_world.Path("mkdir", "/tmp/dir", 0x1ff), Is.EqualTo(None));
        Assert.That(_world.Path("chmod", "/tmp/dir", 0x3ff), Is.EqualTo(None));
        _world.Process.UserId = 0;
        _world.Path("chown", "/tmp/file", Process.ProgramUser, 5);
        _world.Process.UserId = Process.ProgramUser;
        Assert.That(_world.Path("chmod", "/tmp/file", 0x5ed), Is.EqualTo(EPERM), "set-group-ID for a group that the caller is not in");
    }

    [Test]
    public void Times_are_set_left_or_now()
    {
        Times("utimensat", new(1, 2), new(3, 4));
        Assert.That((_world.Stat("/tmp/file").st_atim, _world.Stat("/tmp/file").st_mtim), Is.EqualTo((new timespec(1, 2), new timespec(3, 4))));
        Assert.That(_world.Stat("/tmp/file").st_birthtim, Is.EqualTo(new timespec(3, 4)), "no younger than its contents");
        Times("futimens", new(7, Omit), new(9, 9));
        Assert.That((_world.Stat("/tmp/file").st_atim, _world.Stat("/tmp/file").st_mtim), Is.EqualTo((new timespec(1, 2), new timespec(9, 9))));
        Times("utimensat", new(7, Now), new(7, Omit));
        Assert.That(_world.Stat("/tmp/file").st_atim, Is.EqualTo(timespec.Of(_world.Kernel.RealTime)));
        Times("utimensat", new(0, 1_000_000_000), new(0, 0), EINVAL);
        Times("utimensat", new(0, 0), new(0, 0), EINVAL, flag: 1);
        Assert.That(_world.Path("utimes", "/tmp/file", 0), Is.EqualTo(None));
        Assert.That(_world.Stat("/tmp/file").st_mtim, Is.EqualTo(timespec.Of(_world.Kernel.RealTime)));
    }

    [Test]
    public void Who_may_write_may_say_now_and_nothing_else()
    {
        _world.Path("chmod", "/tmp/file", 0x1b6);
        _world.Process.UserId = 77;
        Times("utimensat", new(1, 2), new(3, 4), EPERM);
        Times("utimensat", new(0, Now), new(0, Now));
        _world.Process.UserId = Process.ProgramUser;
        _world.Path("chmod", "/tmp/file", 0x1a4);
        _world.Process.UserId = 77;
        Times("utimensat", new(0, Now), new(0, Now), EACCES);
        Times("utimensat", new(0, Omit), new(0, Omit));
    }

    [Test]
    public void Access_asks_for_the_real_user_and_eaccess_for_the_effective_one()
    {
        _world.Path("chmod", "/tmp/file", 0x180);
        _world.Process.Credentials = Credentials.Of(77, 77) with { UserId = Process.ProgramUser };
        Assert.That(_world.Path("access", "/tmp/file", R_OK), Is.EqualTo(EACCES));
        Assert.That(_world.Path("eaccess", "/tmp/file", R_OK), Is.EqualTo(None));
        Assert.That(_world.Call("faccessat", Here, _world.Memory.Text("/tmp/file"), R_OK, AT_EACCESS), Is.EqualTo(None));
        Assert.That(_world.Call("faccessat", Here, _world.Memory.Text("/tmp/file"), R_OK, 0), Is.EqualTo(EACCES));
    }

    [Test]
    public void Any_of_the_groups_opens_a_file()
    {
        _world.Process.UserId = 0;
        _world.Path("chown", "/tmp/file", 0, 5);
        _world.Path("chmod", "/tmp/file", 0x1a0);
        _world.Process.Credentials = Credentials.Of(77, 77);
        Assert.That(_world.Path("eaccess", "/tmp/file", R_OK), Is.EqualTo(EACCES));
        _world.Process.Credentials = _world.Process.Credentials with { Groups = [77, 4, 5] };
        Assert.That(_world.Path("eaccess", "/tmp/file", R_OK), Is.EqualTo(None));
    }

    [Test]
    public void Room_is_made_for_a_file_or_not_at_all()
    {
        Assert.That((_world.Call("posix_fallocate", _file, 100, 1000), _world.Value), Is.EqualTo((None, 0L)));
        Assert.That(_world.Stat("/tmp/file").st_size, Is.EqualTo(1100));
        foreach (var (offset, length, expected) in new[] { (0L, 0L, EINVAL), (-1, 1, EINVAL), (long.MaxValue, 1, EFBIG), (0, 1L << 40, ENOSPC) })
        {
            Assert.That(_world.Call("posix_fallocate", _file, (ulong)offset, (ulong)length), Is.EqualTo(None));
            Assert.That((Errno)_world.Value, Is.EqualTo(expected), $"{offset} {length}");
        }
        Assert.That((_world.Call("posix_fadvise", _file, 0, 0, 3), _world.Value), Is.EqualTo((None, 0L)));
        Assert.That((_world.Call("posix_fadvise", _file, 0, 0, 6), (Errno)_world.Value), Is.EqualTo((None, EINVAL)));
    }

    [Test]
    public void File_systems_are_listed_in_both_forms()
    {
        Assert.That((_world.Call("getfsstat", 0, 0, 2), _world.Value), Is.EqualTo((None, 3L)), "the root in memory, /dev and /proc");
        Assert.That((_world.Call("getfsstat", Data, 3000, 2), _world.Value), Is.EqualTo((None, 1L)), "room for one");
        Assert.That((_world.Memory.Get<uint>(Data), _world.Memory.GetText(Data + 1320)), Is.EqualTo((statfs.STATFS_VERSION, "/")));
        Assert.That((_world.Call("freebsd11_getfsstat", Data, 5000, 1), _world.Value), Is.EqualTo((None, 3L)));
        Assert.That(_world.Memory.GetText(Data + 472 + 384), Is.EqualTo("/dev"));
        Assert.That(_world.Call("getfsstat", Data, 5000, 9), Is.EqualTo(EINVAL));
        Assert.That(_world.Path("freebsd11_statfs", "/dev/null", Data), Is.EqualTo(None));
        Assert.That(_world.Memory.GetText(Data + 280), Is.EqualTo("devfs"));
    }

    [Test]
    public void The_real_day_is_kept_when_a_second_is_too_many()
    {
        Times("utimensat", new(long.MaxValue, 0), new(-1, 999_999_999));
        Assert.That(_world.Stat("/tmp/file").st_mtim, Is.EqualTo(new timespec(-1, 999_999_999)));
        Assert.That(_world.Stat("/tmp/file").st_atim.tv_sec, Is.GreaterThan(Day / 1_000_000_000));
    }
}
