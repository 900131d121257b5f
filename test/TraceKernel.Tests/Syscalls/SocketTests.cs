using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Tests.Syscalls;

/// <summary>Local socket pairs, and the network that is not there.</summary>
[TestFixture]
internal sealed class SocketTests
{
    private const ulong Data = TestMemory.Base, Ends = TestMemory.Base + 0x40000;

    private World _world = null!;
    private ulong _one, _other;

    [SetUp]
    public void MakeWorld() => _world = new World();

    private void Pair(int type)
    {
        Assert.That(_world.Call("socketpair", AF_UNIX, (ulong)type, 0, Ends), Is.EqualTo(Errno.None));
        (_one, _other) = (_world.Memory.Get<uint>(Ends), _world.Memory.Get<uint>(Ends + 4));
    }

    private Errno Connect(ulong socket, string path)
    {
        var text = "\0\u0001" + path + "\0";
        return _world.Call("connect", socket, _world.Memory.Text(text), (ulong)text.Length);
    }

    private Errno Send(string text, int flags = 0) => _world.Call("sendto", _one, _world.Memory.Text(text), (ulong)text.Length, (ulong)flags, 0, 0);

    private string Receive(int most, int flags = 0)
    {
        Assert.That(_world.Call("recvfrom", _other, Data, (ulong)most, (ulong)flags, 0, 0), Is.EqualTo(Errno.None));
        return Encoding.Latin1.GetString(_world.Memory[Data, (int)_world.Value]);
    }

    [TestCase(AF_INET, SOCK_STREAM, 0, Errno.None)]
    [TestCase(AF_INET6, SOCK_DGRAM, IPPROTO_UDP, Errno.None)]
    [TestCase(AF_UNIX, SOCK_STREAM, 0, Errno.None)]
    [TestCase(AF_UNIX, SOCK_STREAM, 1, Errno.EPROTONOSUPPORT)]
    [TestCase(AF_INET, SOCK_STREAM, IPPROTO_UDP, Errno.EPROTONOSUPPORT)]
    [TestCase(AF_INET, SOCK_RAW, 1, Errno.EPERM)]
    [TestCase(AF_INET, SOCK_SEQPACKET, 0, Errno.EPROTOTYPE)]
    [TestCase(17, SOCK_STREAM, 0, Errno.EAFNOSUPPORT)]
    public void Domains_have_their_types_and_protocols(int domain, int type, int protocol, Errno expected) =>
        Assert.That(_world.Call("socket", (ulong)domain, (ulong)type, (ulong)protocol), Is.EqualTo(expected));

    [Test]
    public void A_stream_has_no_borders()
    {
        Pair(SOCK_STREAM);
        Send("abc");
        Send("defg");
        Assert.That(Receive(5, MSG_PEEK), Is.EqualTo("abcde"));
        Assert.That((Receive(5), Receive(5)), Is.EqualTo(("abcde", "fg")));
        Assert.That(_world.Call("recvfrom", _other, Data, 1, MSG_DONTWAIT, 0, 0), Is.EqualTo(Errno.EAGAIN));
    }

    [TestCase(SOCK_DGRAM)]
    [TestCase(SOCK_SEQPACKET)]
    public void Messages_keep_their_borders_and_lose_what_does_not_fit(int type)
    {
        Pair(type);
        Send("abc");
        Send("defg");
        Assert.That((Receive(2), Receive(9)), Is.EqualTo(("ab", "defg")));
    }

    [Test]
    public void A_message_that_never_fits_is_refused()
    {
        Pair(SOCK_DGRAM);
        Assert.That(_world.Call("sendto", _one, Data, 2049, 0, 0, 0), Is.EqualTo(Errno.EMSGSIZE));
    }

