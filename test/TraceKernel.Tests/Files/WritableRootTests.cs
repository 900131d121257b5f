using System.Runtime.Versioning;
using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Tests.Syscalls;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Files;

/// <summary>
/// A host directory that guests may write to: what they do arrives on the host, and nothing of it outside that directory.
/// </summary>
[TestFixture, UnsupportedOSPlatform("windows"), Platform(Exclude = "Win", Reason = "symbolic links need a privilege there")]
internal sealed class WritableRootTests
{
    private string _outside = null!, _root = null!;
    private World _world = null!;

    [SetUp]
    public void MakeHostTree()
    {
        _outside = Directory.CreateTempSubdirectory("gdbstub-writable").FullName;
        _root = Path.Combine(_outside, "root");
        Directory.CreateDirectory(Path.Combine(_root, "dir"));
        Directory.CreateDirectory(Path.Combine(_outside, "other"));
        File.WriteAllText(Path.Combine(_root, "file"), "before");
        File.WriteAllText(Path.Combine(_outside, "secret"), "secret");
        foreach (var name in new[] { _root, Path.Combine(_root, "dir"), Path.Combine(_root, "file") })
            File.SetUnixFileMode(name, (UnixFileMode)0x1ff);
        _world = new World(_root, isRootWritable: true);
        // Whoever runs the tests, the guest is the owner of what the host shows.
        _world.Process.Credentials = Credentials.Of(Process.ProgramUser, Process.ProgramUser);
    }

    [TearDown]
    public void RemoveHostTree()
    {
        _world.Process.Files.Release();
        Directory.Delete(_outside, recursive: true);
    }

    private string Host(string name) => Path.Combine(_root, name);

    private Errno Write(ulong descriptor, string text) => _world.Call("write", descriptor, _world.Memory.Text(text), (ulong)text.Length);

    private string Read(ulong descriptor)
    {
        Assert.That(_world.Call("pread", descriptor, TestMemory.Base, 100, 0), Is.EqualTo(None));
        return Encoding.Latin1.GetString(_world.Memory[TestMemory.Base, (int)_world.Value]);
    }

    [Test]
    public void Bytes_arrive_and_come_back()
    {
        var file = _world.Open("/file", O_RDWR);
        Assert.That(Read(file), Is.EqualTo("before"));
        Assert.That(Write(file, "after it"), Is.EqualTo(None));
        Assert.That(File.ReadAllText(Host("file")), Is.EqualTo("after it"));
        Assert.That((Read(file), _world.Stat("/file").st_size), Is.EqualTo(("after it", 8L)));
        Assert.That(_world.Call("ftruncate", file, 5), Is.EqualTo(None));
        Assert.That(File.ReadAllText(Host("file")), Is.EqualTo("after"));
        var again = _world.Open("/file", O_RDWR | O_TRUNC);
        Assert.That((File.ReadAllText(Host("file")), Read(again), Read(file)), Is.EqualTo(("", "", "")));
        var inode = _world.Stat("/file").st_ino;
        Write(again, "x");
        Assert.That(_world.Stat("/file").st_ino, Is.EqualTo(inode), "the same file all the while");
    }

    [Test]
    public void Names_are_made_moved_and_removed()
    {
        var made = _world.Open("/dir/new", O_CREAT | O_EXCL | O_WRONLY, 0x1a0);
        Write(made, "new");
        Assert.That((File.ReadAllText(Host("dir/new")), (int)File.GetUnixFileMode(Host("dir/new"))), Is.EqualTo(("new", 0x1a0)));
        Assert.That(_world.Path("open", "/dir/new", O_CREAT | O_EXCL, 0x1a0), Is.EqualTo(EEXIST));
        Assert.That(_world.Path("mkdir", "/made", 0x1c0), Is.EqualTo(None));
        Assert.That(_world.Call("rename", _world.Memory.Text("/dir/new"), _world.Memory.Text("/made/moved")), Is.EqualTo(None));
        Assert.That((File.Exists(Host("dir/new")), File.ReadAllText(Host("made/moved"))), Is.EqualTo((false, "new")));
        Write(made, "er");
        Assert.That(File.ReadAllText(Host("made/moved")), Is.EqualTo("newer"), "the descriptor follows the file");
        Assert.That(_world.Path("rmdir", "/made"), Is.EqualTo(ENOTEMPTY));
        Assert.That(_world.Path("unlink", "/made/moved"), Is.EqualTo(None));
        Assert.That(_world.Path("rmdir", "/made"), Is.EqualTo(None));
        Assert.That(Directory.Exists(Host("made")), Is.False);
        Assert.That(_world.Path("mkfifo", "/fifo", 0x1ff), Is.EqualTo(EOPNOTSUPP));
    }

