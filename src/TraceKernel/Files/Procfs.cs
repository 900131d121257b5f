using System.Globalization;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Ptrace;

namespace TraceKernel.Files;

/// <summary>
/// procfs(5) at /proc: programs find what FreeBSD's has. Host processes, which are debuggers, also find the files of linprocfs(5), since
/// plug-ins of debuggers look there by Host I/O; where a name is in both (cmdline, status), each reader finds the form that it knows.
/// Nodes are made as they are looked up and have ids of their own, so that looking changes nothing that a program can observe.
/// </summary>
internal static class Procfs
{
    /// <summary>The file system's id, and where its file ids begin: outside of those of files in memory.</summary>
    private const uint Id = 0x71000005;
    private const long FirstId = 1L << 40, IdsOfProcess = 1 << 20;

    private static readonly Caller s_root = new(0, 0, 0);

    /// <summary>Mounts it.</summary>
    public static void Mount(Kernel kernel, FileSystem fileSystem)
    {
        var mount = new Mount(Id, "procfs", isReadOnly: false, "/proc");
        fileSystem.MountAt("proc", mount, RootOf(kernel, fileSystem, mount));
    }

    /// <summary>The root of a mount of it.</summary>
    internal static DirectoryVnode RootOf(Kernel kernel, FileSystem fileSystem, Mount mount) =>
        new ProcfsDirectory(fileSystem, mount, FirstId, s_root, reader => Root(kernel, fileSystem, mount, reader)) { Links = 2 };

    /// <summary>The id of a node of a process; the directory itself has index 0.</summary>
    public static long IdOf(Process process, int index) => FirstId + (process.Pid + 1) * IdsOfProcess + index;

    /// <summary>What is in /proc for a reader.</summary>
    private static IEnumerable<ProcfsEntry> Root(Kernel kernel, FileSystem fileSystem, Mount mount, Process? reader)
    {
        var index = 1;
        foreach (var name in (string[])["curproc", "self"])
        {
            var id = FirstId + index++;
            yield return new(name, id, parent => new LinkVnode(fileSystem, mount, Text(reader?.Pid ?? 0), s_root, id));
        }
        if (reader is { IsHost: true })
        {
            foreach (var (name, text) in LinprocfsText.OfMachine)
            {
                var id = FirstId + index++;
                yield return new(name, id, _ => new ProcfsFile(fileSystem, mount, id, 0x124, s_root, new ProcfsText(() => text(kernel))));
            }
        }
        foreach (var process in kernel.Processes.ToArray())
        {
            if (reader is not null && Permission.CanSee(reader, process) != Errno.None) continue;
            var nodes = new ProcfsProcess(fileSystem, mount, process);
            yield return new(Text(process.Pid), IdOf(process, 0), _ => nodes.Directory);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One name in a directory of procfs.</summary>
/// <param name="Id">st_ino.</param>
/// <param name="Make">The node, given its directory.</param>
internal readonly record struct ProcfsEntry(string Name, long Id, Func<DirectoryVnode, Vnode> Make);

/// <summary>A directory whose entries follow from the processes that there are. Nothing can be made or removed in it.</summary>
/// <param name="entries">What is in it for a reader; null: the kernel itself.</param>
internal sealed class ProcfsDirectory(FileSystem fileSystem, Mount mount, long id, Caller owner, Func<Process?, IEnumerable<ProcfsEntry>> entries)
    : FixedDirectory(fileSystem, mount, 0x16d, owner, id)
{
    public override bool IsEmpty => false;

    public override Errno Lookup(string name, out Vnode vnode)
    {
        foreach (var entry in entries(FileSystem.Reader))
        {
            if (entry.Name != name) continue;
            vnode = Made(entry);
            return Errno.None;
        }
        vnode = null!;
        return Errno.ENOENT;
    }

    /// <summary>The place of an entry follows from its id, so that it stays when others go; those of . and .. come before 2.</summary>
    public override IEnumerable<DirectoryEntry> List(long offset)
    {
        foreach (var entry in entries(FileSystem.Reader))
        {
            var place = entry.Id - FileId + 1;
            if (place >= offset) yield return new(entry.Name, Made(entry), place + 1);
        }
    }

    private Vnode Made(in ProcfsEntry entry)
    {
        var vnode = entry.Make(this);
        vnode.Links = vnode is DirectoryVnode ? 2 : 1;
        vnode.SetName(this, entry.Name);
        return vnode;
    }
}

/// <summary>A file of procfs.</summary>
internal sealed class ProcfsFile(FileSystem fileSystem, Mount mount, long id, int permissions, Caller owner, ProcfsContent content)
    : Vnode(fileSystem, mount, FileModes.S_IFREG, permissions, owner, id)
{
    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count) => content.Read(offset, destination, out count);

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count) => content.Write(offset, source, out count);

    // pfs_setattr does nothing, so that files can be opened with O_TRUNC.
    public override Errno Truncate(long length) => Errno.None;
}

/// <summary>What a file of procfs has.</summary>
internal abstract class ProcfsContent
{
    /// <summary>EIO: the process is gone.</summary>
    public abstract Errno Read(long offset, Span<byte> destination, out int count);

    /// <summary>EBADF where nothing can be written (pfs_write).</summary>
    public virtual Errno Write(long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        return Errno.EBADF;
    }

    /// <summary>The part of a whole that is asked for.</summary>
    protected static Errno Part(ReadOnlySpan<byte> whole, long offset, Span<byte> destination, out int count)
    {
        var rest = offset >= whole.Length ? default : whole[(int)offset..];
        count = Math.Min(rest.Length, destination.Length);
        rest[..count].CopyTo(destination);
        return Errno.None;
    }
}

/// <summary>Bytes that are made anew at each reading.</summary>
/// <param name="make">Null: the process is gone.</param>
internal sealed class ProcfsText(Func<string?> make) : ProcfsContent
{
    public override Errno Read(long offset, Span<byte> destination, out int count)
    {
        count = 0;
        if (offset < 0) return Errno.EINVAL;
        return make() is { } text ? Part(System.Text.Encoding.Latin1.GetBytes(text), offset, destination, out count) : Errno.EIO;
    }
}
