using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Syscalls;

/// <summary>sendfile(2), and what file systems without extended attributes answer.</summary>
[TestFixture]
internal sealed class SendFileTests
{
    private const ulong Data = TestMemory.Base, Frame = TestMemory.Base + 0x100, Count = TestMemory.Base + 0x200, Buffer = TestMemory.Base + 0x1000;

    private World _world = null!;
    private ulong _file, _near, _far;

    [SetUp]
    public void MakeSockets()
    {
        _world = new World();
        _file = _world.Open("/tmp/file", O_CREAT | O_RDWR);
        Assert.That(_world.Call("write", _file, _world.Memory.Text("0123456789"), 10), Is.EqualTo(None));
        (_near, _far) = Pair(Sockets.SOCK_STREAM);
    }

    private (ulong, ulong) Pair(int type)
    {
        Assert.That(_world.Call("socketpair", Sockets.AF_UNIX, (ulong)type, 0, Data), Is.EqualTo(None));
        return ((ulong)_world.Memory.Get<int>(Data), (ulong)_world.Memory.Get<int>(Data + 4));
    }

    private Errno Send(ulong file, ulong socket, long offset, ulong length, ulong frame = 0) =>
        _world.Call("sendfile", file, socket, (ulong)offset, length, frame, Count, 0);

    private string Receive(int length)
    {
        Assert.That(_world.Call("read", _far, Buffer, (ulong)length), Is.EqualTo(None));
        return Encoding.Latin1.GetString(_world.Memory[Buffer, (int)_world.Value]);
    }

    [TestCase(0, 0ul, "0123456789")]
    [TestCase(3, 4ul, "3456")]
    [TestCase(8, 100ul, "89")]
    public void A_part_of_the_file_goes(long offset, ulong length, string expected)
    {
        Assert.That(Send(_file, _near, offset, length), Is.EqualTo(None));
        Assert.That((_world.Value, _world.Memory.Get<long>(Count), Receive(100)), Is.EqualTo((0L, (long)expected.Length, expected)));
    }

    [Test]
    public void Headers_go_before_and_trailers_behind()
    {
        _world.Memory.Set(Data, new iovec(_world.Memory.Text("<<"), 2));
        _world.Memory.Set(Data + 16, new iovec(_world.Memory.Text(">"), 1));
        _world.Memory.Set(Frame, Data);
        _world.Memory.Set(Frame + 8, 1);
        _world.Memory.Set(Frame + 16, Data + 16);
        _world.Memory.Set(Frame + 24, 1);
        Assert.That(Send(_file, _near, 2, 3, Frame), Is.EqualTo(None));
        Assert.That((_world.Memory.Get<long>(Count), Receive(100)), Is.EqualTo((6L, "<<234>")));
        Assert.That(Send(_file, _near, 50, 3, Frame), Is.EqualTo(None), "past the end");
        Assert.That(Receive(100), Is.EqualTo("<<>"));
        Assert.That(_world.Call("freebsd4_sendfile", _file, _near, 2, 5, Frame, Count, 0), Is.EqualTo(None));
        Assert.That(Receive(100), Is.EqualTo("<<234>"), "FreeBSD 4 counts the headers");
    }

    [TestCase("write", "read")]
    [TestCase("sendto", "recvfrom")]
    public void Messages_are_counted(string send, string receive)
    {
        Assert.That(_world.Call(send, _near, _world.Memory.Text("text"), 4, 0, 0, 0), Is.EqualTo(None));
        Assert.That(_world.Call(receive, _far, Buffer, 100, 0, 0, 0), Is.EqualTo(None));
        Assert.That(_world.Call("getrusage", Resources.RUSAGE_SELF, Data), Is.EqualTo(None));
        var usage = _world.Memory.Get<rusage>(Data);
        Assert.That((usage.ru_msgsnd, usage.ru_msgrcv), Is.EqualTo((1L, 1L)));
    }

    [TestCase("execve", true, EFAULT)]
    [TestCase("execve", false, EINVAL)]
    [TestCase("fexecve", true, EFAULT)]
    [TestCase("fexecve", false, EINVAL)]
    public void A_program_has_at_least_one_argument(string call, bool isNull, Errno expected)
    {
        _world.Memory.Set(Frame, 0UL);
        var program = call == "execve" ? _world.Memory.Text("/tmp/file") : _file;
        Assert.That(_world.Call(call, program, isNull ? 0 : Frame, 0), Is.EqualTo(expected));
    }

