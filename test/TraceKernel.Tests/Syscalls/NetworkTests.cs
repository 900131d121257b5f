using System.Buffers.Binary;
using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Tests.Syscalls;

/// <summary>Sockets with names: in the file system, and on lo0.</summary>
[TestFixture]
internal sealed class NetworkTests
{
    private const ulong Data = TestMemory.Base, Address = TestMemory.Base + 0x1000, Length = TestMemory.Base + 0x1100, Back = TestMemory.Base + 0x1200;
    private const uint Loopback = 0x7f000001;

    private World _world = null!;

    [SetUp]
    public void MakeWorld() => _world = new World();

    private ulong Make(int domain, int type = SOCK_STREAM)
    {
        Assert.That(_world.Call("socket", (ulong)domain, (ulong)type, 0), Is.EqualTo(None));
        return (ulong)_world.Value;
    }

    private Errno WithPath(string call, ulong socket, string path) => With(call, socket, [0, AF_UNIX, .. Encoding.Latin1.GetBytes(path), 0]);

    private Errno WithHost(string call, ulong socket, int port, uint host = Loopback)
    {
        var image = new byte[16];
        image[1] = AF_INET;
        BinaryPrimitives.WriteUInt16BigEndian(image.AsSpan(2), (ushort)port);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(4), host);
        return With(call, socket, image);
    }

    private Errno With6(string call, ulong socket, int port, bool any)
    {
        var image = new byte[28];
        image[1] = AF_INET6;
        BinaryPrimitives.WriteUInt16BigEndian(image.AsSpan(2), (ushort)port);
        image[23] = (byte)(any ? 0 : 1);
        return With(call, socket, image);
    }

    private Errno With(string call, ulong socket, byte[] image)
    {
        image.CopyTo(_world.Memory[Address, image.Length]);
        return _world.Call(call, socket, Address, (ulong)image.Length);
    }

    private byte[] Name(string call, ulong socket)
    {
        _world.Memory.Set(Length, 200);
        Assert.That(_world.Call(call, socket, Back, Length), Is.EqualTo(None));
        return _world.Memory[Back, _world.Memory.Get<int>(Length)].ToArray();
    }

    private int Port(ulong socket) => BinaryPrimitives.ReadUInt16BigEndian(Name("getsockname", socket).AsSpan(2));

    private void Write(ulong socket, string text) =>
        Assert.That(_world.Call("write", socket, _world.Memory.Text(text), (ulong)text.Length), Is.EqualTo(None), text);

    private string Read(ulong socket)
    {
        Assert.That(_world.Call("read", socket, Data, 100), Is.EqualTo(None));
        return Encoding.Latin1.GetString(_world.Memory[Data, (int)_world.Value]);
    }

    [Test]
    public void A_local_socket_has_a_name_and_is_found_by_it()
    {
        var (listener, client) = (Make(AF_UNIX), Make(AF_UNIX));
        Assert.That(_world.Call("listen", listener, 5), Is.EqualTo(EDESTADDRREQ));
        Assert.That(WithPath("bind", listener, "/tmp/s"), Is.EqualTo(None));
        Assert.That(WithPath("bind", listener, "/tmp/t"), Is.EqualTo(EINVAL));
        Assert.That(WithPath("bind", Make(AF_UNIX), "/tmp/s"), Is.EqualTo(EADDRINUSE));
        Assert.That(_world.Stat("/tmp/s").st_mode & 0xf000, Is.EqualTo(FileModes.S_IFSOCK));
        Assert.That(WithPath("connect", client, "/tmp/s"), Is.EqualTo(ECONNREFUSED));
        Assert.That(_world.Call("listen", listener, 5), Is.EqualTo(None));
        var accept = _world.Begin("accept", listener, 0, 0);
        Assert.That((accept.IsCompleted, _world.Lwp.WaitMessage), Is.EqualTo((false, "accept")));
        Assert.That(WithPath("connect", client, "/tmp/s"), Is.EqualTo(None));
        Assert.That(accept.Result, Is.EqualTo(None));
        var server = (ulong)_world.Value;
        Write(client, "there");
        Assert.That(Read(server), Is.EqualTo("there"));
        Write(server, "back");
        Assert.That(Read(client), Is.EqualTo("back"));
        Assert.That(Encoding.Latin1.GetString(Name("getpeername", client).AsSpan(2, 6)), Is.EqualTo("/tmp/s"));
        Assert.That(Name("getpeername", server), Is.EqualTo(new byte[] { 2, AF_UNIX }), "the client has no name");
        _world.Call("close", client);
        Assert.That(Read(server), Is.Empty);
        _world.Call("close", listener);
        Assert.That(WithPath("connect", Make(AF_UNIX), "/tmp/s"), Is.EqualTo(ECONNREFUSED), "the name outlives the socket");
    }

    [Test]
    public void Local_names_obey_the_file_system()
    {
        Assert.That(WithPath("connect", Make(AF_UNIX), "/tmp/none"), Is.EqualTo(ENOENT));
        _world.Open("/tmp/file", Fcntl.O_CREAT | Fcntl.O_RDWR);
        Assert.That(WithPath("connect", Make(AF_UNIX), "/tmp/file"), Is.EqualTo(ENOTSOCK));
        WithPath("bind", Make(AF_UNIX, SOCK_DGRAM), "/tmp/d");
        Assert.That(WithPath("connect", Make(AF_UNIX), "/tmp/d"), Is.EqualTo(EPROTOTYPE));
        _world.Process.UserId = 77;
        Assert.That(WithPath("connect", Make(AF_UNIX, SOCK_DGRAM), "/tmp/d"), Is.EqualTo(EACCES), "the creation mask took the right to write");
        Assert.That(_world.Path("open", "/tmp/d", 0, 0), Is.EqualTo(EOPNOTSUPP));
    }

    [Test]
    public void Datagrams_tell_whom_they_are_from()
    {
        var (one, other) = (Make(AF_UNIX, SOCK_DGRAM), Make(AF_UNIX, SOCK_DGRAM));
        WithPath("bind", one, "/tmp/one");
        WithPath("bind", other, "/tmp/other");
        Assert.That(_world.Call("write", one, Data, 1), Is.EqualTo(EDESTADDRREQ));
        byte[] name = [0, AF_UNIX, .. "/tmp/other\0"u8];
        name.CopyTo(_world.Memory[Address, name.Length]);
        Assert.That(_world.Call("sendto", one, _world.Memory.Text("hello"), 5, 0, Address, (ulong)name.Length), Is.EqualTo(None));
        _world.Memory.Set(Length, 100);
        Assert.That(_world.Call("recvfrom", other, Data, 100, 0, Back, Length), Is.EqualTo(None));
        Assert.That((_world.Value, Encoding.Latin1.GetString(_world.Memory[Back + 2, 8])), Is.EqualTo((5L, "/tmp/one")));
    }

    [Test]
    public void A_connection_over_lo0()
    {
        var (listener, client) = (Make(AF_INET), Make(AF_INET));
        Assert.That(WithHost("bind", listener, 0), Is.EqualTo(None));
        var port = Port(listener);
        Assert.That(port, Is.InRange(10000, 65535));
        Assert.That(WithHost("connect", client, port), Is.EqualTo(ECONNREFUSED));
        Assert.That(_world.Call("listen", listener, 1), Is.EqualTo(None));
        client = Make(AF_INET);
        Assert.That(WithHost("connect", client, port), Is.EqualTo(None));
        _world.Memory.Set(Length, 100);
        Assert.That(_world.Call("accept", listener, Back, Length), Is.EqualTo(None));
        var server = (ulong)_world.Value;
        Assert.That(BinaryPrimitives.ReadUInt16BigEndian(_world.Memory[Back + 2, 2]), Is.EqualTo(Port(client)));
        Assert.That((Port(server), Name("getpeername", client)[4..8]), Is.EqualTo((port, new byte[] { 127, 0, 0, 1 })));
        Write(client, "over");
        Assert.That(Read(server), Is.EqualTo("over"));
        Assert.That(WithHost("connect", client, port), Is.EqualTo(EISCONN));
        _world.Call("close", server);
        Assert.That(Read(client), Is.Empty);
        Assert.That(Name("getpeername", client)[4..8], Is.EqualTo(new byte[] { 127, 0, 0, 1 }), "half of the connection is left");
        Write(client, "to nobody");
        Assert.That(_world.Call("write", client, Data, 1), Is.EqualTo(EPIPE), "the reset came back");
        Assert.That(_world.Call("getpeername", client, Back, Length), Is.EqualTo(ENOTCONN));
        Assert.That(_world.Call("read", client, Data, 1), Is.EqualTo(ECONNRESET));
        Assert.That(Read(client), Is.Empty, "it is told once");
    }

    /// <summary>kern_accept4 has the descriptor before it takes the connection from the queue.</summary>
    [Test]
    public void A_connection_waits_for_a_free_descriptor()
    {
        var (listener, client) = (Make(AF_INET), Make(AF_INET));
        WithHost("bind", listener, 4000);
        _world.Call("listen", listener, 1);
        _world.Process.Limits[Resources.RLIMIT_NOFILE] = new((long)client + 1, (long)client + 1);
        Assert.That(_world.Call("accept", client, 0, 0), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("accept", listener, 0, 0), Is.EqualTo(EMFILE), "nobody has connected yet");
        WithHost("connect", client, 4000);
        Assert.That(_world.Call("accept", listener, 0, 0), Is.EqualTo(EMFILE));
        _world.Process.Limits = new();
        Assert.That(_world.Call("accept", listener, 0, 0), Is.EqualTo(None));
        var server = (ulong)_world.Value;
        Write(client, "kept");
        Assert.That(Read(server), Is.EqualTo("kept"));
    }

    private (ulong Client, ulong Server) Connect()
    {
        var (listener, client) = (Make(AF_INET), Make(AF_INET));
        WithHost("bind", listener, 4000);
        _world.Call("listen", listener, 1);
        WithHost("connect", client, 4000);
        _world.Call("accept", listener, 0, 0);
        return (client, (ulong)_world.Value);
    }

    [Test]
    public void Who_closes_without_reading_says_no_more_than_that_it_ends()
    {
        var (client, server) = Connect();
        Write(client, "unread");
        _world.Call("close", server);
        Assert.That(Read(client), Is.Empty);
    }

    [Test]
    public void Lingering_for_no_time_resets_the_connection()
    {
        var (client, server) = Connect();
        _world.Memory.Set(Data, 1L);
        Assert.That(_world.Call("setsockopt", server, SOL_SOCKET, SO_LINGER, Data, 8), Is.EqualTo(None));
        _world.Call("close", server);
        Assert.That(_world.Call("read", client, Data, 1), Is.EqualTo(ECONNRESET));
        Assert.That(_world.Call("shutdown", client, SHUT_WR), Is.EqualTo(ENOTCONN));
    }

    [Test]
    public void A_connection_that_is_reset_before_it_is_accepted_is_gone()
    {
        var (listener, client) = (Make(AF_INET), Make(AF_INET));
        WithHost("bind", listener, 4000);
        _world.Call("listen", listener, 1);
        WithHost("connect", client, 4000);
        _world.Memory.Set(Data, 1L);
        _world.Call("setsockopt", client, SOL_SOCKET, SO_LINGER, Data, 8);
        _world.Call("close", client);
        Assert.That(_world.Call("accept", listener, 0, 0), Is.EqualTo(ECONNABORTED));
    }

    [Test]
    public void A_connection_ends_when_both_sides_have_sent_all()
    {
        var (client, server) = Connect();
        Assert.That(_world.Call("shutdown", client, SHUT_WR), Is.EqualTo(None));
        Assert.That((Read(server), _world.Call("shutdown", server, SHUT_WR)), Is.EqualTo(("", None)));
        Assert.That(_world.Call("getpeername", client, Back, Length), Is.EqualTo(ENOTCONN));
        Assert.That(_world.Call("shutdown", server, SHUT_RD), Is.EqualTo(ENOTCONN));
    }

    [Test]
    public void What_nobody_wants_to_read_is_dropped()
    {
        var (client, server) = Connect();
        Assert.That(_world.Call("shutdown", server, SHUT_RD), Is.EqualTo(None));
        Write(client, "dropped");
        Write(client, "dropped, too");
        Assert.That(Read(server), Is.Empty);
    }

    [Test]
    public void Nothing_leads_out()
    {
        Assert.That(WithHost("connect", Make(AF_INET), 80, 0x08080808), Is.EqualTo(ENETUNREACH));
        Assert.That(WithHost("bind", Make(AF_INET), 0, 0x0a000001), Is.EqualTo(EADDRNOTAVAIL));
        Assert.That(WithHost("bind", Make(AF_INET), 80), Is.EqualTo(EACCES));
        Assert.That(WithPath("bind", Make(AF_INET), "/tmp/s"), Is.EqualTo(EAFNOSUPPORT));
    }

    [Test]
    public void A_port_is_one_sockets_unless_both_share_it()
    {
        var first = Make(AF_INET);
        Assert.That(WithHost("bind", first, 4000), Is.EqualTo(None));
        Assert.That(WithHost("bind", Make(AF_INET), 4000), Is.EqualTo(EADDRINUSE));
        Assert.That(WithHost("bind", Make(AF_INET, SOCK_DGRAM), 4000), Is.EqualTo(None), "UDP has ports of its own");
        _world.Call("close", first);
        Assert.That(WithHost("bind", Make(AF_INET), 4000, 0), Is.EqualTo(None));
        Assert.That(WithHost("bind", Make(AF_INET), 4000), Is.EqualTo(EADDRINUSE), "any address covers it");
    }

    [Test]
    public void One_socket_serves_both_versions_when_it_is_told_to()
    {
        var listener = Make(AF_INET6);
        _world.Memory.Set(Data, 0);
        Assert.That(_world.Call("setsockopt", listener, IPPROTO_IPV6, IPV6_V6ONLY, Data, 4), Is.EqualTo(None));
        Assert.That(With6("bind", listener, 4000, any: true), Is.EqualTo(None));
        _world.Call("listen", listener, 5);
        Assert.That(WithHost("connect", Make(AF_INET), 4000), Is.EqualTo(None));
        Assert.That(With6("connect", Make(AF_INET6), 4000, any: false), Is.EqualTo(None));
        var strict = Make(AF_INET6);
        With6("bind", strict, 4001, any: true);
        _world.Call("listen", strict, 5);
        Assert.That(WithHost("connect", Make(AF_INET), 4001), Is.EqualTo(ECONNREFUSED));
    }

    [Test]
    public void Who_does_not_wait_is_told_later()
    {
        var client = Make(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
        Assert.That(WithHost("connect", client, 4000), Is.EqualTo(EINPROGRESS));
        _world.Memory.Set(Length, 4);
        Assert.That(_world.Call("getsockopt", client, SOL_SOCKET, SO_ERROR, Data, Length), Is.EqualTo(None));
        Assert.That((Errno)_world.Memory.Get<int>(Data), Is.EqualTo(ECONNREFUSED));
        Assert.That(_world.Call("getsockopt", client, SOL_SOCKET, SO_ERROR, Data, Length), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<int>(Data), Is.Zero);
    }

    [Test]
    public void Datagrams_to_nobody_are_lost_or_come_back_as_an_error()
    {
        var sender = Make(AF_INET, SOCK_DGRAM);
        Assert.That(WithHost("connect", sender, 4000), Is.EqualTo(None));
        Assert.That(_world.Call("write", sender, Data, 5), Is.EqualTo(None));
        Assert.That(_world.Call("write", sender, Data, 5), Is.EqualTo(ECONNREFUSED));
        var receiver = Make(AF_INET, SOCK_DGRAM);
        WithHost("bind", receiver, 4000);
        Write(sender, "now");
        Assert.That(Read(receiver), Is.EqualTo("now"));
        Assert.That(_world.Call("sendto", sender, Data, 10_000, 0, 0, 0), Is.EqualTo(EMSGSIZE));
    }

    [Test]
    public void A_queue_that_is_full_refuses()
    {
        var listener = Make(AF_INET);
        WithHost("bind", listener, 4000);
        _world.Call("listen", listener, 2);
        var results = Enumerable.Range(0, 6).Select(_ => WithHost("connect", Make(AF_INET), 4000)).ToArray();
        Assert.That(results.Count(result => result == None), Is.EqualTo(4), "3/2 times what was asked for, and one");
        Assert.That(results[^1], Is.EqualTo(ECONNREFUSED));
    }

    [Test]
    public void Options_are_kept_and_limits_hold()
    {
        var socket = Make(AF_INET);
        _world.Memory.Set(Length, 4);
        _world.Memory.Set(Data, 1);
        Assert.That(_world.Call("setsockopt", socket, IPPROTO_TCP, 1, Data, 4), Is.EqualTo(None), "TCP_NODELAY");
        _world.Memory.Set(Data, 3 << 20);
        Assert.That(_world.Call("setsockopt", socket, SOL_SOCKET, SO_RCVBUF, Data, 4), Is.EqualTo(ENOBUFS));
        Assert.That(_world.Call("setsockopt", socket, SOL_SOCKET, 0x7777, Data, 4), Is.EqualTo(ENOPROTOOPT));
        _world.Memory.Set(Data, new timeval(2, 0));
        Assert.That(_world.Call("setsockopt", socket, SOL_SOCKET, SO_RCVTIMEO, Data, 16), Is.EqualTo(None));
        _world.Memory.Set(Length, 16);
        Assert.That(_world.Call("getsockopt", socket, SOL_SOCKET, SO_RCVTIMEO, Data, Length), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<timeval>(Data), Is.EqualTo(new timeval(2, 0)));
        var made = 0;
        while (_world.Call("socket", AF_UNIX, SOCK_DGRAM, 0) == None) made++;
        Assert.That(made, Is.EqualTo(FileTable.MaximumFiles - 4), "descriptors 0 to 2 and the first socket are taken");
    }
}
