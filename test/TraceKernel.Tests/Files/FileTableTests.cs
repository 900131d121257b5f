using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Tests.Syscalls;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Files;

/// <summary>Descriptors: dup(2), fcntl(2), close(2), fork(2) and execve(2).</summary>
[TestFixture]
internal sealed class FileTableTests
{
    private readonly World _world = new();
    private FileTable Files => _world.Process.Files;

    [SetUp]
    public void CloseAllButTerminal() => Files.CloseFrom(3, int.MaxValue);

    [Test]
    public void Lowest_free_descriptor_is_taken()
    {
        Assert.That(_world.Open("/dev/null", O_RDONLY), Is.EqualTo(3));
        Assert.That(_world.Open("/dev/null", O_RDONLY), Is.EqualTo(4));
        Assert.That(_world.Call("close", 3), Is.EqualTo(Errno.None));
        Assert.That(_world.Open("/dev/null", O_RDONLY), Is.EqualTo(3));
        Assert.That(_world.Call("close", 9), Is.EqualTo(Errno.EBADF));
        Assert.That(_world.Call("close", ulong.MaxValue), Is.EqualTo(Errno.EBADF));
    }

    [Test]
    public void A_file_for_which_there_is_no_descriptor_is_closed()
    {
        var file = new OpenFile(new Kqueue(_world.Process), O_RDWR);
        Assert.That(Files.Add(file, out _, limit: 3), Is.EqualTo(Errno.EMFILE));
        Assert.That(file.References, Is.Zero);
    }

    [Test]
    public void Duplicates_share_offset_and_flags()
    {
        var one = _world.Open("/tmp/shared", O_RDWR | O_CREAT);
        _world.Call("dup", one);
        var other = (ulong)_world.Value;
        _world.Call("write", one, _world.Memory.Text("abcdef"), 6);
        _world.Call("lseek", other, 0, SEEK_CUR);
        Assert.That(_world.Value, Is.EqualTo(6));
        _world.Call("fcntl", other, F_SETFL, O_APPEND | O_NONBLOCK | O_CREAT);
        _world.Call("fcntl", one, F_GETFL, 0);
        Assert.That(_world.Value, Is.EqualTo(O_RDWR | O_APPEND | O_NONBLOCK));
    }

    [TestCase(10, ExpectedResult = Errno.None)]
    [TestCase(FileTable.MaximumFiles, ExpectedResult = Errno.EBADF)]
    [TestCase(-1, ExpectedResult = Errno.EBADF)]
    public Errno Dup2_takes_the_number_given(int target)
    {
        var error = _world.Call("dup2", 1, (ulong)target);
        if (error == Errno.None) Assert.That(_world.Value, Is.EqualTo(target));
        return error;
    }

    [TestCase(7UL, 0, Errno.None, 7)]
    [TestCase(0UL, 0, Errno.None, 3)]
    [TestCase(ulong.MaxValue, 0, Errno.EINVAL, 0)]
    [TestCase((ulong)FileTable.MaximumFiles, 0, Errno.EINVAL, 0)]
    public void Dupfd_starts_at_its_argument(ulong minimum, int _, Errno error, long descriptor)
    {
        Assert.That(_world.Call("fcntl", 1, F_DUPFD, minimum), Is.EqualTo(error));
        if (error == Errno.None) Assert.That(_world.Value, Is.EqualTo(descriptor));
    }

    [Test]
    public void Limit_gives_EMFILE()
    {
        _world.Process.Limits[Resources.RLIMIT_NOFILE] = new(4, 4);
        Assert.That(_world.Path("open", "/dev/null", 0, 0), Is.EqualTo(Errno.None));
        Assert.That(_world.Path("open", "/dev/null", 0, 0), Is.EqualTo(Errno.EMFILE));
        Assert.That(_world.Call("pipe2", TestMemory.Base, 0), Is.EqualTo(Errno.EMFILE));
        Assert.That(_world.Call("dup", 0), Is.EqualTo(Errno.EMFILE));
        _world.Process.Limits = new();
    }

