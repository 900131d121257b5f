using System.Globalization;
using System.Text;
using TraceKernel.Machine.Memory;
using TraceKernel.Processes;
using TraceKernel.Syscalls;
using TraceKernel.Vm;

namespace TraceKernel.Files;

/// <summary>Files in the form of linprocfs(5), which plug-ins of debuggers parse: GEF, pwndbg, radare2.</summary>
internal static class LinprocfsText
{
    /// <summary>Column of the path in maps.</summary>
    private const int PathColumn = 73;

    /// <summary>USER_HZ: ticks in a second of the times in stat.</summary>
    private const long Hertz = 100, NanosecondsPerTick = 1_000_000_000 / Hertz;

    /// <summary>Files of the machine.</summary>
    public static readonly (string Name, Func<Kernel, string> Text)[] OfMachine =
    [
        ("cpuinfo", Processors), ("meminfo", Memory), ("version", Version), ("uptime", Uptime), ("loadavg", _ => "0.00 0.00 0.00 1/1 1\n"),
    ];

    /// <summary>Files of a process that everybody may read.</summary>
    public static readonly (string Name, Func<Process, string> Text)[] OfProcess =
    [
        ("maps", Maps), ("stat", Stat), ("comm", process => process.Name + "\n"),
    ];

    /// <summary>Those that only who may debug it reads.</summary>
    public static readonly (string Name, Func<Process, string> Text)[] SecretsOfProcess =
    [
        ("environ", process => string.Concat(process.Environment.Select(variable => variable + '\0'))),
        ("auxv", process => Encoding.Latin1.GetString(process.Auxv)),
    ];

    /// <summary>linprocfs_doprocmaps: range, rights, offset, device, file number, path.</summary>
    public static string Maps(Process process)
    {
        if (process.IsHost || process.IsZombie || process.Vm is null) return "";
        var text = new StringBuilder();
        foreach (var (entry, path, fileId) in ProcfsTexts.Entries(process))
        {
            // MAP_SHARED is handed on to children as it is.
            var isShared = entry.Inheritance == Inheritance.Share;
            var offset = path.Length > 0 ? entry.Offset : 0;
            var line = string.Create(CultureInfo.InvariantCulture,
                $"{entry.Start:x8}-{entry.End:x8} {ProcfsTexts.Rights(entry)}{(isShared ? 's' : 'p')} {offset:x8} 00:00 {fileId}");
            var name = path.Length > 0 ? path : entry.Has(EntryFlags.GrowsDown) ? "[stack]"
                : entry.Start == process.Kernel.Architecture.SharedPage ? "[vdso]" : "";
            text.Append(name.Length > 0 ? line.PadRight(PathColumn) + name : line + " ").Append('\n');
        }
        return text.ToString();
    }

    /// <summary>linprocfs_doprocstatus: a line for each property.</summary>
    public static string Status(Process process)
    {
        var credentials = process.Credentials;
        var (size, resident) = (Size(process) / 1024, ResourceUsage.ResidentPages(process) * (Frame.Size / 1024));
        var (text, data, stack) = process.IsHost || process.IsZombie || process.Vm is null ? default : ProgramSizes.Of(process);
        var pages = Frame.Size / 1024;
        return string.Create(CultureInfo.InvariantCulture, $"""
            Name:	{process.Name}
            State:	{StateOf(process)}
            Tgid:	{process.Pid}
            Pid:	{process.Pid}
            PPid:	{Family.ShownParentPid(process)}
            TracerPid:	{(process.IsTraced ? process.Parent.Pid : 0)}
            Uid:	{credentials.RealUserId}	{credentials.UserId}	{credentials.SavedUserId}	{credentials.UserId}
            Gid:	{credentials.RealGroupId}	{credentials.GroupId}	{credentials.SavedGroupId}	{credentials.GroupId}
            FDSize:	{process.Files.End}
            Groups:	{string.Join(' ', credentials.Groups)}
            VmPeak:	{size,8} kB
            VmSize:	{size,8} kB
            VmLck:	{0,8} kB
            VmHWM:	{resident,8} kB
            VmRSS:	{resident,8} kB
            VmData:	{data * pages,8} kB
            VmStk:	{stack * pages,8} kB
            VmExe:	{text * pages,8} kB
            VmLib:	{0,8} kB
            Threads:	{process.Threads.Count}

            """);
    }

