using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Syscalls;

/// <summary>chroot(2): who may call it, where names begin afterwards, and what a process with a root of its own is told about paths.</summary>
[TestFixture]
internal sealed class ChrootTests
{
    private const ulong Data = TestMemory.Base, Here = unchecked((ulong)AT_FDCWD);

    private World _world = null!;

    [SetUp]
    public void MakeTree()
    {
        _world = new World();
        foreach (var directory in (string[])["/tmp/r", "/tmp/r/sub", "/tmp/r/tmp", "/tmp/r/tmp/r"])
            Assert.That(_world.Path("mkdir", directory, 0x1ff), Is.EqualTo(None));
        foreach (var file in (string[])["/tmp/outside", "/tmp/r/inside"]) Assert.That(_world.Call("close", _world.Open(file, O_CREAT | O_RDWR)), Is.EqualTo(None));
        _world.Process.UserId = 0;
    }

    private Errno Exists(string path) => _world.Call("access", _world.Memory.Text(path), 0);

    private void EnterRoot(string path = "/tmp/r")
    {
        Assert.That(_world.Path("chdir", path), Is.EqualTo(None));
        Assert.That(_world.Path("chroot", path), Is.EqualTo(None));
    }

    private string CurrentDirectory()
    {
        Assert.That(_world.Call("__getcwd", Data, 1024), Is.EqualTo(None));
        return _world.Memory.GetText(Data);
    }

    private string RealPath(string path)
    {
        Assert.That(_world.Call("__realpathat", Here, _world.Memory.Text(path), Data, 1024, 0), Is.EqualTo(None));
        return _world.Memory.GetText(Data);
    }

    [Test]
    public void Is_for_root_before_the_name_is_read()
    {
        _world.Process.UserId = 1001;
        Assert.That(_world.Call("chroot", TestMemory.Nowhere), Is.EqualTo(EPERM));
        _world.Process.UserId = 0;
        Assert.That(_world.Call("chroot", TestMemory.Nowhere), Is.EqualTo(EFAULT));
        Assert.That(_world.Path("chroot", "/tmp/none"), Is.EqualTo(ENOENT));
        Assert.That(_world.Path("chroot", "/tmp/outside"), Is.EqualTo(ENOTDIR));
    }

    [Test]
    public void Is_for_users_without_set_id_programs_where_the_policy_says_so()
    {
        _world.Process.UserId = 1001;
        _world.Kernel.Security.UnprivilegedChroot = true;
        Assert.That(_world.Path("chroot", "/tmp/r"), Is.EqualTo(EPERM));
        _world.Process.Flags2 |= ProcessFlags2.NoNewPrivileges;
        Assert.That(_world.Path("chroot", "/tmp/r"), Is.EqualTo(None));
    }

    [Test]
    public void Names_begin_at_the_new_root()
    {
        EnterRoot();
        Assert.That(Exists("/inside"), Is.EqualTo(None));
        Assert.That(Exists("/tmp/outside"), Is.EqualTo(ENOENT));
        Assert.That(CurrentDirectory(), Is.EqualTo("/"));
    }

    [TestCase("..")]
    [TestCase("../../..")]
    [TestCase("/..")]
    [TestCase("sub/../..")]
    public void No_dots_lead_out(string dots)
    {
        EnterRoot();
        Assert.That(Exists(dots + "/inside"), Is.EqualTo(None));
        Assert.That(Exists(dots + "/outside"), Is.EqualTo(ENOENT));
    }

    [Test]
    public void Absolute_links_begin_at_the_new_root()
    {
        Assert.That(_world.Call("symlink", _world.Memory.Text("/tmp/outside"), _world.Memory.Text("/tmp/r/out")), Is.EqualTo(None));
        Assert.That(_world.Call("symlink", _world.Memory.Text("/inside"), _world.Memory.Text("/tmp/r/in")), Is.EqualTo(None));
        Assert.That((Exists("/tmp/r/out"), Exists("/tmp/r/in")), Is.EqualTo((None, ENOENT)));
        EnterRoot();
        Assert.That((Exists("/out"), Exists("/in")), Is.EqualTo((ENOENT, None)));
    }

    [Test]
    public void Paths_are_told_from_the_new_root()
    {
        EnterRoot();
        Assert.That(_world.Path("chdir", "/tmp/r"), Is.EqualTo(None), "the root has a directory of its own former name");
        Assert.That(CurrentDirectory(), Is.EqualTo("/tmp/r"));
        Assert.That(RealPath("../../sub/.."), Is.EqualTo("/"));
        Assert.That(RealPath("/sub/../inside"), Is.EqualTo("/inside"));
    }

    [Test]
    public void A_current_directory_outside_keeps_its_full_name_and_leads_out()
    {
        Assert.That(_world.Path("chdir", "/tmp"), Is.EqualTo(None));
        Assert.That(_world.Path("chroot", "/tmp/r"), Is.EqualTo(None));
        Assert.That(CurrentDirectory(), Is.EqualTo("/tmp"));
        Assert.That(Exists("outside"), Is.EqualTo(None));
    }

    [Test]
    public void A_second_root_lies_below_the_first()
    {
        EnterRoot();
        Assert.That(_world.Path("chroot", "/sub"), Is.EqualTo(None));
        Assert.That(Exists("../inside"), Is.EqualTo(None), "the current directory is the first root");
        Assert.That(Exists("../outside"), Is.EqualTo(ENOENT), "which no .. leaves");
        Assert.That(Exists("/inside"), Is.EqualTo(ENOENT));
    }

    [TestCase(0, false, EPERM)]
    [TestCase(1, false, None)]
    [TestCase(1, true, EPERM)]
    [TestCase(2, true, None)]
    public void Open_directories_are_judged_by_the_policy(int policy, bool hasRoot, Errno expected)
    {
        _world.Kernel.Security.ChrootAllowsOpenDirectories = policy;
        if (hasRoot) EnterRoot();
        _world.Open("/tmp", O_RDONLY | O_DIRECTORY);
        Assert.That(_world.Path("chroot", hasRoot ? "/sub" : "/tmp/r/sub"), Is.EqualTo(expected));
    }

    [Test]
    public void Beneath_means_beneath_the_new_root_too()
    {
        EnterRoot();
        var flags = (ulong)(O_RDONLY | O_RESOLVE_BENEATH);
        Assert.That(_world.Call("openat", Here, _world.Memory.Text("sub/../inside"), flags, 0), Is.EqualTo(None));
        Assert.That(_world.Call("openat", Here, _world.Memory.Text("../inside"), flags, 0), Is.EqualTo(ENOTCAPABLE));
    }

    [Test]
    public void A_child_begins_in_its_parents_root()
    {
        EnterRoot();
        var child = _world.Add(101);
        child.InheritFrom(_world.Process, Forks.RFFDG | Forks.RFPROC);
        Assert.That((child.Directory.RootPath, child.Directory.Path), Is.EqualTo(("/tmp/r", "/tmp/r")));
    }
}
