using Stopwatch = System.Diagnostics.Stopwatch;
using TraceKernel.Machine.Memory;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using TraceKernel.Syscalls;

namespace TraceKernel;

/// <summary>A simulated FreeBSD: its process table, memory and clock. A monitor: one host thread is inside at a time.</summary>
public sealed partial class Kernel : IDisposable
{
    /// <summary>PID_MAX; thread ids begin above it.</summary>
    public const int MaximumPid = 99999;

    private readonly SortedDictionary<int, Process> _processes = [];
    private readonly Complaints _processComplaints;
    private readonly Complaints _threadComplaints;
    private Lwp? _lastFound;
    private int _lastPid = 1;
    private (ClockAdjustmentCalls.timex Values, long Tai) _clockState = (ClockAdjustmentCalls.timex.Initial, 0);
    private int _lastTid = 100000;

    public Kernel(IArchitecture architecture, KernelOptions options)
    {
        Architecture = architecture;
        Options = options;
        var named = Personality.Named(options.Personality)
            ?? throw new ArgumentException($"no kernel is called {options.Personality}", nameof(options));
        Personality = options.IsStrict ? named : named.WithExtensions();
        PtraceHandlers = PtraceTable.Of(Personality);
        architecture.Startup(Personality.Machine);
        Memory = new PhysicalMemory(options.MaximumMemory);
        Scheduler = new Scheduler(this);
        CpuSets = new CpuSets(this);
        (_processComplaints, _threadComplaints) = (new Complaints(this), new Complaints(this));
        Runner = new Runner(this);
        Entrance = new Entrance(this);
        Turns = new TurnQueue(Gate);
        MessageBuffer.Append($"FreeBSD {Personality.OsRelease} GDBSTUB {architecture.Name}");
        MessageBuffer.Append($"real memory  = {options.MaximumMemory} ({options.MaximumMemory >> 20} MB)");
        Init = new Process(this, 1, null, "init") { IsHost = true, Flags = ProcessFlags.System, Credentials = Credentials.Of(0, 0) };
        (Init.Parent, Init.IsReaper, Init.ReapSubtree) = (Init, true, Init.Pid);
        _processes.Add(1, Init);
        KernelProcess = new Process(this, 0, null, "kernel") { IsHost = true, Flags = ProcessFlags.System, Credentials = Credentials.Of(0, 0) };
        KernelProcess.Parent = KernelProcess;
    }

    public IArchitecture Architecture { get; }
    public KernelOptions Options { get; }
    public Personality Personality { get; }

    /// <summary>What its ptrace can do, by request.</summary>
    internal Dictionary<int, (Target Target, PtraceHandler Handler)> PtraceHandlers { get; }
    public PhysicalMemory Memory { get; }
    public Scheduler Scheduler { get; }

    /// <summary>The bug that has ended the kernel.</summary>
    internal Exception? Panic { get; private set; }

    /// <summary>A bug has ended the kernel: every call throws a <see cref="User.KernelPanicException"/>.</summary>
    public bool HasPanicked => Panic is not null;

    /// <summary>The way in for host processes.</summary>
    internal Entrance Entrance { get; }

    /// <summary>The order in which host threads enter <see cref="Gate"/>.</summary>
    internal TurnQueue Turns { get; }

    /// <summary>Runs guests while nobody waits for them.</summary>
    internal Runner Runner { get; }

    /// <summary>Held by whoever is inside.</summary>
    internal object Gate { get; } = new();

    /// <summary>Process 1: reaps what nobody else does.</summary>
    public Process Init { get; }

    /// <summary>Process 0, the kernel itself (proc0): ptrace(2) finds it, and it is nobody's to debug. It is not in the table.</summary>
    internal Process KernelProcess { get; }

    /// <summary>Requests made of kern_ptrace since boot.</summary>
    public long PtraceRequests { get; internal set; }

    /// <summary>Who may see and debug whom.</summary>
    public SecurityPolicy Security { get; } = new();

