using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Kevents;

namespace TraceKernel.Files;

/// <summary>EVFILT_TIMER: counts the expirations of a timer of the kqueue's own.</summary>
internal sealed class KqueueTimerFilter : KqueueFilter
{
    private const uint Units = NOTE_SECONDS | NOTE_MSECONDS | NOTE_USECONDS | NOTE_NSECONDS;

    // filt_timerattach: a periodic timer is cleared when it is reported; an instant that has come stays.
    public override Errno Attach(Knote note)
    {
        if (Validate(note, out var nanoseconds) is var error and not Errno.None) return error;
        if (!note.Queue.Owner.Kernel.KqueueTimers.TryTake()) return Errno.ENOMEM;
        if ((note.WantedFlags & NOTE_ABSTIME) == 0) note.Event.flags |= EV_CLEAR;
        var timer = new KqueueTimer(note);
        note.Attachment = timer;
        timer.Start(nanoseconds);
        return Errno.None;
    }

    public override void Detach(Knote note)
    {
        ((KqueueTimer)note.Attachment!).Stop();
        note.Queue.Owner.Kernel.KqueueTimers.Return();
    }

    public override bool Event(Knote note, long hint) => note.Event.data != 0;

    // filt_timertouch: adding it again starts it again, and what it has counted is lost. A mistake is reported as an event.
    public override void Change(Knote note, in kevent change)
    {
        if ((change.flags & EV_ADD) == 0) return;
        var timer = (KqueueTimer)note.Attachment!;
        timer.Stop();
        note.Queue.Dequeue(note);
        (note.Event.data, note.WantedFlags, note.WantedData) = (0, change.fflags, change.data);
        if (Validate(note, out var nanoseconds) is var error and not Errno.None)
        {
            note.Event.flags |= EV_ERROR;
            note.Event.data = (long)error;
            return;
        }
        timer.Start(nanoseconds);
    }

    /// <summary>filt_timervalidate: EINVAL for a negative time or several units.</summary>
    private static Errno Validate(Knote note, out long nanoseconds)
    {
        nanoseconds = 0;
        if ((note.WantedFlags & ~(Units | NOTE_ABSTIME)) != 0 || note.WantedData < 0) return Errno.EINVAL;
        if (note.WantedData == 0 && !note.Has(EV_ONESHOT)) note.WantedData = 1;
        Int128 unit = (note.WantedFlags & Units) switch
        {
            0 or NOTE_MSECONDS => 1_000_000,
            NOTE_SECONDS => 1_000_000_000,
            NOTE_USECONDS => 1000,
            NOTE_NSECONDS => 1,
            _ => 0,
        };
        if (unit == 0) return Errno.EINVAL;
        nanoseconds = (long)Int128.Min(note.WantedData * unit, long.MaxValue);
        return Errno.None;
    }
}

/// <summary>struct kq_timer_cb_data: the callout of one note.</summary>
internal sealed class KqueueTimer(Knote note)
{
    private Scheduler.Timer? _callout;

    /// <summary>Nanoseconds of uptime, and between two expirations; 0: once.</summary>
    private long _next, _interval;

    private Process Owner => note.Queue.Owner;
    private Scheduler Scheduler => Owner.Kernel.Scheduler;

    /// <summary>filt_timerstart.</summary>
    /// <param name="nanoseconds">From now on, and then again and again; with NOTE_ABSTIME an instant of real time.</param>
    public void Start(long nanoseconds)
    {
        var isAbsolute = (note.WantedFlags & NOTE_ABSTIME) != 0;
        _interval = isAbsolute ? 0 : nanoseconds;
        _next = isAbsolute ? Math.Max(nanoseconds - Scheduler.BootTime, 0) : After(Scheduler.Clock, nanoseconds);
        _callout = Scheduler.At(_next, Expire);
    }

    /// <summary>It neither expires any more nor waits for the process to go on.</summary>
    public void Stop()
    {
        if (_callout is not null) _callout.Cancelled = true;
        Owner.PausedTimers.Remove(this);
    }

    /// <summary>kqtimer_proc_continue.</summary>
    public void Continue()
    {
        if (_next <= Scheduler.Clock) Expire();
        else _callout = Scheduler.At(_next, Expire);
    }

    private static long After(long time, long nanoseconds) => nanoseconds > long.MaxValue - time ? long.MaxValue : time + nanoseconds;

    /// <summary>filt_timerexpire_l: everything that has passed since the last time, at once.</summary>
    private void Expire()
    {
        var now = Scheduler.Clock;
        if (note.Has(EV_ONESHOT) || _interval == 0)
        {
            note.Event.data++;
            note.Queue.Activate(note);
            return;
        }
        if (now >= _next)
        {
            var times = Math.Max((now - _next) / _interval, 1);
            note.Event.data += times;
            _next = After(_next, times * _interval);
            note.Queue.Activate(note);
        }
        if (Owner.Kernel.Personality.PausesTimers && Owner.Has(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace)) Owner.PausedTimers.Add(this);
        else _callout = Scheduler.At(Math.Max(_next, After(now, Scheduler.ShortestCallout)), Expire);
    }
}