    [Test]
    public void Errors_of_sendfile()
    {
        Assert.That(Send(_file, _near, -1, 0), Is.EqualTo(EINVAL));
        Assert.That(Send(99, _near, 0, 0), Is.EqualTo(EBADF));
        Assert.That(Send(_world.Open("/tmp/file", O_WRONLY), _near, 0, 0), Is.EqualTo(EBADF));
        Assert.That(Send(_file, _file, 0, 0), Is.EqualTo(ENOTSOCK));
        Assert.That(Send(_world.Open("/dev/zero", O_RDONLY), _near, 0, 0), Is.EqualTo(EINVAL));
        Assert.That(Send(_file, Pair(Sockets.SOCK_DGRAM).Item1, 0, 0), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("socket", Sockets.AF_UNIX, Sockets.SOCK_STREAM, 0), Is.EqualTo(None));
        Assert.That(Send(_file, (ulong)_world.Value, 0, 0), Is.EqualTo(ENOTCONN));
    }

    [Test]
    public void A_socket_that_does_not_block_takes_what_it_can()
    {
        Assert.That(_world.Call("ftruncate", _file, 1 << 20), Is.EqualTo(None));
        _world.Memory.Set(Data, 1);
        Assert.That(_world.Call("ioctl", _near, Ioctl.FIONBIO, Data), Is.EqualTo(None));
        Assert.That(Send(_file, _near, 0, 0), Is.EqualTo(EAGAIN));
        Assert.That(_world.Memory.Get<long>(Count), Is.GreaterThan(0).And.LessThan(1 << 20));
    }

    [Test]
    public void Others_wait_until_all_has_gone()
    {
        Assert.That(_world.Call("ftruncate", _file, 1 << 17), Is.EqualTo(None));
        var other = _world.Add(101);
        var sending = _world.Begin("sendfile", _file, _near, 0, 0, 0, Count, 0);
        Assert.That(sending.IsCompleted, Is.False);
        var reader = other.FirstThread;
        other.Files = _world.Process.Files.Share();
        long total = 0;
        while (!sending.IsCompleted)
        {
            Assert.That(_world.Begin(reader, "read", _far, Buffer, 4096).Result, Is.EqualTo(None));
            total += _world.Value;
        }
        Assert.That(sending.Result, Is.EqualTo(None));
        Assert.That((_world.Memory.Get<long>(Count), total), Is.EqualTo((1L << 17, total)));
    }

    // vop_default: EOPNOTSUPP, once the arguments are judged and the file is found.
    [TestCase("extattr_get_file", "/tmp/file", ExpectedResult = EOPNOTSUPP)]
    [TestCase("extattr_get_file", "/tmp/nothing", ExpectedResult = ENOENT)]
    [TestCase("extattr_list_link", "/tmp/file", ExpectedResult = EOPNOTSUPP)]
    [TestCase("__acl_get_file", "/tmp/file", ExpectedResult = EOPNOTSUPP)]
    [TestCase("__acl_delete_link", "/tmp/nothing", ExpectedResult = ENOENT)]
    [TestCase("undelete", "/tmp/file", ExpectedResult = EEXIST)]
    [TestCase("undelete", "/tmp/nothing", ExpectedResult = ENOENT)]
    public Errno Absent_attributes(string call, string path) => _world.Path(call, path, 2, _world.Memory.Text("name"));

    [Test]
    public void A_list_is_read_before_it_is_refused()
    {
        Assert.That(_world.Path("__acl_set_file", "/tmp/file", 2, TestMemory.Nowhere), Is.EqualTo(EFAULT));
        Assert.That(_world.Path("__acl_set_file", "/tmp/file", 2, Buffer), Is.EqualTo(EINVAL));
        _world.Memory.Set(Buffer, 254);
        Assert.That(_world.Path("__acl_set_file", "/tmp/file", 2, Buffer), Is.EqualTo(EOPNOTSUPP));
        Assert.That(_world.Call("__acl_get_fd", _file, 2, Buffer), Is.EqualTo(EOPNOTSUPP));
        Assert.That(_world.Call("extattr_get_fd", 99, 1, _world.Memory.Text("a")), Is.EqualTo(EBADF));
        Assert.That(_world.Call("extattr_get_fd", _file, 1, _world.Memory.Text(new string('a', 300))), Is.EqualTo(ENAMETOOLONG));
    }
}
