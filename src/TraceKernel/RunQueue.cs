using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel;

/// <summary>
/// struct runq: the threads that are ready, real-time ones before time-sharing ones before idle ones (kern_switch.c). Time-sharing
/// threads take turns whatever their priority.
/// </summary>
internal sealed class RunQueue
{
    /// <summary>Levels: those of real-time threads, one for all that share time, those of idle threads.</summary>
    private const int Timeshare = Scheduling.RTP_PRIO_MAX + 1, FirstIdle = Timeshare + 1, Levels = FirstIdle + Scheduling.RTP_PRIO_MAX + 1;

    private readonly LinkedList<Lwp>?[] _levels = new LinkedList<Lwp>?[Levels];

    /// <summary>A bit for each level that has threads.</summary>
    private UInt128 _occupied;

    /// <summary>Threads in it.</summary>
    public int Count { get; private set; }

    /// <summary>Puts a thread behind those of its level, or before them.</summary>
    public void Add(Lwp lwp, bool isFirst = false)
    {
        var level = Level(lwp.Priority);
        var threads = _levels[level] ??= [];
        if (isFirst) threads.AddFirst(lwp.RunNode);
        else threads.AddLast(lwp.RunNode);
        _occupied |= UInt128.One << level;
        Count++;
    }

    /// <summary>Takes the first thread of the highest level out; false when there is none.</summary>
    public bool TryTake(out Lwp lwp)
    {
        lwp = null!;
        if (Count == 0) return false;
        var level = (int)UInt128.TrailingZeroCount(_occupied);
        lwp = _levels[level]!.First!.Value;
        Remove(lwp, level);
        return true;
    }

    /// <summary>Gives a thread in the queue another priority.</summary>
    public void Move(Lwp lwp, rtprio priority)
    {
        Remove(lwp, Level(lwp.Priority));
        lwp.Priority = priority;
        Add(lwp);
    }

    private void Remove(Lwp lwp, int level)
    {
        var threads = _levels[level]!;
        threads.Remove(lwp.RunNode);
        if (threads.Count == 0) _occupied &= ~(UInt128.One << level);
        Count--;
    }

    private static int Level(rtprio priority) => priority.Base switch
    {
        Scheduling.RTP_PRIO_REALTIME => priority.prio,
        Scheduling.RTP_PRIO_IDLE => FirstIdle + priority.prio,
        _ => Timeshare,
    };
}
