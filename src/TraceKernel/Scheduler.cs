using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Processes;

namespace TraceKernel;

/// <summary>
/// Runs guest threads, one at a time, in turns of an exact number of instructions: which thread runs when is a function of the
/// program alone. Has no host thread of its own; whoever waits for a child runs it (see User.HostSystemCalls).
/// </summary>
public sealed class Scheduler
{
    /// <summary>Most instructions of one turn while others want theirs.</summary>
    private const int Quantum = 20_000;

    /// <summary>
    /// Most turns that a thread has in one go when nobody else wants one; also how often a waiting debugger is asked whether it wants to
    /// interrupt.
    /// </summary>
    internal const int LongestRun = 25;

    /// <summary>
    /// Nanoseconds between two expirations of a timer that the kernel arms again by itself: a shorter interval is counted, but nobody wakes for each.
    /// </summary>
    internal const long ShortestCallout = 1000;

    /// <summary>Callouts from which on cancelled ones are looked for.</summary>
    private const int FirstSweep = 1024;

    /// <summary>What an instruction takes on the virtual clock: 1 GHz.</summary>
    private const long NanosecondsPerInstruction = 1;

    /// <summary>
    /// Nanoseconds that a system call takes on the virtual clock beside its instructions: getpid(2) takes about as long on FreeBSD and a current
    /// processor. A program that spins on the clock so reaches its deadline in as many calls as there.
    /// </summary>
    internal const long NanosecondsPerSystemCall = 100;

    private readonly Kernel _kernel;
    private readonly RunQueue _ready = new();
    private readonly PriorityQueue<Timer, (long Due, long Order)> _timers = new();
    private readonly Dictionary<object, List<Lwp>> _sleepers = new(ReferenceEqualityComparer.Instance);
    private readonly System.Diagnostics.Stopwatch _hostClock = System.Diagnostics.Stopwatch.StartNew();
    private long _virtualClock;

    /// <summary>Nanoseconds that the host has waited while nobody could run and that the virtual clock does not show (yet).</summary>
    private long _idle;

    /// <summary>Time stamp of the host up to which its waiting has been counted.</summary>
    private long _idleUntil;

    private readonly Files.EntropySource _turns;
    private long _timerOrder;
    private int _sweepAt = FirstSweep;
    private Lwp? _last;

