using TraceKernel.Abi;

namespace TraceKernel.Processes;

/// <summary>struct kaioinfo: the asynchronous transfers of a process, those that have ended until the program has asked how.</summary>
internal sealed class AioQueue(Process process)
{
    /// <summary>vfs.aio.max_aio_queue_per_proc.</summary>
    public const int Maximum = 256;

    /// <summary>kaio_all, kaio_done.</summary>
    private readonly List<AioJob> _all = [], _done = [];

    public Process Process => process;

    /// <summary>What threads sleep on until a job ends.</summary>
    public object Channel { get; } = new();

    public IReadOnlyList<AioJob> All => _all;

    /// <summary>The job that ended first, of those that nobody has asked about.</summary>
    public AioJob? FirstDone => _done.Count > 0 ? _done[0] : null;

    /// <summary>EAGAIN: there are too many, of this process or in all.</summary>
    public Errno Reserve() => _all.Count < Maximum && process.Kernel.AioJobs.TryTake() ? Errno.None : Errno.EAGAIN;

    /// <summary>A job for which there is room (<see cref="Reserve"/>) begins.</summary>
    public void Add(AioJob job)
    {
        _all.Add(job);
        if (job.List is { } list) list.Count++;
        job.Start();
    }

    public AioJob? FindDone(ulong address) => _done.Find(job => job.Address == address);

    /// <summary>A transfer on the same file was asked for earlier and is not over.</summary>
    public bool HasEarlier(AioJob job)
    {
        foreach (var other in _all)
        {
            if (other == job) return false;
            if (other.File == job.File && !other.IsFinished && !other.IsSync) return true;
        }
        return false;
    }

    /// <summary>aio_bio_done_notify.</summary>
    public void Finished(AioJob job)
    {
        _done.Add(job);
        job.Notify();
        if (job.List is { } list && ++list.Finished == list.Count) list.Notify();
        foreach (var other in _all)
            if (other.IsSync && !other.IsFinished && other.File == job.File) other.Start();
        process.Kernel.Wakeup(Channel);
    }

    /// <summary>aio_free_entry.</summary>
    public void Free(AioJob job)
    {
        _all.Remove(job);
        _done.Remove(job);
        job.Free();
        process.Kernel.AioJobs.Return();
        if (job.List is not { } list) return;
        list.Finished--;
        list.Release();
    }

    /// <summary>aio_proc_rundown: the process exits or executes a program; nobody hears of what is given up.</summary>
    public void RunDown()
    {
        while (_all.Count > 0)
        {
            var job = _all[^1];
            if (!job.IsFinished) job.TryCancel(force: true);
            Free(job);
        }
    }
}