    /// <summary>kern.osreldate.</summary>
    public int OsReleaseDate => Personality.OsReleaseDate;

    /// <summary>Its jails.</summary>
    internal Prisons Prisons => field ??= new Prisons(this);

    /// <summary>Nanoseconds since boot (CLOCK_MONOTONIC).</summary>
    public long Uptime => Scheduler.Clock;

    /// <summary>Nanoseconds since 1970 (CLOCK_REALTIME).</summary>
    public long RealTime => Scheduler.TimeOfDay.At(Scheduler.Clock);

    /// <summary>What ntp_adjtime(2) shows and sets, and the seconds between TAI and UTC.</summary>
    internal ref (ClockAdjustmentCalls.timex Values, long Tai) ClockState => ref _clockState;

    /// <summary>kenv(2).</summary>
    internal KernelEnvironment Environment { get; } = new();

    /// <summary>Sets of processors that threads may be given.</summary>
    internal CpuSets CpuSets { get; }

    /// <summary>Every process, zombies included, by pid.</summary>
    public IEnumerable<Process> Processes => _processes.Values;

    public int ProcessCount => _processes.Count;

    /// <summary>pfind_any: zombies too.</summary>
    public Process? FindAny(int pid) => _processes.GetValueOrDefault(pid);

    /// <summary>pfind: no zombies.</summary>
    public Process? Find(int pid) => FindAny(pid) is { IsZombie: false } process ? process : null;

    /// <summary>tdfind over all processes. A debugger asks for the same thread many times in a row, and ids are not used twice.</summary>
    public Lwp? FindLwp(int tid)
    {
        if (_lastFound is { } last && last.Tid == tid && last.Process.Threads.Contains(last)) return last;
        return _lastFound = FindLwpAnew(tid);
    }

    /// <summary>kern.lastpid: the pid that was given out last.</summary>
    internal int LastPid => _lastPid;

    private Lwp? FindLwpAnew(int tid)
    {
        foreach (var process in _processes.Values)
            foreach (var lwp in process.Threads)
                if (lwp.Tid == tid) return lwp;
        return null;
    }

    /// <summary>The handlers of this kernel's system calls.</summary>
    internal SyscallTable SystemCalls { get; } = SyscallTable.Shared;

    /// <summary>wakeup(9): everyone who sleeps on <paramref name="channel"/>.</summary>
    public void Wakeup(object channel) => Scheduler.Wakeup(channel);

    /// <summary>
    /// Something that guests may sleep on changes, on a host thread that need not be inside: typed input, a connection's end.
    /// </summary>
    public void WakeupFromOutside(Action wake)
    {
        lock (Gate)
        {
            wake();
            Monitor.PulseAll(Gate);
        }
    }

    /// <summary>
    /// An exception has left kernel code that was about to change something: nobody can rely on this machine any more. Inside the monitor.
    /// </summary>
    /// <returns>False: an exception filter that lets it pass.</returns>
    internal bool Crash(Exception bug)
    {
        Panic ??= bug;
        Monitor.PulseAll(Gate);
        return false;
    }

    /// <summary>Entries of the process table that only root gets (fork1).</summary>
    private const int ReservedProcesses = 10;

    /// <summary>Threads that there may be in all (kern.maxthread).</summary>
    internal int MaximumThreads => 10 * Options.MaximumProcesses;

    /// <summary>thread_alloc would find room for one more; the console hears of it when not.</summary>
    internal bool HasRoomForThread(Process process)
    {
        var count = 0;
        foreach (var other in _processes.Values) count += other.Threads.Count;
        if (count < MaximumThreads) return true;
        _threadComplaints.Print($"maxthread limit exceeded by uid {process.Credentials.RealUserId} (pid {process.Pid})");
        return false;
    }