    internal Scheduler(Kernel kernel)
    {
        _kernel = kernel;
        _turns = new Files.EntropySource(~kernel.Options.Seed);
        TimeOfDay = new ClockDiscipline(kernel.Options.Time == TimeSource.Host
            ? (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100
            : new DateTime(2021, 4, 13, 0, 0, 0, DateTimeKind.Utc).Subtract(DateTime.UnixEpoch).Ticks * 100);
    }

    /// <summary>
    /// Nanoseconds since 1970 at which the kernel came up; fixed (the day 13.0 was released) unless the host's clock is followed.
    /// </summary>
    public long BootTime => TimeOfDay.BootTime;

    /// <summary>What makes the time of day out of the uptime.</summary>
    internal ClockDiscipline TimeOfDay { get; }

    /// <summary>Nanoseconds since boot.</summary>
    public long Clock => _kernel.Options.Time == TimeSource.Host ? _hostClock.Elapsed.Ticks * 100 : _virtualClock;

    /// <summary>Instructions retired by all threads since boot.</summary>
    public long Retired { get; private set; }

    /// <summary>The thread whose kernel code or instructions run now.</summary>
    internal Lwp? Current { get; private set; }

    /// <summary>Whether a thread could run now.</summary>
    internal bool IsIdle => _ready.Count == 0 && !(_timers.TryPeek(out _, out var next) && next.Due <= Clock);

    /// <summary>A callout: what to do at a time, unless cancelled first.</summary>
    /// <param name="idle">What the host had waited without the virtual clock when it was set: that does not count towards its time.</param>
    internal sealed class Timer(Action fire, long idle)
    {
        public long Idle => idle;
        public bool Cancelled { get; set; }
        public void Fire() => fire();
    }

    internal Timer At(long due, Action fire)
    {
        if (_timers.Count >= _sweepAt) Sweep();
        var timer = new Timer(fire, _idle);
        _timers.Enqueue(timer, (due, _timerOrder++));
        return timer;
    }

    /// <summary>Callouts that are kept, cancelled ones included.</summary>
    internal int CalloutCount => _timers.Count;

    /// <summary>
    /// Drops cancelled callouts wherever they stand in the queue. A program that sleeps with a distant deadline and is woken early, again and again, would
    /// otherwise fill the host's memory.
    /// </summary>
    private void Sweep()
    {
        var left = _timers.UnorderedItems.Where(item => !item.Element.Cancelled).ToArray();
        _timers.Clear();
        _timers.EnqueueRange(left);
        _sweepAt = Math.Max(FirstSweep, 2 * left.Length);
    }

    /// <summary>How long the host has to wait for the next callout; null when there is none.</summary>
    internal TimeSpan? UntilNextTimer()
    {
        DropCancelled();
        return _timers.TryPeek(out var timer, out var next) ? TimeSpan.FromTicks(Math.Max(0, Remaining(timer, next.Due)) / 100 + 1) : null;
    }

    private long Remaining(Timer timer, long due) =>
        _kernel.Options.Time == TimeSource.Host ? due - Clock : due - _virtualClock - (_idle - timer.Idle);

    /// <summary>The running thread enters a system call.</summary>
    internal void ChargeSystemCall() => _virtualClock += NanosecondsPerSystemCall;

    /// <summary>As <see cref="PassTime"/>, for a wait that began at a time stamp. What several threads wait at the same time counts once.</summary>
    internal void PassTimeSince(long started)
    {
        var now = System.Diagnostics.Stopwatch.GetTimestamp();
        var elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(Math.Max(started, _idleUntil), now);
        _idleUntil = now;
        PassTime(elapsed);
    }

    /// <summary>
    /// Nobody could run while the host waited. The virtual clock moves only from callout to callout: if it followed the host in between, it
    /// would show a program how long its input took to come, and no two runs would be the same.
    /// </summary>
    internal void PassTime(TimeSpan elapsed)
    {
        _idle += elapsed.Ticks * 100;
        // Input has come meanwhile, and somebody can run: at the time that the clock shows.
        if (!IsIdle) return;
        DropCancelled();
        if (!_timers.TryPeek(out var timer, out var next) || Remaining(timer, next.Due) > 0 || next.Due <= _virtualClock) return;
        _idle -= next.Due - _virtualClock;
        _virtualClock = next.Due;
    }

    /// <summary>Nobody can run and idle time is skipped: the clock jumps to the next callout.</summary>
    internal void SkipToNextTimer()
    {
        DropCancelled();
        if (_timers.TryPeek(out _, out var next)) _virtualClock = Math.Max(_virtualClock, next.Due);
    }

    private void DropCancelled()
    {
        while (_timers.TryPeek(out var timer, out _) && timer.Cancelled) _timers.Dequeue();
    }

    /// <summary>setrunnable: puts a thread on the ready queue unless something still holds it.</summary>
    internal void MakeReady(Lwp lwp)
    {
        if (lwp.Queued || lwp.IsSleeping || lwp.Suspended || lwp.IsDead || lwp == Current) return;
        lwp.Queued = true;
        _ready.Add(lwp);
    }

    /// <summary>sched_class and sched_user_prio: a thread has another priority from now on, in the queue as well.</summary>
    internal void SetPriority(Lwp lwp, rtprio priority)
    {
        if (lwp.Queued) _ready.Move(lwp, priority);
        else lwp.Priority = priority;
    }

    /// <summary>The running thread goes to the end of the ready queue.</summary>
    internal void GoLast(Lwp lwp)
    {
        lwp.Queued = true;
        _ready.Add(lwp);
    }

    /// <summary>The running thread keeps its place before the others of its priority: it has no time slice (SCHED_FIFO).</summary>
    private void GoFirst(Lwp lwp)
    {
        lwp.Queued = true;
        _ready.Add(lwp, isFirst: true);
    }

    /// <summary>sleepq_add.</summary>
    internal void AddSleeper(Lwp lwp, object channel)
    {
        lwp.WaitChannel = channel;
        if (!_sleepers.TryGetValue(channel, out var list)) _sleepers.Add(channel, list = []);
        list.Add(lwp);
    }

    /// <summary>wakeup(9).</summary>
    internal void Wakeup(object channel)
    {
        if (!_sleepers.Remove(channel, out var list)) return;
        foreach (var lwp in list) Woken(lwp, Errno.None);
    }

    /// <summary>
    /// wakeup_n: at most <paramref name="count"/> of the sleepers that <paramref name="choose"/> takes, longest sleepers first.
    /// </summary>
    internal int WakeupSome(object channel, int count, Func<Lwp, bool> choose)
    {
        if (!_sleepers.TryGetValue(channel, out var list)) return 0;
        var woken = 0;
        foreach (var lwp in list.ToArray())
        {
            if (woken == count) break;
            if (!choose(lwp)) continue;
            EndSleep(lwp, Errno.None);
            woken++;
        }
        return woken;
    }

    /// <summary>sleepq_abort, or a timeout: ends one thread's sleep early.</summary>
    internal void EndSleep(Lwp lwp, Errno reason)
    {
        var list = _sleepers[lwp.WaitChannel!];
        list.Remove(lwp);
        if (list.Count == 0) _sleepers.Remove(lwp.WaitChannel!);
        Woken(lwp, reason);
    }

    private void Woken(Lwp lwp, Errno reason)
    {
        lwp.WaitChannel = null;
        lwp.WakeReason = reason;
        MakeReady(lwp);
    }

    /// <summary>
    /// One turn: the next ready thread runs until it blocks, stops, or has used its quantum; up to <paramref name="most"/> turns at once if they would all be
    /// the same thread's. False when none is ready.
    /// </summary>
    internal bool RunTurn(int most = 1)
    {
        try
        {
            return TryRunTurn(most);
        }
        catch (Exception bug) when (_kernel.Crash(bug))
        {
            throw;
        }
    }

    private bool TryRunTurn(int most)
    {
        FireTimers();
        if (!_ready.TryTake(out var lwp)) return false;
        lwp.Queued = false;
        if (lwp.Suspended || lwp.IsSleeping || lwp.IsDead) return true;
        if (lwp != _last)
        {
            _kernel.Architecture.Switch(lwp.Cpu);
            _kernel.Meter.Switches++;
            // The one before did not give the processor up: its turn was over.
            if (_last is { InUserMode: true, Queued: true }) _last.Usage.ru_nivcsw++;
        }
        Current = _last = lwp;
        try
        {
            Run(lwp, most);
        }
        finally
        {
            Current = null;
        }
        if (lwp.InUserMode && lwp.Priority.IsFifo && !lwp.Suspended && !lwp.IsDead && !lwp.Queued) GoFirst(lwp);
        else if (lwp.InUserMode) MakeReady(lwp);
        return true;
    }

    /// <summary>Runs a thread's kernel code now, ahead of its turn, until it first blocks or reaches user mode.</summary>
    internal void RunKernelCode(Lwp lwp)
    {
        var previous = Current;
        Current = lwp;
        try
        {
            lwp.Kernel.Resume();
        }
        finally
        {
            Current = previous;
        }
        UserLoop.ThrowIfPanicked(lwp);
        if (lwp.InUserMode) MakeReady(lwp);
    }

    /// <summary>Instructions of the next turn: always the same without a seed, so that a seed gives another interleaving.</summary>
    private int Turn() => _kernel.Options.Seed == 0 ? Quantum : (int)(_turns.Next() % Quantum) + 1;

    /// <summary>
    /// Whether the other ready threads run while the running thread works in the kernel for longer than a wake-up takes: always without a seed, and
    /// otherwise as the seed decides.
    /// </summary>
    internal bool GivesWay() => _kernel.Options.Seed == 0 || _turns.Next() % 2 == 0;

    private void Run(Lwp lwp, int most)
    {
        if (!lwp.InUserMode)
        {
            lwp.Kernel.Resume();
            UserLoop.ThrowIfPanicked(lwp);
        }
        var budget = Turn();
        while (lwp.InUserMode && budget > 0)
        {
            var before = lwp.Cpu.Retired;
            var further = FurtherTurns(lwp, budget, most);
            var run = budget + further * Quantum;
            var exit = lwp.AstPending ? new Exit(ExitKind.Budget) : Execute(lwp, run);
            var retired = lwp.Cpu.Retired - before;
            Retired += retired;
            if (retired > 0) lwp.Process.LastToRun = lwp;
            _virtualClock += retired * NanosecondsPerInstruction;
            run -= (int)Math.Max(1, retired);
            // What is left of the turn in which it was left, and how many there may still be.
            budget = run % Quantum;
            most -= further - run / Quantum;
            if (lwp.Process.ProcessorLimit != long.MaxValue) ProcessorLimits.Check(lwp.Process);
            if (exit.Kind == ExitKind.Budget && !lwp.AstPending) return;
            lwp.UserExit = exit;
            lwp.InUserMode = false;
            lwp.Kernel.Resume();
            UserLoop.ThrowIfPanicked(lwp);
        }
    }

    /// <summary>
    /// Turns (<paramref name="most"/> in all) after this one, with <paramref name="budget"/> instructions left, that would be the same thread's anyway: no other is ready, and no callout is due
    /// before they begin. Nobody can tell one long turn from them.
    /// </summary>
    private int FurtherTurns(Lwp lwp, int budget, int most)
    {
        if (_kernel.Options.Seed != 0 || _ready.Count > 0 || lwp.Process.ProcessorLimit != long.MaxValue) return 0;
        DropCancelled();
        if (!_timers.TryPeek(out _, out var next)) return most - 1;
        if (_kernel.Options.Time == TimeSource.Host) return 0;
        var end = _virtualClock + budget * NanosecondsPerInstruction;
        return (int)Math.Clamp((next.Due - end + Quantum - 1) / (Quantum * NanosecondsPerInstruction), 0, most - 1);
    }

    private Exit Execute(Lwp lwp, int budget)
    {
        _kernel.Options.Probe?.Invoke(User.ProbePoint.Turn, Retired);
        var vm = lwp.Process.Vm;
        lwp.Cpu.Memory = vm.Pmap;
        lwp.Cpu.CounterLead = _virtualClock / NanosecondsPerInstruction - lwp.Cpu.Retired;
        return vm.Engine.Run(lwp.Cpu, budget);
    }

    private void FireTimers()
    {
        while (_timers.TryPeek(out var timer, out var when) && (timer.Cancelled || when.Due <= Clock))
        {
            _timers.Dequeue();
            if (timer.Cancelled) continue;
            _kernel.Meter.Interrupts++;
            _kernel.Options.Probe?.Invoke(User.ProbePoint.Timer, Retired);
            timer.Fire();
        }
    }
}
