using System.Globalization;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Processes;
using TraceKernel.Syscalls;
using TraceKernel.Vm;

namespace TraceKernel.Files;

/// <summary>Files of procfs(5) that are text, in FreeBSD's form.</summary>
internal static class ProcfsTexts
{
    private static readonly string[] s_limits =
    [
        "cpu", "fsize", "data", "stack", "core", "rss", "memlock", "nproc", "nofile", "sbsize", "vmem", "npts", "swap", "kqueues", "umtx",
    ];

    /// <summary>procfs_doproccmdline: the arguments, each with its NUL.</summary>
    public static string CommandLine(Process process)
    {
        var arguments = process.Arguments.Count > 0 ? process.Arguments : [process.Name];
        return string.Concat(arguments.Select(argument => argument + '\0'));
    }

    /// <summary>procfs_doprocstatus: one line.</summary>
    public static string Status(Process process)
    {
        var (kernel, credentials) = (process.Kernel, process.Credentials);
        var terminal = process.IsHost ? null : ProcessInformation.TerminalOf(process);
        var text = new StringBuilder();
        foreach (var character in process.Name)
            text.Append(character is <= ' ' or > '~' or '\\' ? $"\\{Convert.ToString(character, 8).PadLeft(3, '0')}" : character.ToString());
        text.Append(CultureInfo.InvariantCulture, $" {process.Pid} {Family.ShownParentPid(process)} {process.Group} {process.Session} ");
        text.Append(terminal is { } found ? kernel.FileSystem.DeviceName(found.Device) ?? "-" : "-").Append(' ');
        var isLeader = process.Session == process.Pid;
        text.Append(terminal is null ? isLeader ? "sldr" : "noflags" : isLeader ? "ctty,sldr" : "ctty");
        AppendTime(text, kernel.Scheduler.BootTime + process.StartTime);
        AppendTime(text, TimeCalls.ProcessorTime(process));
        AppendTime(text, 0);
        var message = process.Threads.Count > 0 && process.FirstThread.IsSleeping ? process.FirstThread.WaitMessage : "nochan";
        text.Append(CultureInfo.InvariantCulture, $" {message} {credentials.UserId} {credentials.RealUserId} {credentials.RealGroupId}");
        foreach (var group in credentials.Groups) text.Append(CultureInfo.InvariantCulture, $",{group}");
        return text.Append(process.Jail == 0 ? " -\n" : string.Create(CultureInfo.InvariantCulture, $" {process.Jail}\n")).ToString();
    }

    /// <summary>procfs_doprocmap: a line for each entry of the address space.</summary>
    public static string Map(Process process)
    {
        if (process.IsZombie || process.Vm is null) return "";
        var text = new StringBuilder();
        foreach (var (entry, path, _) in Entries(process))
        {
            var first = entry.Object;
            var type = first is null ? "none" : path.Length > 0 ? "vnode" : "default";
            text.Append(CultureInfo.InvariantCulture, $"0x{entry.Start:x} 0x{entry.End:x} {first?.ResidentPages ?? 0} ")
                .Append(CultureInfo.InvariantCulture, $"{(first is { Backing: null } ? first.ResidentPages : 0)} ")
                .Append(CultureInfo.InvariantCulture, $"0x{(first is null ? 0 : process.Kernel.AddressOf(first)):x} {Rights(entry)} ")
                .Append(CultureInfo.InvariantCulture, $"{first?.References ?? 0} 0 0x0 {(entry.Has(EntryFlags.CopyOnWrite) ? "COW" : "NCOW")} ")
                .Append(CultureInfo.InvariantCulture, $"{(entry.Has(EntryFlags.NeedsCopy) ? "NC" : "NNC")} {type} {(path.Length > 0 ? path : "-")} NCH -1\n");
        }
        return text.ToString();
    }

    /// <summary>procfs_doprocrlimit: name, limit and most; −1 for none.</summary>
    public static string Limits(Process process)
    {
        var text = new StringBuilder();
        for (var limit = 0; limit < s_limits.Length; limit++)
        {
            var (now, most) = (process.Limits[limit].rlim_cur, process.Limits[limit].rlim_max);
            text.Append(CultureInfo.InvariantCulture, $"{s_limits[limit]} {Shown(now)} {Shown(most)}\n");
        }
        return text.ToString();
    }

    /// <summary>The entries of an address space, each with the path of its file (empty: it has none) and the file's number.</summary>
    public static IEnumerable<(VmEntry Entry, string Path, long FileId)> Entries(Process process)
    {
        var path = new byte[Fcntl.PATH_MAX];
        var shown = new ptrace_vm_entry { pve_pathlen = (uint)path.Length };
        while (process.Vm.Entry(ref shown, path) == Errno.None)
        {
            var name = shown.pve_pathlen > 1 ? NullTerminated.ToText(path.AsSpan(0, (int)shown.pve_pathlen)) : "";
            yield return (process.Vm.Map.Entries[shown.pve_entry - 1], name, Math.Max(shown.pve_fileid, 0));
            shown.pve_pathlen = (uint)path.Length;
        }
    }

    /// <summary>r, w and x, or hyphens.</summary>
    public static string Rights(VmEntry entry) => string.Concat(
        (entry.Protection & Access.Read) != 0 ? 'r' : '-', (entry.Protection & Access.Write) != 0 ? 'w' : '-',
        (entry.Protection & Access.Execute) != 0 ? 'x' : '-');

    private static long Shown(long limit) => limit == Resources.RLIM_INFINITY ? -1 : limit;

    private static void AppendTime(StringBuilder text, long nanoseconds)
    {
        var time = timeval.Of(nanoseconds);
        text.Append(CultureInfo.InvariantCulture, $" {time.tv_sec},{time.tv_usec}");
    }
}