    /// <summary>linprocfs_doprocstat: one line of 52 numbers.</summary>
    public static string Stat(Process process)
    {
        var usage = ResourceUsage.Of(process);
        var terminal = process.IsHost ? null : ProcessInformation.TerminalOf(process);
        var ticks = TimeCalls.ProcessorTime(process) / NanosecondsPerTick;
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{process.Pid} ({process.Name}) {StateOf(process)[0]} {Family.ShownParentPid(process)} {process.Group} ")
            .Append(CultureInfo.InvariantCulture, $"{process.Session} {terminal?.Device ?? 0} {terminal?.Foreground ?? -1} 0 {usage.ru_minflt} 0 ")
            .Append(CultureInfo.InvariantCulture, $"{usage.ru_majflt} 0 {ticks} 0 {process.ChildrenTime / NanosecondsPerTick} 0 20 {process.Nice} ")
            .Append(CultureInfo.InvariantCulture, $"{process.Threads.Count} 0 {process.StartTime / NanosecondsPerTick} {Size(process)} ")
            .Append(CultureInfo.InvariantCulture, $"{ResourceUsage.ResidentPages(process)} {ulong.MaxValue} 0 0 0");
        // What follows the addresses of code and stack is 0.
        for (var field = 29; field <= 52; field++) line.Append(" 0");
        return line.Append('\n').ToString();
    }

    private static string StateOf(Process process)
    {
        if (process.IsZombie) return "Z (zombie)";
        if (process.Has(ProcessFlags.StoppedTrace)) return "t (tracing stop)";
        if (process.Has(ProcessFlags.StoppedSignal)) return "T (stopped)";
        return process.Threads.Count > 0 && process.Threads.TrueForAll(lwp => lwp.IsSleeping) ? "S (sleeping)" : "R (running)";
    }

    private static ulong Size(Process process) => process.IsHost || process.IsZombie || process.Vm is null ? 0 : process.Vm.Map.Size;

    private static string Processors(Kernel kernel)
    {
        var text = new StringBuilder();
        for (var cpu = 0; cpu < kernel.Options.Cpus; cpu++)
            text.Append(CultureInfo.InvariantCulture, $"processor\t: {cpu}\nmodel name\t: gdbstub {kernel.Architecture.Name} CPU\ncpu MHz\t\t: 1000.000\n\n");
        return text.ToString();
    }

    private static string Memory(Kernel kernel)
    {
        var (total, free) = (kernel.Options.MaximumMemory / 1024, (long)MemorySysctls.FreeCount(kernel) * (Frame.Size / 1024));
        return string.Create(CultureInfo.InvariantCulture,
            $"MemTotal:  {total,9} kB\nMemFree:   {free,9} kB\nBuffers:   {0,9} kB\nCached:    {0,9} kB\nSwapTotal: {0,9} kB\nSwapFree:  {0,9} kB\n");
    }

    private static string Version(Kernel kernel) => $"FreeBSD version {kernel.Personality.OsRelease} (gdbstub)\n";

    private static string Uptime(Kernel kernel)
    {
        var (hundredths, busy) = (kernel.Uptime / 10_000_000, kernel.Scheduler.Retired / 10_000_000);
        var idle = hundredths - Math.Min(busy, hundredths);
        return string.Create(CultureInfo.InvariantCulture, $"{hundredths / 100}.{hundredths % 100:00} {idle / 100}.{idle % 100:00}\n");
    }
}