    /// <summary>falloc comes first in kern_kmq_open, ksem_create and kern_shm_open2.</summary>
    [Test]
    public void Without_a_free_descriptor_no_object_is_made()
    {
        var id = TestMemory.Base;
        _world.Memory.Set(id, -1L);
        _world.Process.Limits[Resources.RLIMIT_NOFILE] = new(3, 3);
        Assert.That(_world.Call("ksem_init", id, 1), Is.EqualTo(Errno.ENOSPC));
        Assert.That(_world.Call("ksem_open", id, _world.Memory.Text("/s"), O_CREAT, 0x180, 1), Is.EqualTo(Errno.EMFILE));
        Assert.That(_world.Path("kmq_open", "/q", O_CREAT | O_RDWR, 0x180, 0), Is.EqualTo(Errno.EMFILE));
        Assert.That(_world.Path("shm_open2", "/m", O_CREAT | O_RDWR, 0x180, 0, 0), Is.EqualTo(Errno.EMFILE));
        _world.Process.Limits = new();
        Assert.That(_world.Memory.Get<long>(id), Is.EqualTo(-1L));
        Assert.That(_world.Call("ksem_open", id, _world.Memory.Text("/s"), 0, 0, 0), Is.EqualTo(Errno.ENOENT));
        Assert.That(_world.Path("kmq_open", "/q", O_RDWR, 0, 0), Is.EqualTo(Errno.ENOENT));
        Assert.That(_world.Path("shm_open2", "/m", O_RDWR, 0, 0, 0), Is.EqualTo(Errno.ENOENT));
    }

    /// <summary>ksem_create writes the number first.</summary>
    [Test]
    public void A_semaphore_whose_number_cannot_be_written_is_not_made()
    {
        Assert.That(_world.Call("ksem_open", 0, _world.Memory.Text("/s"), O_CREAT, 0x180, 1), Is.EqualTo(Errno.EFAULT));
        Assert.That(_world.Call("ksem_open", TestMemory.Base, _world.Memory.Text("/s"), 0, 0, 0), Is.EqualTo(Errno.ENOENT));
    }

    [Test]
    public void Exec_closes_what_is_marked()
    {
        var kept = _world.Open("/dev/null", O_RDONLY);
        var marked = _world.Open("/dev/null", O_RDONLY | O_CLOEXEC);
        _world.Call("fcntl", kept, F_DUPFD_CLOEXEC, 0);
        var duplicate = (ulong)_world.Value;
        _world.Call("fcntl", marked, F_GETFD, 0);
        Assert.That(_world.Value, Is.EqualTo(FD_CLOEXEC));
        Files.Exec();
        Assert.That(Files.Get((int)kept, out _), Is.EqualTo(Errno.None));
        Assert.That(Files.Get((int)marked, out _), Is.EqualTo(Errno.EBADF));
        Assert.That(Files.Get((int)duplicate, out _), Is.EqualTo(Errno.EBADF));
    }

    [Test]
    public void Fork_shares_open_files_and_keeps_them_open()
    {
        var descriptor = _world.Open("/tmp/forked", O_RDWR | O_CREAT);
        var child = Files.Fork();
        _world.Call("write", descriptor, _world.Memory.Text("xyz"), 3);
        child.Get((int)descriptor, out var file);
        Assert.That((file.Offset, file.References), Is.EqualTo((3L, 2)));
        _world.Call("close", descriptor);
        Assert.That(file.References, Is.EqualTo(1));
        child.Release();
        Assert.That(file.References, Is.Zero);
    }

    [Test]
    public void Closefrom_closes_the_rest()
    {
        _world.Open("/dev/null", O_RDONLY);
        _world.Open("/dev/null", O_RDONLY);
        _world.Call("close_range", 3, uint.MaxValue, 0);
        Assert.That(Files.End, Is.EqualTo(3));
        Assert.That(_world.Call("close_range", 5, 3, 0), Is.EqualTo(Errno.EINVAL));
    }
}
