using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Ptrace;

/// <summary>What differs between releases: values that handlers read, so that no handler asks which kernel it is.</summary>
public sealed record Personality
{
    /// <summary>What --kernel says.</summary>
    public required string Name { get; init; }

    /// <summary>kern.osreldate and AT_OSRELDATE.</summary>
    public required int OsReleaseDate { get; init; }

    /// <summary>kern.osrelease.</summary>
    public required string OsRelease { get; init; }

    /// <summary>ptrace requests that exist; others are EINVAL (PTRACE.md 1.1).</summary>
    public required IReadOnlySet<int> Requests { get; init; }

    /// <summary>sizeof(struct ptrace_lwpinfo).</summary>
    public required int LwpInfoBytes { get; init; }

    /// <summary>Who is found, and who may be debugged.</summary>
    public required CheckRules Checks { get; init; }

    /// <summary>Seeds/004, early 2021.</summary>
    public static readonly Personality FreeBsd13 = new()
    {
        Name = "freebsd-13",
        OsReleaseDate = 1300139,
        OsRelease = "13.0-RELEASE",
        Requests = new HashSet<int>
        {
            0, 1, 2, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 33, 34, 35, 36, 37, 38, 40, 41, 64,
        },
        LwpInfoBytes = 160,
        Checks = new CheckRules
        {
            FindsThreads = true,
            HidesExiting = true,
            AsksAlways = true,
            InExec = Errno.EBUSY,
            KnowsNoTrace = true,
            RefusesUnknownFirst = false,
            TraceMeOnce = true,
            Stopped = ProcessFlags.StoppedTrace,
            AllSuspended = true,
        },
    };

    /// <summary>Every personality.</summary>
    public static IReadOnlyList<Personality> All { get; } = [FreeBsd13];

    /// <summary>The personality of that name, or null.</summary>
    public static Personality? Named(string name) => All.FirstOrDefault(p => p.Name == name);
}