    [Test]
    public void Permissions_and_times_are_the_hosts()
    {
        Assert.That(_world.Path("chmod", "/file", 0x1a4), Is.EqualTo(None));
        Assert.That((int)File.GetUnixFileMode(Host("file")), Is.EqualTo(0x1a4));
        _world.Memory.Set(TestMemory.Base, new timespec(1000, 0));
        _world.Memory.Set(TestMemory.Base + 16, new timespec(2000, 0));
        Assert.That(_world.Call("utimensat", unchecked((ulong)AT_FDCWD), _world.Memory.Text("/file"), TestMemory.Base, 0), Is.EqualTo(None));
        Assert.That(File.GetLastWriteTimeUtc(Host("file")), Is.EqualTo(DateTime.UnixEpoch.AddSeconds(2000)));
    }

    [Test]
    public void A_link_that_a_guest_makes_leads_nowhere_outside()
    {
        foreach (var target in new[] { Path.Combine(_outside, "secret"), "../secret" })
        {
            Assert.That(_world.Call("symlink", _world.Memory.Text(target), _world.Memory.Text("/link")), Is.EqualTo(None));
            Assert.That(_world.Path("open", "/link", O_RDWR, 0), Is.EqualTo(ENOENT));
            Assert.That(_world.Path("truncate", "/link", 0), Is.EqualTo(ENOENT));
            Assert.That(_world.Path("unlink", "/link"), Is.EqualTo(None));
        }
        _world.Call("symlink", _world.Memory.Text("made-by-link"), _world.Memory.Text("/link"));
        _world.Open("/link", O_CREAT | O_WRONLY);
        Assert.That(File.Exists(Host("made-by-link")), Is.True, "inside it is followed");
        Assert.That(File.ReadAllText(Path.Combine(_outside, "secret")), Is.EqualTo("secret"));
    }

    [Test]
    public void A_directory_that_has_become_a_link_is_not_followed()
    {
        File.WriteAllText(Path.Combine(_outside, "other/victim"), "untouched");
        var directory = _world.Open("/dir", O_RDONLY | O_DIRECTORY);
        Directory.Delete(Host("dir"));
        File.CreateSymbolicLink(Host("dir"), Path.Combine(_outside, "other"));
        ulong Name(string name) => _world.Memory.Text(name);
        Assert.That(_world.Call("openat", directory, Name("victim"), O_RDWR, 0), Is.EqualTo(ENOENT));
        Assert.That(_world.Call("openat", directory, Name("new"), O_CREAT | O_WRONLY, 0x1ff), Is.EqualTo(ENOENT));
        Assert.That(_world.Call("unlinkat", directory, Name("victim"), 0), Is.EqualTo(ENOENT));
        Assert.That(Directory.GetFileSystemEntries(Path.Combine(_outside, "other")), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_file_that_has_become_a_link_is_not_followed()
    {
        _world.Stat("/file");
        Assert.That(_world.Path("mkdir", "/holder", 0x1ff), Is.EqualTo(None));
        Assert.That(_world.Call("rename", _world.Memory.Text("/file"), _world.Memory.Text("/holder/file")), Is.EqualTo(None));
        _world.Process.Kernel.FileSystem.FindRegular("/holder/file", out var vnode);
        File.Delete(Host("holder/file"));
        File.CreateSymbolicLink(Host("holder/file"), Path.Combine(_outside, "secret"));
        Assert.That(vnode.Truncate(0), Is.EqualTo(ENOENT), "the vnode was there before the link");
        Assert.That(File.ReadAllText(Path.Combine(_outside, "secret")), Is.EqualTo("secret"));
    }

    [Test]
    public void Temporary_files_and_devices_stay_in_memory()
    {
        _world.Open("/tmp/file", O_CREAT | O_RDWR);
        Assert.That(Directory.Exists(Host("tmp")), Is.False);
        Assert.That(_world.Path("unlink", "/dev/null"), Is.Not.EqualTo(None));
    }

    [Test]
    public void A_second_name_is_the_same_file()
    {
        Assert.That(_world.Call("link", _world.Memory.Text("/file"), _world.Memory.Text("/dir/second")), Is.EqualTo(None));
        var first = _world.Open("/file", O_RDWR);
        var second = _world.Open("/dir/second", O_RDWR);
        Assert.That(Write(first, "by the first"), Is.EqualTo(None));
        Assert.That((Read(second), File.ReadAllText(Host("dir/second"))), Is.EqualTo(("by the first", "by the first")));
        Assert.That((_world.Stat("/dir/second").st_ino, _world.Stat("/file").st_nlink), Is.EqualTo((_world.Stat("/file").st_ino, 2UL)));
        Assert.That(_world.Path("unlink", "/file"), Is.EqualTo(None));
        Assert.That((_world.Stat("/dir/second").st_nlink, File.Exists(Host("file"))), Is.EqualTo((1UL, false)));
    }

    [Test]
    public void A_second_name_that_the_host_made_is_the_same_file()
    {
        using (var ln = System.Diagnostics.Process.Start("ln", [Host("file"), Host("dir/second")])) ln.WaitForExit();
        Assert.That(_world.Stat("/dir/second").st_ino, Is.EqualTo(_world.Stat("/file").st_ino));
    }

    [Test]
    public void Attributes_that_the_host_changes_are_seen()
    {
        Assert.That(_world.Stat("/file").st_mode & 0x1ff, Is.EqualTo(0x1ff));
        File.SetUnixFileMode(Host("file"), (UnixFileMode)0x124);
        File.SetUnixFileMode(Host("dir"), (UnixFileMode)0x140);
        Assert.That((_world.Stat("/file").st_mode & 0x1ff, _world.Stat("/dir").st_mode & 0x1ff), Is.EqualTo((0x124, 0x140)));
        File.SetLastWriteTimeUtc(Host("file"), DateTime.UnixEpoch.AddSeconds(7));
        Assert.That(_world.Stat("/file").st_mtim.tv_sec, Is.EqualTo(7));
    }

    [Test]
    public void Times_of_what_guests_write_are_the_guests()
    {
        var file = _world.Open("/file", O_RDWR);
        Write(file, "now");
        var now = _world.Stat("/file").st_mtim;
        Assert.That(now, Is.EqualTo(timespec.Of(_world.Kernel.FileSystem.Now)));
    }

    [Test]
    public void A_file_that_nobody_may_read_can_be_changed_by_its_owner()
    {
        Assert.That(_world.Path("chmod", "/file", 0), Is.EqualTo(None));
        Assert.That(_world.Path("chmod", "/file", 0x1a4), Is.EqualTo(None));
        Assert.That(_world.Path("chmod", "/dir", 0), Is.EqualTo(None));
        Assert.That(_world.Path("chmod", "/dir", 0x1c0), Is.EqualTo(None));
        Assert.That(((int)File.GetUnixFileMode(Host("file")), (int)File.GetUnixFileMode(Host("dir"))), Is.EqualTo((0x1a4, 0x1c0)));
    }

    [Test]
    public void Names_are_bytes()
    {
        const string name = "\u00ff\u0080name";
        _world.Open("/" + name, O_CREAT | O_WRONLY);
        Assert.That(_world.Kernel.FileSystem.Root.ReadEntries(0).Select(entry => entry.Name), Does.Contain(name));
        Assert.That(_world.Path("unlink", "/" + name), Is.EqualTo(None));
    }

    [Test]
    public void A_fifo_of_the_host_is_seen_and_not_opened()
    {
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [Host("fifo")])) mkfifo.WaitForExit();
        Assert.That(_world.Stat("/fifo").st_mode & FileModes.S_IFMT, Is.EqualTo(FileModes.S_IFIFO));
        foreach (var flags in new[] { O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_NONBLOCK })
            Assert.That(_world.Path("open", "/fifo", (ulong)flags, 0), Is.EqualTo(EOPNOTSUPP));
        Assert.That(_world.Path("truncate", "/fifo", 0), Is.Not.EqualTo(EIO));
        Assert.That(_world.Path("unlink", "/fifo"), Is.EqualTo(None));
    }

