using TraceKernel.Abi;
using TraceKernel.Signals;
using static TraceKernel.Abi.Clocks;

namespace TraceKernel.Processes;

/// <summary>The timers of ktimer_create(2) that a process has: struct itimers of sys/timers.h.</summary>
internal sealed class PosixTimers(Process process)
{
    /// <summary>TIMER_MAX, and the first number that is not reserved for setitimer(2).</summary>
    private const int Maximum = 32, First = 3;

    private PosixTimer?[] _timers = [];

    /// <summary>kern_ktimer_create: EAGAIN when the process has as many as it may have.</summary>
    /// <param name="clock">CLOCK_REALTIME or CLOCK_MONOTONIC.</param>
    /// <param name="wanted">Null: SIGALRM with the timer's number as its value.</param>
    public Errno Create(int clock, sigevent? wanted, out int id)
    {
        if (_timers.Length == 0) _timers = new PosixTimer[Maximum];
        id = Array.IndexOf(_timers, null, First);
        if (id < 0) return Errno.EAGAIN;
        var notice = wanted ?? new sigevent { sigev_notify = sigevent.SIGEV_SIGNAL, sigev_signo = Abi.Signals.SIGALRM, sigev_value = (ulong)id };
        _timers[id] = new PosixTimer(process, clock, id, notice);
        return Errno.None;
    }

    /// <summary>itimer_find: null when there is no timer of that number.</summary>
    public PosixTimer? Find(int id) => id >= First && id < _timers.Length ? _timers[id] : null;

    /// <summary>kern_ktimer_delete: EINVAL for a number without a timer. A signal that is still queued goes with it.</summary>
    public Errno Delete(int id)
    {
        if (Find(id) is not { } timer) return Errno.EINVAL;
        timer.Delete();
        _timers[id] = null;
        return Errno.None;
    }

    /// <summary>itimers_event_hook_exec, itimers_event_hook_exit.</summary>
    public void DeleteAll()
    {
        for (var id = First; id < _timers.Length; id++) Delete(id);
    }

    /// <summary>itimer_accept: a signal of a timer is taken, with the expirations that it stands for.</summary>
    public void Accept(ref siginfo info)
    {
        if (info.si_code == Abi.Signals.SI_TIMER) Find(info.si_timerid)?.Accept(ref info);
    }

    /// <summary>itimer_proc_continue: timers that expired in a stopped process run again.</summary>
    public void Continue()
    {
        foreach (var timer in _timers) timer?.Continue();
    }
}

/// <summary>struct itimer: one timer of real time or of the uptime.</summary>
internal sealed class PosixTimer(Process process, int clock, int id, in sigevent wanted)
{
    private readonly SignalEvent _signal = new(process, wanted, Abi.Signals.SI_TIMER);
    private Scheduler.Timer? _callout;

    /// <summary>it_time, in nanoseconds; the value is an instant of the clock, and 0 means that the timer does not run.</summary>
    private long _due, _interval;

    /// <summary>ITF_PSTOPPED: it expired in a stopped process, which it waits for.</summary>
    private bool _isPaused;
    private int _overrun;
    private int _error;

    /// <summary>it_overrun_last: what the signal taken last stood for beyond its first expiration.</summary>
    public int LastOverrun { get; private set; }

    private long Now => clock == CLOCK_REALTIME ? process.Kernel.RealTime : process.Kernel.Uptime;

    /// <summary>realtimer_gettime: nanoseconds until it expires, 0 when it does not run, and its interval.</summary>
    public (long Left, long Interval) Get() => (_due == 0 ? 0 : Math.Max(_due - Now, 1), _interval);

    /// <summary>realtimer_settime.</summary>
    /// <param name="value">Nanoseconds from now on, or an instant of the clock; 0 stops it.</param>
    public void Set(long value, long interval, bool isAbsolute)
    {
        Stop();
        (_due, _interval) = (value, value == 0 ? 0 : interval);
        if (value == 0) return;
        if (!isAbsolute) _due = After(Now, value);
        Arm();
    }

    /// <summary>realtimer_delete, and the end of a signal that is still queued.</summary>
    public void Delete()
    {
        Stop();
        _signal.Record.TakeBack();
    }

    /// <summary>itimer_accept.</summary>
    public void Accept(ref siginfo info)
    {
        info.si_overrun = LastOverrun = _overrun;
        _overrun = 0;
    }

    /// <summary>itimer_proc_continue.</summary>
    public void Continue()
    {
        if (!_isPaused) return;
        _isPaused = false;
        Expire();
    }

    private static long After(long time, long nanoseconds) => nanoseconds > long.MaxValue - time ? long.MaxValue : time + nanoseconds;

    private void Stop()
    {
        if (_callout is not null) _callout.Cancelled = true;
        _isPaused = false;
        (_due, _interval) = (0, 0);
    }

    private void Arm() => _callout = process.Kernel.Scheduler.At(After(process.Kernel.Uptime, Math.Max(_due - Now, 0)), Expire);

    /// <summary>realtimer_expire_l.</summary>
    private void Expire()
    {
        var (now, isDue) = (Now, _due <= Now);
        if (isDue)
        {
            _due = _interval == 0 ? 0 : After(_due, _interval);
            if (_due != 0 && now >= _due)
            {
                var missed = (now - _due) / _interval + 1;
                AddOverrun(missed);
                _due = After(_due, missed * _interval);
            }
        }
        if (_due != 0)
        {
            _isPaused = process.Kernel.Personality.PausesTimers && process.Has(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace);
            if (!_isPaused) Arm();
        }
        if (isDue) Fire();
    }

    /// <summary>itimer_fire.</summary>
    private void Fire()
    {
        if (!_signal.Wanted.Signals) return;
        if (_signal.Record.IsQueued)
        {
            AddOverrun(1);
            return;
        }
        if (_signal.Send(new siginfo { si_timerid = id, si_errno = _error }) == Errno.ESRCH) Stop();
        _error = 0;
    }

    /// <summary>The count stays at INT_MAX, and the next signal reports ERANGE.</summary>
    private void AddOverrun(long times)
    {
        if (times <= int.MaxValue - _overrun)
        {
            _overrun += (int)times;
            return;
        }
        _overrun = int.MaxValue;
        _error = (int)Errno.ERANGE;
    }
}
