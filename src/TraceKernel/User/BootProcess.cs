namespace TraceKernel.User;

/// <summary>A process that is there when the machine has started, as if its ancestors had started it long ago.</summary>
public sealed record BootProcess
{
    /// <summary>Its number; 0: the next one.</summary>
    public int Pid { get; init; }

    /// <summary>Pid of its parent, which has been started before; 1 is init.</summary>
    public int Parent { get; init; } = 1;

    /// <summary>Path of the program as the guest sees it.</summary>
    public required string Path { get; init; }

    /// <summary>argv, argv[0] included.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>envp as NAME=value.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    public string WorkingDirectory { get; init; } = "/";

    /// <summary>Whose it is: cr_ruid.</summary>
    public uint User { get; init; }

    /// <summary>cr_uid, where it is another one: what a set-user-id program has.</summary>
    public uint? EffectiveUser { get; init; }

    /// <summary>cr_svuid, where it is not the effective one.</summary>
    public uint? SavedUser { get; init; }

    /// <summary>cr_groups, the effective one first; empty: one with the user's number.</summary>
    public IReadOnlyList<uint> Groups { get; init; } = [];

    /// <summary>Its credentials have changed since it executed its program (P_SUGID).</summary>
    public bool HasChangedCredentials { get; init; }

    /// <summary>The jail that it is in; 0: none.</summary>
    public int Jail { get; init; }

    /// <summary>SIGSTOP has stopped it before its first instruction; else it runs.</summary>
    public bool IsStopped { get; init; }
}
