using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Syscalls;

/// <summary>Files by handles, which only root may use.</summary>
[TestFixture]
internal sealed class FileHandleTests
{
    private const ulong Handle = TestMemory.Base, Buffer = TestMemory.Base + 0x1000;

    private World _world = null!;

    [SetUp]
    public void MakeHandle()
    {
        _world = new World();
        _world.Process.UserId = 0;
        _world.Call("close", _world.Open("/tmp/file", O_CREAT | O_RDWR));
        _world.Call("symlink", _world.Memory.Text("file"), _world.Memory.Text("/tmp/link"));
        Assert.That(_world.Path("getfh", "/tmp/link", Handle), Is.EqualTo(None));
    }

    [Test]
    public void A_handle_finds_its_file()
    {
        Assert.That(_world.Call("fhstat", Handle, Buffer), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<stat>(Buffer).st_ino, Is.EqualTo(_world.Stat("/tmp/file").st_ino));
        Assert.That(_world.Call("fhopen", Handle, O_RDWR), Is.EqualTo(None));
        Assert.That(_world.Call("fhopen", Handle, O_RDWR | O_CREAT), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("fhstatfs", Handle, Buffer), Is.EqualTo(None));
        Assert.That(_world.Call("freebsd4_fhstatfs", Handle, Buffer), Is.EqualTo(None));
        Assert.That(_world.Memory.GetText(Buffer + 104), Is.EqualTo("tmpfs"));
        Assert.That(_world.Call("fhlink", Handle, _world.Memory.Text("/tmp/second")), Is.EqualTo(None));
        Assert.That(_world.Stat("/tmp/second").st_nlink, Is.EqualTo(2));
        Assert.That(_world.Call("fhreadlink", Handle, Buffer, 100), Is.EqualTo(EINVAL));
        Assert.That(_world.Path("lgetfh", "/tmp/link", Handle), Is.EqualTo(None));
        Assert.That(_world.Call("fhreadlink", Handle, Buffer, 100), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(4));
    }

    [Test]
    public void A_handle_of_what_is_gone_is_stale()
    {
        _world.Path("unlink", "/tmp/file");
        Assert.That(_world.Call("fhstat", Handle, Buffer), Is.EqualTo(ESTALE));
        Assert.That(_world.Path("getfh", "/tmp/file", Handle), Is.EqualTo(ENOENT));
        Assert.That(_world.Path("getfh", "/dev/null", Handle), Is.EqualTo(EOPNOTSUPP));
    }

    [Test]
    public void Only_root_uses_handles()
    {
        _world.Process.UserId = 1001;
        Assert.That(_world.Path("getfh", "/tmp/file", Handle), Is.EqualTo(EPERM));
        Assert.That(_world.Call("fhopen", Handle, O_RDONLY), Is.EqualTo(EPERM));
        Assert.That(_world.Call("fhstat", Handle, Buffer), Is.EqualTo(EPERM));
    }
}