    [Test]
    public void A_full_stream_sleeps_and_a_reader_lets_it_go_on()
    {
        Pair(SOCK_STREAM);
        var pending = _world.Begin("write", _one, Data, 100_000);
        Assert.That((pending.IsCompleted, _world.Lwp.WaitMessage), Is.EqualTo((false, "sbwait")));
        _world.Process.Files.Get((int)_other, out var end);
        end.Target.Read(end, 0, new byte[65536], out var count);
        Assert.That(count, Is.EqualTo(65536));
        Assert.That((pending.Result, _world.Value), Is.EqualTo((Errno.None, 100_000L)));
    }

    [Test]
    public void Shutting_down_is_an_end_here_and_EPIPE_there()
    {
        Pair(SOCK_STREAM);
        Send("x");
        Assert.That(_world.Call("shutdown", _one, SHUT_WR), Is.EqualTo(Errno.None));
        Assert.That((Receive(5), Receive(5)), Is.EqualTo(("x", "")));
        Assert.That(Send("y", MSG_NOSIGNAL), Is.EqualTo(Errno.EPIPE));
        Assert.That(_world.Call("shutdown", _one, 3), Is.EqualTo(Errno.EINVAL));
    }

    [Test]
    public void Only_sockets_are_sockets()
    {
        Assert.That(_world.Call("shutdown", 0, SHUT_RD), Is.EqualTo(Errno.ENOTSOCK));
        Assert.That(_world.Call("sendto", 99, Data, 1, 0, 0, 0), Is.EqualTo(Errno.EBADF));
        Assert.That(_world.Call("socketpair", 2, SOCK_STREAM, 0, Ends), Is.EqualTo(Errno.EOPNOTSUPP));
        Assert.That(_world.Call("socketpair", AF_UNIX, 3, 0, Ends), Is.EqualTo(Errno.EPROTOTYPE));
    }

    [Test]
    public void Options_and_names_are_those_of_a_pair()
    {
        Pair(SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK);
        _world.Memory.Set(Ends, 4);
        Assert.That(_world.Call("getsockopt", _one, SOL_SOCKET, SO_TYPE, Data, Ends), Is.EqualTo(Errno.None));
        Assert.That((_world.Memory.Get<int>(Data), _world.Process.Files.IsCloseOnExec((int)_one)), Is.EqualTo((SOCK_SEQPACKET, true)));
        Assert.That(_world.Call("getsockopt", _one, 6, 1, Data, Ends), Is.EqualTo(Errno.ENOPROTOOPT));
        Assert.That(_world.Call("read", _one, Data, 1), Is.EqualTo(Errno.EAGAIN));
        Assert.That(Connect(_one, "/tmp/x"), Is.EqualTo(Errno.EISCONN));
    }

    [Test]
    public void A_file_is_locked_by_one_open_file_at_a_time()
    {
        const ulong Shared = 1, Exclusive = 2, NonBlocking = 4, Unlock = 8;
        var (first, second) = (_world.Open("/tmp/lock", Fcntl.O_CREAT | Fcntl.O_RDWR), _world.Open("/tmp/lock", Fcntl.O_RDWR));
        Assert.That(_world.Call("flock", first, Shared), Is.EqualTo(Errno.None));
        Assert.That(_world.Call("flock", second, Shared), Is.EqualTo(Errno.None));
        Assert.That(_world.Call("flock", first, Exclusive | NonBlocking), Is.EqualTo(Errno.EAGAIN));
        Assert.That(_world.Call("flock", second, Unlock), Is.EqualTo(Errno.None));
        Assert.That(_world.Call("flock", first, Exclusive | NonBlocking), Is.EqualTo(Errno.None));
        Assert.That(_world.Call("flock", second, Shared | NonBlocking), Is.EqualTo(Errno.EAGAIN));
        Assert.That(_world.Call("close", first), Is.EqualTo(Errno.None));
        Assert.That(_world.Call("flock", second, Exclusive | NonBlocking), Is.EqualTo(Errno.None));
        Assert.That(_world.Call("pipe2", Data, 0), Is.EqualTo(Errno.None));
        Assert.That(_world.Call("flock", _world.Memory.Get<uint>(Data), Shared), Is.EqualTo(Errno.EOPNOTSUPP));
    }
}
