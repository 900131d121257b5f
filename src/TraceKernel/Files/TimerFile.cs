using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Files;

/// <summary>What timerfd_create(2) opens: a timer whose expirations are read. sys_timerfd.c. The real time of this machine never jumps.</summary>
/// <param name="clock">CLOCK_REALTIME, CLOCK_MONOTONIC or CLOCK_UPTIME.</param>
internal sealed class TimerFile(Process creator, int clock) : FileObject
{
    private readonly Kernel _kernel = creator.Kernel;
    private readonly Credentials _owner = creator.Credentials;
    private readonly long _fileId = creator.Kernel.FileSystem.NextFileId(), _born = creator.Kernel.RealTime;
    private OpenFile _file = null!;
    private Scheduler.Timer? _callout;
    private ulong _count;
    private long _accessed, _modified;

    /// <summary>tfd_time, in nanoseconds of uptime; 0: it does not run.</summary>
    private long _due, _interval;

    public override string ReadMessage => "tfdrd";
    public override int TransferBytes => sizeof(ulong);

    /// <summary>timerfd_curval: nanoseconds until it expires, 0 when it does not run, and its interval.</summary>
    public (long Left, long Interval) Get() => (_due == 0 ? 0 : _due - _kernel.Uptime, _interval);

    /// <summary>kern_timerfd_settime.</summary>
    /// <param name="value">Nanoseconds from now on, or an instant of the clock; 0 stops it.</param>
    public void Set(long value, long interval, bool isAbsolute)
    {
        Stop();
        (_count, _interval, _modified) = (0, interval, _kernel.RealTime);
        if (value == 0) return;
        var start = !isAbsolute ? _kernel.Uptime : clock == Clocks.CLOCK_REALTIME ? -_kernel.Scheduler.BootTime : 0;
        _due = (long)Int128.Clamp((Int128)start + value, 1, long.MaxValue);
        _callout = _kernel.Scheduler.At(_due, Expire);
    }

    public override void Opened(OpenFile file) => _file = file;

    public override void Closed(OpenFile file) => Stop();

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        count = 0;
        _accessed = _kernel.RealTime;
        if (_count == 0) return Errno.EAGAIN;
        MemoryMarshal.Write(destination, _count);
        _count = 0;
        count = sizeof(ulong);
        return Errno.None;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        return Errno.EOPNOTSUPP;
    }

    public override PollEvents Poll(OpenFile file) => _count > 0 ? PollEvents.Readable : PollEvents.None;

    internal override Errno CanWatch(OpenFile file, short filter) => filter == Kevents.EVFILT_READ ? Errno.None : Errno.EINVAL;

    public override bool IsReady(OpenFile file, bool forWriting, out long bytes, out bool ended)
    {
        (bytes, ended) = ((long)_count, false);
        return _count > 0;
    }

    public override stat Stat() => new()
    {
        st_nlink = (ulong)_file.References,
        st_uid = _owner.UserId,
        st_gid = _owner.GroupId,
        st_ino = (ulong)_fileId,
        st_blksize = 4096,
        st_atim = timespec.Of(_accessed),
        st_mtim = timespec.Of(_modified),
        st_ctim = timespec.Of(_modified),
        st_birthtim = timespec.Of(_born),
    };

    private void Stop()
    {
        if (_callout is not null) _callout.Cancelled = true;
        _due = 0;
    }

    /// <summary>timerfd_expire, with all intervals that have passed.</summary>
    private void Expire()
    {
        var (now, times) = (_kernel.Uptime, 1L);
        if (_interval == 0)
        {
            _due = 0;
        }
        else
        {
            times += Math.Max(now - _due, 0) / _interval;
            _due = (long)Int128.Min(_due + (Int128)times * _interval, long.MaxValue);
            _callout = _kernel.Scheduler.At(Math.Max(_due, now + Scheduler.ShortestCallout), Expire);
        }
        _count += (ulong)times;
        NotifyChanged(_kernel);
    }
}
