using TraceKernel.Abi;
using static TraceKernel.Abi.Kevents;

namespace TraceKernel.Files;

/// <summary>EVFILT_TIMER: counts the expirations of a timer of the kqueue's own.</summary>
internal sealed class KqueueTimerFilter : KqueueFilter
{
    private const uint Units = NOTE_SECONDS | NOTE_MSECONDS | NOTE_USECONDS | NOTE_NSECONDS;

    // filt_timerattach
    public override Errno Attach(Knote note)
    {
        note.Event.flags |= EV_CLEAR;
        return Start(note);
    }

    public override void Detach(Knote note)
    {
        if (note.Attachment is Scheduler.Timer timer) timer.Cancelled = true;
    }

    public override bool Event(Knote note, long hint) => note.Event.data != 0;

    // filt_timertouch: adding it again starts it again.
    public override Errno Change(Knote note, in kevent change)
    {
        if ((change.flags & EV_ADD) == 0) return Errno.None;
        var (flags, data) = (note.WantedFlags, note.WantedData);
        (note.WantedFlags, note.WantedData) = (change.fflags, change.data);
        if (Duration(note, out _) is var error and not Errno.None)
        {
            (note.WantedFlags, note.WantedData) = (flags, data);
            return error;
        }
        Detach(note);
        (note.Event.data, note.Event.fflags) = (0, 0);
        note.Queue.Dequeue(note);
        return Start(note);
    }

    private static Errno Start(Knote note)
    {
        if (Duration(note, out var nanoseconds) is var error and not Errno.None) return error;
        var kernel = note.Queue.Owner.Kernel;
        var isAbsolute = (note.WantedFlags & NOTE_ABSTIME) != 0;
        var start = isAbsolute ? -kernel.Scheduler.BootTime : kernel.Uptime;
        var due = (long)Int128.Min((Int128)start + nanoseconds, long.MaxValue);
        Arm(note, due, isAbsolute || note.Has(EV_ONESHOT) ? 0 : nanoseconds);
        return Errno.None;
    }

    /// <summary>filt_timerexpire, each time; a host that was late makes up for it in one go.</summary>
    private static void Arm(Knote note, long due, long interval)
    {
        var scheduler = note.Queue.Owner.Kernel.Scheduler;
        note.Attachment = scheduler.At(due, () =>
        {
            var times = interval == 0 ? 1 : 1 + Math.Max(0, (scheduler.Clock - due) / interval);
            note.Event.data += times;
            note.Queue.Activate(note);
            if (interval != 0) Arm(note, due + times * interval, interval);
        });
    }

    /// <summary>filt_timervalidate: EINVAL for a negative time or several units.</summary>
    private static Errno Duration(Knote note, out long nanoseconds)
    {
        nanoseconds = 0;
        if ((note.WantedFlags & ~(Units | NOTE_ABSTIME)) != 0 || note.WantedData < 0) return Errno.EINVAL;
        var time = note.WantedData == 0 && !note.Has(EV_ONESHOT) ? 1 : note.WantedData;
        Int128 unit = (note.WantedFlags & Units) switch
        {
            0 or NOTE_MSECONDS => 1_000_000,
            NOTE_SECONDS => 1_000_000_000,
            NOTE_USECONDS => 1000,
            NOTE_NSECONDS => 1,
            _ => 0,
        };
        if (unit == 0) return Errno.EINVAL;
        nanoseconds = (long)Int128.Min(time * unit, long.MaxValue);
        return Errno.None;
    }
}
