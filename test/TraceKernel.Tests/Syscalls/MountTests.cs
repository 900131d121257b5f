using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Syscalls;

/// <summary>nmount(2), mount(2) and unmount(2): what root mounts, where names lead then, and what is in the way of an end.</summary>
[TestFixture]
internal sealed class MountTests
{
    private const ulong Vectors = TestMemory.Base, Values = TestMemory.Base + 0x1000, Message = TestMemory.Base + 0x8000, Data = TestMemory.Base + 0x9000;

    private World _world = null!;

    [SetUp]
    public void MakeTree()
    {
        _world = new World();
        foreach (var directory in (string[])["/tmp/m", "/tmp/m/below"]) Assert.That(_world.Path("mkdir", directory, 0x1ed), Is.EqualTo(None));
        Assert.That(_world.Call("close", _world.Open("/tmp/file", O_CREAT | O_RDWR)), Is.EqualTo(None));
        _world.Process.UserId = 0;
    }

    private Errno Mount(string type, string path, int flags = 0, params ReadOnlySpan<(string Name, string? Value)> more)
    {
        var (count, next) = (0, Values);
        foreach (var text in (string?[])["fstype", type, "fspath", path, .. Pairs(more), "errmsg", null])
        {
            var bytes = text is null ? [] : Encoding.Latin1.GetBytes(text + '\0');
            bytes.CopyTo(_world.Memory[next, bytes.Length]);
            _world.Memory.Set(Vectors + (ulong)(16 * count++), new iovec(bytes.Length == 0 ? 0 : next, (ulong)bytes.Length));
            next += (ulong)bytes.Length;
        }
        _world.Memory[Message, 256].Clear();
        _world.Memory.Set(Vectors + (ulong)(16 * (count - 1)), new iovec(Message, 256));
        return _world.Call("nmount", Vectors, (ulong)count, (ulong)flags);
    }

    private static string?[] Pairs(ReadOnlySpan<(string Name, string? Value)> options)
    {
        var texts = new List<string?>();
        foreach (var (name, value) in options) texts.AddRange([name, value]);
        return [.. texts];
    }

    private string Said => _world.Memory.GetText(Message);

    private string TypeAt(string path)
    {
        Assert.That(_world.Path("statfs", path, Data), Is.EqualTo(None));
        return _world.Memory.GetText(Data + 280);
    }

    [Test]
    public void Is_for_root_and_for_types_that_are_there()
    {
        Assert.That(Mount("nofs", "/tmp/m"), Is.EqualTo(ENODEV));
        Assert.That(Mount("tmpfs", "/tmp/none"), Is.EqualTo(ENOENT));
        Assert.That(Mount("tmpfs", "/tmp/file"), Is.EqualTo(ENOTDIR));
        Assert.That((Mount("tmpfs", "/tmp/m", 0, ("color", "red")), Said), Is.EqualTo((EINVAL, "mount option <color> is unknown")));
        _world.Process.UserId = 1001;
        Assert.That(Mount("nofs", "/tmp/none"), Is.EqualTo(EPERM));
        Assert.That(_world.Path("unmount", "/tmp/none", 0), Is.EqualTo(EPERM));
    }

    [Test]
    public void The_old_call_knows_the_types_and_mounts_none()
    {
        Assert.That(_world.Call("mount", _world.Memory.Text("nofs"), _world.Memory.Text("/tmp/m"), 0, 0), Is.EqualTo(ENOENT));
        Assert.That(_world.Call("mount", _world.Memory.Text("tmpfs"), _world.Memory.Text("/tmp/m"), 0, 0), Is.EqualTo(EOPNOTSUPP));
    }