    /// <summary>
    /// fork1's judgement: the table has room, for others than root all but a rest of it, and the user may have one more (RLIMIT_NPROC).
    /// </summary>
    private bool MayFork(Process parent)
    {
        if (_processes.Count >= Options.MaximumProcesses - (parent.Credentials.IsSuperUser ? 0 : ReservedProcesses))
        {
            _processComplaints.Print($"maxproc limit exceeded by uid {parent.Credentials.RealUserId} (pid {parent.Pid})");
            return false;
        }
        if (parent.Credentials.IsSuperUser) return true;
        if (!HasRoomForThread(parent)) return false;
        var (user, limit, count) = (parent.Credentials.RealUserId, parent.Limits[Abi.Resources.RLIMIT_NPROC].rlim_cur, 0L);
        if (limit >= Options.MaximumProcesses) return true;
        foreach (var process in _processes.Values)
            if (process.Credentials.RealUserId == user) count++;
        return count < limit;
    }

    /// <summary>A new entry of the process table; null (EAGAIN) when there are too many.</summary>
    /// <param name="creator">Its parent, and whose group and session it joins.</param>
    /// <param name="forReaper">It becomes a child of the creator's reaper instead (RFNOWAIT).</param>
    /// <param name="wanted">Its pid, which must be free, and above which the next ones are; 0: the next one.</param>
    internal Process? TryCreate(Process creator, string name, bool isHost = false, bool forReaper = false, int wanted = 0)
    {
        if (!MayFork(creator)) return null;
        if (wanted != 0) _lastPid = Math.Max(_lastPid, wanted);
        else do _lastPid = _lastPid >= MaximumPid ? 2 : _lastPid + 1;
            while (_processes.ContainsKey(_lastPid) || Family.IsIdUsed(this, _lastPid));
        var pid = wanted != 0 ? wanted : _lastPid;
        var process = new Process(this, pid, forReaper ? creator.Reaper : creator, name) { IsHost = isHost, StartTime = Uptime };
        process.ProcessorLimit = ProcessorLimits.First(process);
        if (isHost) process.Group = process.Session = process.Pid;
        else (process.Group, process.Session) = (creator.Group, creator.Session);
        // do_fork: a terminal that was revoked is not handed on.
        process.HasTerminal = !isHost && creator.HasTerminal && Jobs.TerminalOf(creator.Session) is { IsReachable: true };
        Add(process);
        Family.Enter(process, creator);
        return process;
    }

    /// <summary>Enters a process into the table.</summary>
    internal void Add(Process process) => _processes.Add(process.Pid, process);

    /// <summary>A new thread of a process, not yet runnable.</summary>
    internal Lwp CreateLwp(Process process)
    {
        var lwp = new Lwp(process, ++_lastTid, new Machine.Execution.Cpu(Architecture.InstructionSet));
        process.Threads.Add(lwp);
        return lwp;
    }

    /// <summary>The last of a reaped process goes.</summary>
    internal void Remove(Process process) => _processes.Remove(process.Pid);

    /// <summary>When host processes that wait are to be asked for news, whatever else could be done; null: at no time in particular.</summary>
    internal User.GuestTime? AskAt { get; set; }

    /// <summary>The machine's time now.</summary>
    internal User.GuestTime Now => new(Scheduler.Retired, Scheduler.Clock);

    /// <summary>Whether the kernel lets host threads in within <paramref name="limit"/>: this one, or those that came before it.</summary>
    public bool IsAnswering(TimeSpan limit)
    {
        var turns = Turns.Turns;
        for (var started = Stopwatch.GetTimestamp(); Turns.Turns == turns; )
        {
            if (Monitor.TryEnter(Gate, limit / 100))
            {
                Monitor.Exit(Gate);
                return true;
            }
            if (Stopwatch.GetElapsedTime(started) > limit) return false;
        }
        return true;
    }

    public void Dispose()
    {
        Runner.Stop();
        lock (Gate)
        {
            foreach (var process in _processes.Values) process.Vm?.Dispose();
            _processes.Clear();
            Memory.Dispose();
        }
    }
}