    [Test]
    public void Renaming_a_link_does_not_depend_on_its_target()
    {
        foreach (var target in new[] { _outside, Path.Combine(_outside, "secret"), "/nowhere", "dir", "file" })
        {
            Assert.That(_world.Call("symlink", _world.Memory.Text(target), _world.Memory.Text("/probe")), Is.EqualTo(None));
            Assert.That(_world.Call("rename", _world.Memory.Text("/probe"), _world.Memory.Text("/moved")), Is.EqualTo(None), target);
            Assert.That(_world.Path("unlink", "/moved"), Is.EqualTo(None), target);
        }
    }

    [Test]
    public void Directories_can_be_deeper_than_a_path_is_long()
    {
        const int depth = 3000;
        for (var level = 0; level < depth; level++)
        {
            Assert.That(_world.Path("mkdir", "d", 0x1ff), Is.EqualTo(None));
            Assert.That(_world.Path("chdir", "d"), Is.EqualTo(None));
        }
        Assert.That(_world.Open("deepest", O_CREAT | O_WRONLY), Is.Not.Zero);
        for (var level = 0; level < depth; level++)
        {
            Assert.That(_world.Path("unlink", "deepest"), Is.EqualTo(level == 0 ? None : ENOENT));
            Assert.That(_world.Path("chdir", ".."), Is.EqualTo(None));
            Assert.That(_world.Path("rmdir", "d"), Is.EqualTo(None));
        }
    }

    [Test]
    public void A_directory_that_was_replaced_is_another_directory()
    {
        var directory = _world.Open("/dir", O_RDONLY | O_DIRECTORY);
        Directory.Move(Host("dir"), Host("elsewhere"));
        Directory.CreateDirectory(Host("dir"));
        File.WriteAllText(Host("dir/new"), "");
        Assert.That(_world.Call("openat", directory, _world.Memory.Text("new"), O_RDONLY, 0), Is.EqualTo(ENOENT));
        Assert.That(_world.Path("open", "/dir/new", O_RDONLY, 0), Is.EqualTo(None));
    }
}