    [Test]
    public void Covers_a_directory_until_it_is_unmounted()
    {
        Assert.That(Mount("tmpfs", "/tmp/m"), Is.EqualTo(None), Said);
        Assert.That(TypeAt("/tmp/m"), Is.EqualTo("tmpfs"));
        Assert.That(_world.Path("access", "/tmp/m/below", 0), Is.EqualTo(ENOENT));
        Assert.That(_world.Call("close", _world.Open("/tmp/m/new", O_CREAT | O_RDWR)), Is.EqualTo(None));
        Assert.That(_world.Path("access", "/tmp/m/../file", 0), Is.EqualTo(None));
        Assert.That(_world.Path("rmdir", "/tmp/m"), Is.EqualTo(EBUSY));
        Assert.That(_world.Stat("/tmp/m").st_dev, Is.Not.EqualTo(_world.Stat("/tmp").st_dev));
        Assert.That(_world.Path("unmount", "/tmp/m", 0), Is.EqualTo(None));
        Assert.That(_world.Path("access", "/tmp/m/below", 0), Is.EqualTo(None));
        Assert.That(_world.Path("unmount", "/tmp/m", 0), Is.EqualTo(EINVAL));
    }

    [Test]
    public void What_is_in_use_stays_unless_it_is_forced()
    {
        Assert.That(Mount("tmpfs", "/tmp/m"), Is.EqualTo(None));
        var open = _world.Open("/tmp/m/new", O_CREAT | O_RDWR);
        Assert.That(_world.Path("unmount", "/tmp/m", 0), Is.EqualTo(EBUSY));
        Assert.That(_world.Call("close", open), Is.EqualTo(None));
        Assert.That(_world.Path("chdir", "/tmp/m"), Is.EqualTo(None));
        Assert.That(_world.Path("unmount", "/tmp/m", 0), Is.EqualTo(EBUSY));
        Assert.That(_world.Path("unmount", "/tmp/m", statfs.MNT_FORCE), Is.EqualTo(None));
    }

    [Test]
    public void Files_of_a_mount_that_ends_are_given_back()
    {
        var budget = _world.Kernel.FileSystem.Budget;
        var before = (budget.Files, budget.Bytes);
        Assert.That(Mount("tmpfs", "/tmp/m"), Is.EqualTo(None));
        Assert.That(_world.Path("mkdir", "/tmp/m/d", 0x1ff), Is.EqualTo(None));
        var open = _world.Open("/tmp/m/d/f", O_CREAT | O_RDWR);
        Assert.That(_world.Call("write", open, Data, 8192), Is.EqualTo(None));
        Assert.That(_world.Call("close", open), Is.EqualTo(None));
        Assert.That(_world.Path("unmount", "/tmp/m", 0), Is.EqualTo(None));
        Assert.That((budget.Files, budget.Bytes), Is.EqualTo(before));
    }

    [Test]
    public void Size_and_number_of_files_are_limits_of_the_mount()
    {
        Assert.That(Mount("tmpfs", "/tmp/m", 0, ("size", "64k"), ("inodes", "2"), ("mode", "700"), ("uid", "5")), Is.EqualTo(None));
        Assert.That((_world.Stat("/tmp/m").st_uid, _world.Stat("/tmp/m").st_mode & 0x1ff), Is.EqualTo((5u, 0x1c0)));
        var open = _world.Open("/tmp/m/a", O_CREAT | O_RDWR);
        Assert.That(_world.Call("write", open, Data, 32768), Is.EqualTo(None));
        Assert.That(_world.Call("pwrite", open, Data, 65536, 65536), Is.EqualTo(ENOSPC).Or.EqualTo(None));
        Assert.That(_world.Value, Is.LessThan(65536));
        Assert.That(_world.Path("mkdir", "/tmp/m/b", 0x1ff), Is.EqualTo(None));
        Assert.That(_world.Path("mkdir", "/tmp/m/c", 0x1ff), Is.EqualTo(ENOSPC));
    }

    [Test]
    public void Read_only_is_an_option_that_can_change()
    {
        Assert.That(Mount("tmpfs", "/tmp/m", 0, ("ro", null)), Is.EqualTo(None));
        Assert.That(_world.Path("mkdir", "/tmp/m/a", 0x1ff), Is.EqualTo(EROFS));
        Assert.That(Mount("tmpfs", "/tmp/m", 0, ("update", null), ("rw", null)), Is.EqualTo(None));
        Assert.That(_world.Path("mkdir", "/tmp/m/a", 0x1ff), Is.EqualTo(None));
        Assert.That(Mount("tmpfs", "/tmp/m/a", 0, ("update", null)), Is.EqualTo(EINVAL));
    }

