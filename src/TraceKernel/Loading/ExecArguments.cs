namespace TraceKernel.Loading;

/// <summary>What execve(2) passes to the new image. Characters of the strings are bytes (Latin-1).</summary>
/// <param name="Path">The program's path as the process will know it (AT_EXECPATH); empty when unknown.</param>
/// <param name="Arguments">argv.</param>
/// <param name="Environment">envp.</param>
public sealed record ExecArguments(string Path, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment)
{
    /// <summary>ARG_MAX: most bytes of all argument and environment strings with their NULs.</summary>
    public const int MaximumBytes = 512 * 1024;

    /// <summary>Bytes of all strings with their NULs.</summary>
    public long StringBytes
    {
        get
        {
            long total = 0;
            foreach (string text in Arguments)
                total += text.Length + 1;
            foreach (string text in Environment)
                total += text.Length + 1;
            return total;
        }
    }
}

/// <summary>What the kernel tells every program about itself.</summary>
/// <param name="OsReleaseDate">kern.osreldate (AT_OSRELDATE).</param>
/// <param name="Processors">hw.ncpu (AT_NCPUS).</param>
/// <param name="Seed">Gives the 64 random bytes of AT_CANARY; the same seed gives the same bytes.</param>
public readonly record struct ExecKernelInformation(int OsReleaseDate, int Processors, ulong Seed)
{
    /// <summary>A stack grows with the protection that it was mapped with, whatever its upper part has now.</summary>
    public bool StacksGrowAsMapped { get; init; }

    /// <summary>The main stack has no guard below it (P2_STKGAP_DISABLE).</summary>
    public bool HasNoStackGuard { get; init; }

    /// <summary>MAP_WXORX: nothing may be writable and executable at once.</summary>
    public bool ForbidsWritableCode { get; init; }
}
