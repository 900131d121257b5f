namespace TraceKernel.Cores;

/// <summary>What sysctl(8) says of core files: kern.corefile and its like (kern_sig.c, imgact_elf.c).</summary>
public sealed class CoreSettings
{
    /// <summary>kern.corefile: a name in which %N, %P, %U, %S, %H and %I stand for program, pid, user, signal, host and an index.</summary>
    public string FileName { get; set; } = "%N.core";

    /// <summary>kern.coredump.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>kern.sugid_coredump: processes whose user has changed are dumped too.</summary>
    public bool SetIdEnabled { get; set; }

    /// <summary>debug.elf64_legacy_coredump: only what can be read and written.</summary>
    public bool IsLegacy { get; set; }

    /// <summary>debug.ncores: how many names %I makes.</summary>
    public int Count { get; set; } = 5;
}
