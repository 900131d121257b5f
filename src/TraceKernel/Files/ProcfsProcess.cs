using System.Globalization;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Syscalls;

namespace TraceKernel.Files;

/// <summary>The directory of one process in /proc.</summary>
internal sealed class ProcfsProcess(FileSystem fileSystem, Mount mount, Process process)
{
    private const int ReadOnly = 0x124, ReadWrite = 0x180, WriteOnly = 0x80;

    /// <summary>Indices of the nodes: those of procfs, of linprocfs, and of directories for threads and descriptors.</summary>
    private const int FirstFile = 1, FirstLinuxFile = 32, FirstThread = 64, FirstDescriptor = 1 << 18;

    private readonly Caller _owner = new(process.UserId, process.GroupId, 0);

    public ProcfsDirectory Directory => new(fileSystem, mount, Procfs.IdOf(process, 0), _owner, Entries);

    private bool IsGone => process.Kernel.FindAny(process.Pid) != process;

    private IEnumerable<ProcfsEntry> Entries(Process? reader)
    {
        var index = FirstFile;
        var forDebugger = reader is { IsHost: true };
        ProcfsEntry Entry(string name, int permissions, ProcfsContent content) => File(index++, name, permissions, content);

        yield return Entry("cmdline", ReadOnly, Text(ProcfsTexts.CommandLine));
        yield return Entry("dbregs", ReadWrite, new ProcfsRegisters(process, ProcfsRegisters.Kind.Debug));
        yield return Entry("etype", ReadOnly, Text(_ => ProcessSysctls.Emulation));
        yield return Entry("fpregs", ReadWrite, new ProcfsRegisters(process, ProcfsRegisters.Kind.FloatingPoint));
        if (!process.IsHost) yield return Entry("map", ReadOnly, Text(ProcfsTexts.Map));
        yield return Entry("mem", ReadWrite, new ProcfsMemory(process));
        yield return Entry("note", WriteOnly, new ProcfsNote());
        yield return Entry("notepg", WriteOnly, new ProcfsNote());
        yield return Entry("regs", ReadWrite, new ProcfsRegisters(process, ProcfsRegisters.Kind.General));
        yield return Entry("rlimit", ReadOnly, Text(ProcfsTexts.Limits));
        yield return Entry("status", ReadOnly, Text(forDebugger ? LinprocfsText.Status : ProcfsTexts.Status));
        yield return Entry("osrel", ReadWrite, new ProcfsRelease(process));
        if (!process.IsHost) yield return Link(index++, "file", Seen(reader, ProgramPath));
        if (!forDebugger) yield break;
        index = FirstLinuxFile;
        foreach (var (name, text) in LinprocfsText.OfProcess) yield return Entry(name, ReadOnly, Text(text));
        foreach (var (name, text) in LinprocfsText.SecretsOfProcess) yield return Entry(name, ReadWrite, Text(text));
        if (!process.IsHost) yield return Link(index++, "exe", Seen(reader, ProgramPath));
        yield return Link(index++, "cwd", Seen(reader, process.CurrentDirectory));
        yield return Link(index++, "root", Seen(reader, process.Directory.RootPath));
        yield return Folder(index++, "task", Threads);
        yield return Folder(index++, "fd", Descriptors);
    }

    private static string Seen(Process? reader, string path) => reader is null ? path : reader.Directory.Seen(path);

    // procfs_doprocfile: "unknown" stands for a file without a name.
    private string ProgramPath => process.ExecutablePath.Length == 0 ? "unknown" : process.ExecutablePath;

    private IEnumerable<ProcfsEntry> Threads(Process? reader)
    {
        var index = FirstThread;
        foreach (var lwp in process.Threads.ToArray())
        {
            var first = index;
            index += 8;
            if (index > FirstDescriptor) yield break;
            yield return Folder(first, Name(lwp.Tid), _ =>
            [
                File(first + 1, "comm", ReadOnly, Text(_ => lwp.Name + "\n")),
                File(first + 2, "status", ReadOnly, Text(LinprocfsText.Status)),
                File(first + 3, "stat", ReadOnly, Text(LinprocfsText.Stat)),
                File(first + 4, "maps", ReadOnly, Text(LinprocfsText.Maps)),
            ]);
        }
    }

    private IEnumerable<ProcfsEntry> Descriptors(Process? reader)
    {
        for (var descriptor = 0; descriptor < process.Files.End; descriptor++)
        {
            if (process.Files.Get(descriptor, out var file) != Errno.None) continue;
            var path = file.Target is Vnode vnode ? vnode.Path : "";
            yield return Link(FirstDescriptor + descriptor, Name(descriptor), path.Length > 0 ? path : $"{file.Target.Kind.ToString().ToLowerInvariant()}:[{descriptor}]");
        }
    }

    /// <summary>procfs_attr: what a process that has changed its credentials has is nobody's business.</summary>
    private ProcfsEntry File(int index, string name, int permissions, ProcfsContent content)
    {
        var id = Procfs.IdOf(process, index);
        var allowed = permissions != ReadOnly && (process.Has(ProcessFlags.SetId) || process.Has(ProcessFlags2.NoTrace)) ? 0 : permissions;
        return new(name, id, _ => new ProcfsFile(fileSystem, mount, id, allowed, _owner, content));
    }

    private ProcfsEntry Link(int index, string name, string target)
    {
        var id = Procfs.IdOf(process, index);
        return new(name, id, _ => new LinkVnode(fileSystem, mount, target, _owner, id));
    }

    private ProcfsEntry Folder(int index, string name, Func<Process?, IEnumerable<ProcfsEntry>> entries)
    {
        var id = Procfs.IdOf(process, index);
        return new(name, id, _ => new ProcfsDirectory(fileSystem, mount, id, _owner, entries));
    }

    private ProcfsText Text(Func<Process, string> text) => new(() => IsGone ? null : text(process));

    private static string Name(int number) => number.ToString(CultureInfo.InvariantCulture);
}
