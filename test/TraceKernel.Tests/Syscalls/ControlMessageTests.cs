using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Tests.Syscalls;

/// <summary>SCM_RIGHTS and SCM_CREDS: open files and names of users that go through a socket pair.</summary>
[TestFixture]
internal sealed class ControlMessageTests
{
    private const ulong Header = TestMemory.Base, Vector = TestMemory.Base + 0x100, Control = TestMemory.Base + 0x200, Bytes = TestMemory.Base + 0x1000,
        Ends = TestMemory.Base + 0x2000;

    private World _world = null!;
    private ulong _one, _other, _file;

    [SetUp]
    public void MakePair()
    {
        _world = new World();
        Pair(SOCK_STREAM);
        _file = _world.Open("/tmp/file", Fcntl.O_CREAT | Fcntl.O_RDWR);
    }

    private void Pair(int type)
    {
        _world.Call("socketpair", AF_UNIX, (ulong)type, 0, Ends);
        (_one, _other) = (_world.Memory.Get<uint>(Ends), _world.Memory.Get<uint>(Ends + 4));
    }

    private Errno Send(int type, params int[] data)
    {
        _world.Memory.Set(Control, new cmsghdr(16 + 4 * data.Length, SOL_SOCKET, type));
        for (var index = 0; index < data.Length; index++) _world.Memory.Set(Control + 16 + (ulong)(4 * index), data[index]);
        return Message("sendmsg", _one, 1, 16 + 4 * data.Length);
    }

    private Errno Message(string call, ulong socket, int length, int control, int flags = 0)
    {
        _world.Memory.Set(Vector, Bytes);
        _world.Memory.Set(Vector + 8, (long)length);
        _world.Memory.Set(Header, new msghdr { msg_iov = Vector, msg_iovlen = 1, msg_control = Control, msg_controllen = control });
        return _world.Call(call, socket, Header, (ulong)flags);
    }

    /// <summary>What came: bytes, room that control messages took, and MSG_*.</summary>
    private (long Bytes, int Control, int Flags) Receive(int length = 10, int control = 200, int flags = 0)
    {
        Assert.That(Message("recvmsg", _other, length, control, flags), Is.EqualTo(None));
        var header = _world.Memory.Get<msghdr>(Header);
        return (_world.Value, header.msg_controllen, header.msg_flags);
    }

    private int References()
    {
        _world.Process.Files.Get((int)_file, out var file);
        return file.References;
    }

    [Test]
    public void An_open_file_is_handed_on_with_its_offset()
    {
        _world.Call("lseek", _file, 42, 0);
        Assert.That(Send(SCM_RIGHTS, (int)_file), Is.EqualTo(None));
        Assert.That(References(), Is.EqualTo(2), "it is under way");
        Assert.That(Receive(flags: MSG_CMSG_CLOEXEC), Is.EqualTo((1L, 24, 0)));
        Assert.That(_world.Memory.Get<cmsghdr>(Control), Is.EqualTo(new cmsghdr(20, SOL_SOCKET, SCM_RIGHTS)));
        var got = _world.Memory.Get<int>(Control + 16);
        Assert.That(_world.Call("lseek", (ulong)got, 0, 1), Is.EqualTo(None));
        Assert.That((_world.Value, _world.Process.Files.IsCloseOnExec(got)), Is.EqualTo((42L, true)));
    }

    [Test]
    public void What_nobody_takes_is_closed()
    {
        Send(SCM_RIGHTS, (int)_file, (int)_file);
        Assert.That(References(), Is.EqualTo(3));
        _world.Call("read", _other, Bytes, 5);
        Assert.That(References(), Is.EqualTo(1), "read(2) has no place for them");
        Send(SCM_RIGHTS, (int)_file);
        Assert.That(Receive(control: 16).Flags, Is.EqualTo(MSG_CTRUNC));
        Assert.That(References(), Is.EqualTo(1), "no room");
        Send(SCM_RIGHTS, (int)_file);
        _world.Call("close", _other);
        Assert.That(References(), Is.EqualTo(1), "the receiver is gone");
    }

    [Test]
    public void Control_messages_set_the_bytes_of_a_stream_apart()
    {
        _world.Call("write", _one, Bytes, 3);
        Send(SCM_RIGHTS, (int)_file);
        Assert.That(Receive(), Is.EqualTo((3L, 0, 0)));
        Assert.That(Receive(), Is.EqualTo((1L, 24, 0)));
    }

    [Test]
    public void The_sender_is_told()
    {
        Assert.That(Send(SCM_CREDS, new int[21]), Is.EqualTo(None));
        Assert.That(Receive().Control, Is.EqualTo(104));
        Assert.That(_world.Memory.Get<int>(Control + 16), Is.EqualTo(_world.Process.Pid));
        Assert.That((_world.Memory.Get<uint>(Control + 24), _world.Memory.Get<short>(Control + 32)), Is.EqualTo((Process.ProgramUser, (short)1)));
    }

    [Test]
    public void Senseless_control_messages_are_refused()
    {
        Assert.That(Send(SCM_RIGHTS, 99), Is.EqualTo(EBADF));
        Assert.That(Send(77, 0), Is.EqualTo(EINVAL));
        _world.Call("kqueue");
        Assert.That(Send(SCM_RIGHTS, (int)_file, (int)_world.Value), Is.EqualTo(EOPNOTSUPP));
        Assert.That(References(), Is.EqualTo(1), "nothing stays under way");
        _world.Memory.Set(Control, new cmsghdr(100, SOL_SOCKET, SCM_RIGHTS));
        Assert.That(Message("sendmsg", _one, 1, 20), Is.EqualTo(EINVAL), "longer than it says");
    }

    [Test]
    public void A_message_that_is_cut_says_so()
    {
        Pair(SOCK_SEQPACKET);
        _world.Call("write", _one, Bytes, 30);
        Assert.That(Receive(length: 10), Is.EqualTo((10L, 0, MSG_TRUNC)));
    }

    [Test]
    public void Who_is_at_the_other_end_can_be_asked()
    {
        var listener = Make();
        byte[] name = [0, AF_UNIX, .. "/tmp/s\0"u8];
        name.CopyTo(_world.Memory[Bytes, name.Length]);
        _world.Call("bind", listener, Bytes, (ulong)name.Length);
        _world.Call("listen", listener, 1);
        var client = Make();
        Assert.That(_world.Call("connect", client, Bytes, (ulong)name.Length), Is.EqualTo(None));
        _world.Memory.Set(Ends, 88);
        Assert.That(_world.Call("getsockopt", client, SOL_LOCAL, LOCAL_PEERCRED, Bytes, Ends), Is.EqualTo(None));
        Assert.That((_world.Memory.Get<uint>(Bytes + 4), _world.Memory.Get<int>(Bytes + 80)), Is.EqualTo((Process.ProgramUser, _world.Process.Pid)));
        Assert.That(_world.Call("getsockopt", Make(), SOL_LOCAL, LOCAL_PEERCRED, Bytes, Ends), Is.EqualTo(ENOTCONN));
    }

    private ulong Make()
    {
        _world.Call("socket", AF_UNIX, SOCK_STREAM, 0);
        return (ulong)_world.Value;
    }
}
