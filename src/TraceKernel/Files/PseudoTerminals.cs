using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Files;

/// <summary>pts_pool: the pseudo-terminals of one kernel, and /dev/pts.</summary>
internal sealed class PseudoTerminals
{
    /// <summary>Most that there are at once; pts/999 is the last that utmp(5) has room for.</summary>
    private const int Most = 1000;

    private readonly SortedDictionary<int, PseudoTerminal> _terminals = [];
    private readonly Kernel _kernel;
    private readonly MemoryDirectory _directory;

    public PseudoTerminals(Kernel kernel)
    {
        _kernel = kernel;
        _directory = kernel.FileSystem.MakeDeviceDirectory("pts");
    }

    /// <summary>pts_alloc: EAGAIN beyond RLIMIT_NPTS, or when there are too many.</summary>
    /// <param name="flags">O_* of open(2).</param>
    public Errno Open(Process process, int flags, out OpenFile file)
    {
        file = null!;
        var user = process.Credentials.RealUserId;
        var count = _terminals.Values.Count(terminal => terminal.UserId == user);
        if (user != 0 && count >= process.Limits[Resources.RLIMIT_NPTS].rlim_cur) return Errno.EAGAIN;
        var unit = 0;
        while (_terminals.ContainsKey(unit)) unit++;
        if (unit >= Most) return Errno.EAGAIN;
        var terminal = new PseudoTerminal(_kernel, this, unit, Caller.OfReal(process));
        _terminals.Add(unit, terminal);
        _directory.Enter($"{unit}", terminal.Vnode);
        file = new OpenFile(terminal.Master, flags);
        return Errno.None;
    }

    /// <summary>The host's terminal takes a number too, as that of a login by network does; it is not counted for anybody.</summary>
    public string Reserve()
    {
        var unit = 0;
        while (_directory.Lookup($"{unit}", out _) == Errno.None || _terminals.ContainsKey(unit)) unit++;
        return $"pts/{unit}";
    }

    /// <summary>Makes a terminal of <see cref="Reserve"/>'s name visible.</summary>
    public void Enter(TerminalLine terminal) => _directory.Enter(terminal.Name["pts/".Length..], terminal.Vnode);

    public void Free(PseudoTerminal terminal)
    {
        if (!_terminals.TryGetValue(terminal.Unit, out var there) || there != terminal) return;
        _terminals.Remove(terminal.Unit);
        _directory.Remove($"{terminal.Unit}");
    }
}