    [Test]
    public void Links_of_a_mount_are_not_followed_where_it_says_so()
    {
        Assert.That(Mount("tmpfs", "/tmp/m", 0, ("nosymfollow", null)), Is.EqualTo(None));
        Assert.That(_world.Call("symlink", _world.Memory.Text("/tmp/file"), _world.Memory.Text("/tmp/m/link")), Is.EqualTo(None));
        Assert.That(_world.Path("access", "/tmp/m/link", 0), Is.EqualTo(EACCES));
    }

    [Test]
    public void Devices_processes_and_descriptors_are_there_again()
    {
        Assert.That(Mount("devfs", "/tmp/m"), Is.EqualTo(None));
        Assert.That(_world.Path("access", "/tmp/m/null", 0), Is.EqualTo(None));
        Assert.That(Mount("procfs", "/tmp/m"), Is.EqualTo(None), "the root of a mount can be covered, too");
        Assert.That(_world.Path("access", "/tmp/m/curproc/status", 0), Is.EqualTo(None));
        Assert.That(_world.Path("unmount", "/tmp/m", 0), Is.EqualTo(None));
        Assert.That(_world.Path("unmount", "/tmp/m", 0), Is.EqualTo(None));
        Assert.That(Mount("fdescfs", "/dev/fd"), Is.EqualTo(None));
        var open = _world.Open("/tmp/file", O_RDWR);
        Assert.That(_world.Path("open", $"/dev/fd/{open}", O_RDONLY), Is.EqualTo(None));
        Assert.That(_world.Path("open", "/dev/fd/77", O_RDONLY), Is.EqualTo(EBADF));
        Assert.That(_world.Path("open", "/dev/fd/x", O_RDONLY), Is.EqualTo(ENOENT));
    }

    /// <summary>A socket's name was taken from the budget of files, and was nowhere.</summary>
    [TestCase("fdescfs", "/dev/fd")]
    [TestCase("procfs", "/tmp/m")]
    public void Nothing_is_created_where_the_file_system_makes_the_names(string type, string path)
    {
        Assert.That(Mount(type, path), Is.EqualTo(None));
        var files = _world.Kernel.FileSystem.Budget.Files;
        var name = path + "/x";
        Assert.That(_world.Path("mkdir", name, 0x1ff), Is.EqualTo(EOPNOTSUPP));
        Assert.That(_world.Path("mkfifo", name, 0x1ff), Is.EqualTo(EOPNOTSUPP));
        Assert.That(_world.Path("open", name, O_CREAT | O_RDWR, 0x1ff), Is.EqualTo(EOPNOTSUPP));
        Assert.That(_world.Call("symlink", _world.Memory.Text("target"), _world.Memory.Text(name)), Is.EqualTo(EOPNOTSUPP));
        Assert.That(_world.Call("socket", 1, 1, 0), Is.EqualTo(None));
        var socket = (ulong)_world.Value;
        byte[] address = [(byte)(name.Length + 3), 1, .. Encoding.Latin1.GetBytes(name), 0];
        address.CopyTo(_world.Memory[Data, address.Length]);
        Assert.That(_world.Call("bind", socket, Data, (ulong)address.Length), Is.EqualTo(EOPNOTSUPP));
        Assert.That(_world.Kernel.FileSystem.Budget.Files, Is.EqualTo(files));
    }

    [Test]
    public void A_jail_mounts_what_it_is_allowed()
    {
        _world.Process.Jail = 3;
        Assert.That(Mount("tmpfs", "/tmp/m"), Is.EqualTo(EPERM));
        var prison = _world.Process.Prison;
        (prison.Allow, prison.EnforceStatfs) = (prison.Allow | Jails.PR_ALLOW_MOUNT | Jails.PR_ALLOW_MOUNT_TMPFS, 1);
        Assert.That(Mount("procfs", "/tmp/m"), Is.EqualTo(EPERM));
        Assert.That(Mount("tmpfs", "/tmp/m"), Is.EqualTo(None));
    }
}
