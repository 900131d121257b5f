using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Signals;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.aiocb;

namespace TraceKernel.Processes;

/// <summary>struct kaiocb: one asynchronous transfer, which a callout carries out a piece at a time: vfs_aio.c, and sys_socket.c for sockets.</summary>
/// <param name="address">Of the program's aiocb, by which it is known.</param>
/// <param name="uio">Where the bytes lie; null for what moves none.</param>
internal sealed class AioJob(AioQueue queue, AioList? list, ulong address, aiocb request, OpenFile? file, Uio? uio) : KqueueKernelFilter.ISource
{
    /// <summary>Nanoseconds until a worker thread of the kernel has taken the job up.</summary>
    private const long WorkerDelay = 10_000;

    /// <summary>Bytes that are moved at a time, and in one go before others have their turn.</summary>
    private const int PieceBytes = 65536, GoBytes = 1 << 20;

    private readonly long _size = uio?.Remaining ?? 0;
    private readonly SignalEvent _signal = new(queue.Process, request.aio_sigevent, Abi.Signals.SI_ASYNCIO);
    private Scheduler.Timer? _callout;
    private FileObject? _waitsFor;

    public ulong Address => address;
    public int Descriptor => request.aio_fildes;
    public OpenFile? File => file;
    public AioList? List => list;
    public bool IsSync => (request.aio_lio_opcode & LIO_SYNC) != 0;

    /// <summary>KAIOCB_FINISHED.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>What aio_return(2) returns: bytes, or −1.</summary>
    public long Status { get; private set; }
    public Errno Error { get; private set; } = Errno.EINPROGRESS;

    public KnoteList Notes { get; } = new();

    /// <summary>It reads; else it writes or synchronises.</summary>
    public bool IsRead => (request.aio_lio_opcode & LIO_READ) != 0;
    private long Done => _size - uio!.Remaining;

    // filt_aio
    public bool IsDone(out long data)
    {
        data = (long)Error;
        return IsFinished;
    }

    /// <summary>
    /// aio_schedule. A synchronisation waits for the transfers on its file that were asked for before it, and the end of any transfer may start it: the first one does.
    /// </summary>
    public void Start()
    {
        if (_callout is not null || (IsSync && queue.HasEarlier(this))) return;
        _callout = queue.Process.Kernel.Scheduler.At(queue.Process.Kernel.Uptime + WorkerDelay, Run);
    }

    /// <summary>The file has changed.</summary>
    public void Wake()
    {
        _waitsFor = null;
        Start();
    }

    /// <summary>
    /// aio_cancel_job: what waits is given up; ECANCELED, unless bytes have been moved. False when bytes have been moved, or a worker is in the middle
    /// of it, as it is for a file that blocks.
    /// </summary>
    public bool TryCancel(bool force = false)
    {
        if (!force && _waitsFor is not (null or Socket)) return false;
        if (_callout is not null) _callout.Cancelled = true;
        _waitsFor?.Transfers?.Remove(this);
        _waitsFor = null;
        Complete(uio is not null && Done > 0 ? Errno.None : Errno.ECANCELED);
        return Error == Errno.ECANCELED;
    }

    /// <summary>aio_free_entry.</summary>
    public void Free()
    {
        foreach (var note in Notes.Snapshot) note.Queue.Drop(note);
        _signal.Record.TakeBack();
        file?.Release();
    }

    /// <summary>aio_bio_done_notify, for this job alone.</summary>
    public void Notify()
    {
        if (request.aio_sigevent.Signals && !_signal.Record.IsQueued) _signal.Send();
        Notes.Post(1);
    }

    private void Complete(Errno error)
    {
        (IsFinished, Error) = (true, error);
        Status = error != Errno.None ? -1 : uio is null ? 0 : Done;
        queue.Finished(this);
    }

    private void Run()
    {
        _callout = null;
        if (request.aio_lio_opcode == LIO_MLOCK) Complete(Lock());
        else if (IsSync) Complete(file is { Target: Vm.IBackingFile regular } ? Vm.VnodePager.Flush(regular) : Errno.None);
        else Transfer();
    }

    /// <summary>aio_process_mlock.</summary>
    private Errno Lock()
    {
        var call = new SystemCall(queue.Process.FirstThread);
        (call.Arguments[0], call.Arguments[1]) = (request.aio_buf, request.aio_nbytes);
        return WiringCalls.Mlock(call);
    }

    /// <summary>aio_process_rw, soaio_process_job.</summary>
    private void Transfer()
    {
        var start = !IsRead && file is { IsAppending: true, Target: Vnode { IsSeekable: true } vnode } ? vnode.Size - Done : request.aio_offset;
        var buffer = new byte[(int)Math.Min(uio!.Remaining, PieceBytes)];
        var end = Done + GoBytes;
        var (error, isOver) = (Errno.None, IsRead && uio.Remaining == 0);
        while (error == Errno.None && !isOver && Done < end)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(uio.Remaining, buffer.Length));
            error = IsRead ? ReadPiece(start + Done, piece, out isOver) : WritePiece(start + Done, piece, out isOver);
        }
        if (error == Errno.EAGAIN && !(IsRead && Done > 0))
        {
            _waitsFor = file!.Target;
            (_waitsFor.Transfers ??= []).Add(this);
        }
        else if (error == Errno.None && !isOver)
        {
            Start();
        }
        else
        {
            if (error == Errno.EPIPE && !file!.Target.IsSilent) Posting.Send(queue.Process, Abi.Signals.SIGPIPE);
            Complete(error == Errno.EAGAIN ? Errno.None : error);
        }
    }

    private Errno ReadPiece(long offset, Span<byte> piece, out bool isOver)
    {
        isOver = false;
        if (file!.Target.Read(file, offset, piece, out var count) is not Errno.None and var error) return error;
        isOver = count < piece.Length || uio!.Remaining == count;
        return uio!.CopyOut(piece[..count]);
    }

    /// <summary>What the file does not take now is fetched again.</summary>
    private Errno WritePiece(long offset, Span<byte> piece, out bool isOver)
    {
        isOver = false;
        if (uio!.Peek(piece) is not Errno.None and var fault) return fault;
        var error = file!.Target.Write(file, offset, piece, out var count);
        uio.Skip(count);
        // Shared memory takes nothing past its end, and says so by nothing else.
        isOver = uio.Remaining == 0 || (count == 0 && error == Errno.None);
        return error;
    }
}

/// <summary>struct aioliojob: the transfers of one lio_listio(2).</summary>
internal sealed class AioList(Process process, sigevent wanted) : KqueueKernelFilter.ISource
{
    private readonly SignalEvent _signal = new(process, wanted, Abi.Signals.SI_ASYNCIO);
    private bool _isTold;

    /// <summary>lioj_count: jobs that are not freed, and one more while the call adds them.</summary>
    public int Count { get; set; } = 1;

    /// <summary>lioj_finished_count.</summary>
    public int Finished { get; set; }

    public KnoteList Notes { get; } = new();

    // filt_lio
    public bool IsDone(out long data)
    {
        data = 0;
        return _isTold;
    }

    /// <summary>All jobs are over: the program hears of it once.</summary>
    public void Notify()
    {
        if (_isTold) return;
        _isTold = true;
        if (wanted.Signals) _signal.Send(keepsRecord: Count != 1);
        Notes.Post(1);
    }

    /// <summary>A job, or the call itself, does not need the list any more; the last one ends it.</summary>
    public void Release()
    {
        if (--Count > 0) return;
        foreach (var note in Notes.Snapshot) note.Queue.Drop(note);
        _signal.Record.TakeBack();
    }
}
