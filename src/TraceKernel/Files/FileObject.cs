using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Syscalls;

namespace TraceKernel.Files;

/// <summary>
/// What can be open behind a descriptor: struct fileops. Nothing here blocks: EAGAIN from <see cref="Read"/> or <see cref="Write"/>
/// says that the caller may sleep on the object, which is woken by <see cref="NotifyChanged"/>.
/// </summary>
public abstract class FileObject
{
    /// <summary>f_type, as sysctl(3) reports it.</summary>
    public virtual FileKind Kind => FileKind.Vnode;

    /// <summary>DFLAG_SEEKABLE: lseek(2) and pread(2) work.</summary>
    public virtual bool IsSeekable => false;

    /// <summary>DFLAG_PASSABLE: fork(2) hands it on.</summary>
    public virtual bool IsPassable => true;

    /// <summary>Who watches it by kqueue(2).</summary>
    internal KnoteList Notes => field ??= new KnoteList();

    /// <summary>Asynchronous transfers that wait for it to change.</summary>
    internal List<AioJob>? Transfers { get; set; }

    /// <summary>td_wmesg while a thread waits for bytes to read.</summary>
    public virtual string ReadMessage => "read";

    /// <summary>td_wmesg while a thread waits for room to write.</summary>
    public virtual string WriteMessage => "write";

    /// <summary>Nanoseconds after which a read gives up (SO_RCVTIMEO); 0: never.</summary>
    public virtual long ReadTimeout => 0;

    /// <summary>Writing to it when nobody reads any more raises no SIGPIPE (SO_NOSIGPIPE).</summary>
    public virtual bool IsSilent => false;

    /// <summary>Bytes that each transfer moves, no more and no fewer (EINVAL); 0: any number.</summary>
    public virtual int TransferBytes => 0;

    /// <summary>Asked before a transfer: whether the caller may use it now, or must wait (tty_wait_background).</summary>
    internal virtual ValueTask<Errno> Enter(Lwp lwp, bool forWriting) => new(Errno.None);

    /// <summary>fo_read of what is there now; 0 bytes at the end.</summary>
    /// <param name="offset">Where, if seekable.</param>
    public abstract Errno Read(OpenFile file, long offset, Span<byte> destination, out int count);

    /// <summary>It decides by itself when a read ends: <see cref="ReadToEnd"/> takes the place of <see cref="Read"/>.</summary>
    internal virtual bool DecidesReads => false;

    /// <summary>fo_read as a whole, sleeping included.</summary>
    internal virtual ValueTask<Errno> ReadToEnd(Lwp lwp, OpenFile file, Uio uio) => new(Errno.EINVAL);

    /// <summary>fo_write of what fits now.</summary>
    /// <param name="offset">Where, if seekable.</param>
    public abstract Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count);

    /// <summary>fo_stat.</summary>
    public abstract stat Stat();

    /// <summary>fo_poll: the events that are true now.</summary>
    public virtual PollEvents Poll(OpenFile file) => PollEvents.Readable | PollEvents.Writable;

    /// <summary>fo_kqfilter: EINVAL for an event that such a file never has.</summary>
    /// <param name="filter">EVFILT_READ, EVFILT_WRITE or another one of descriptors.</param>
    internal virtual Errno CanWatch(OpenFile file, short filter) => filter is Kevents.EVFILT_READ or Kevents.EVFILT_WRITE ? Errno.None : Errno.EINVAL;

    /// <summary>f_event of the filters for reading and writing: whether it can be read or written now.</summary>
    /// <param name="bytes">How much, where that is known.</param>
    /// <param name="ended">The other side is gone (EV_EOF).</param>
    public virtual bool IsReady(OpenFile file, bool forWriting, out long bytes, out bool ended)
    {
        var events = Poll(file);
        bytes = 0;
        ended = (events & PollEvents.POLLHUP) != 0;
        return (events & (forWriting ? PollEvents.Writable : PollEvents.Readable)) != PollEvents.None;
    }

    /// <summary>
    /// fo_ioctl. <paramref name="parameter"/> is the request's structure, in and out. FIOCLEX, FIONBIO and their like never come here.
    /// </summary>
    public virtual Errno Ioctl(Process caller, uint request, Span<byte> parameter) => Errno.ENOTTY;

    /// <summary>fo_ioctl of a file whose requests may sleep, or lead to more of the caller's memory.</summary>
    internal virtual ValueTask<Errno> Control(SystemCall call, OpenFile file, uint request, Memory<byte> parameter) =>
        new(Ioctl(call.Process, request, parameter.Span));

    /// <summary>fo_truncate.</summary>
    public virtual Errno Truncate(long length) => Errno.EINVAL;

    /// <summary>A new <see cref="OpenFile"/> refers to it.</summary>
    public virtual void Opened(OpenFile file)
    {
    }

    /// <summary>fo_close: the last reference to that <see cref="OpenFile"/> is gone.</summary>
    public virtual void Closed(OpenFile file)
    {
    }

    /// <summary>fo_ioctl of FIOSETOWN and FIOGETOWN works: something may happen to it that a process is told by SIGIO.</summary>
    public virtual bool HasOwner => false;

    /// <summary>so_sigio, pipe_sigio, t_sigio: who is told by SIGIO; null: nobody.</summary>
    internal SignalOwner? SigioOwner { get; set; }

    /// <summary>SS_ASYNC, PIPE_ASYNC: the owner is told.</summary>
    internal bool IsAsync { get; set; }

    /// <summary>selwakeup: sleepers in read and write look again, and so do all that poll.</summary>
    /// <param name="isQuiet">The owner is not told: what happened is only of interest to who waits.</param>
    protected void NotifyChanged(Kernel kernel, bool isQuiet = false)
    {
        kernel.Wakeup(this);
        kernel.Wakeup(kernel.FileSystem.PollChannel);
        Notes.Post(0);
        if (IsAsync && !isQuiet) SigioOwner?.Post(Abi.Signals.SIGIO);
        if (Transfers is not { Count: > 0 } waiting) return;
        Transfers = null;
        foreach (var job in waiting) job.Wake();
    }
}
