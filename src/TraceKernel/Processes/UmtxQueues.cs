using System.Runtime.InteropServices;
using TraceKernel.Abi;

namespace TraceKernel.Processes;

/// <summary>The sleep queues of all user-space synchronisation objects, longest sleepers first: the chains of kern_umtx.c.</summary>
internal sealed class UmtxQueues
{
    private readonly Dictionary<(UmtxKey Key, bool Exclusive), LinkedList<UmtxWaiter>> _queues = [];

    /// <summary>umtxq_count: how many wait in the shared queue.</summary>
    public int Count(UmtxKey key) => _queues.TryGetValue((key, false), out var queue) ? queue.Count : 0;

    /// <summary>umtxq_insert.</summary>
    /// <param name="exclusive">The queue of the writers of a reader-writer lock (UMTX_EXCLUSIVE_QUEUE).</param>
    public UmtxWaiter Insert(Lwp lwp, UmtxKey key, bool exclusive = false)
    {
        ref var queue = ref CollectionsMarshal.GetValueRefOrAddDefault(_queues, (key, exclusive), out _);
        queue ??= [];
        var waiter = new UmtxWaiter(lwp, key, exclusive);
        queue.AddLast(waiter);
        return waiter;
    }

    /// <summary>umtxq_remove: nothing when a wake-up has removed it.</summary>
    public void Remove(UmtxWaiter waiter)
    {
        if (!waiter.IsQueued) return;
        waiter.IsQueued = false;
        var queue = _queues[(waiter.Key, waiter.Exclusive)];
        queue.Remove(waiter);
        if (queue.Count == 0) _queues.Remove((waiter.Key, waiter.Exclusive));
    }

    /// <summary>umtxq_signal_queue: wakes the first <paramref name="count"/> of a queue, at least one; says how many that were.</summary>
    public int Signal(UmtxKey key, int count, bool exclusive = false)
    {
        var woken = 0;
        while (_queues.TryGetValue((key, exclusive), out var queue))
        {
            var waiter = queue.First!.Value;
            Remove(waiter);
            waiter.Lwp.Process.Kernel.Wakeup(waiter);
            if (++woken >= count) break;
        }
        return woken;
    }
}

/// <summary>struct umtx_q: one thread in a queue; also what it sleeps on.</summary>
internal sealed class UmtxWaiter(Lwp lwp, UmtxKey key, bool exclusive)
{
    public Lwp Lwp => lwp;
    public UmtxKey Key => key;
    public bool Exclusive => exclusive;

    /// <summary>UQF_UMTXQ: nobody has woken it yet.</summary>
    public bool IsQueued { get; set; } = true;

    /// <summary>
    /// umtxq_sleep: until it is taken from the queue; ETIMEDOUT when the time comes first, EINTR or ERESTART when a signal does. It may
    /// have been woken nevertheless; what still is in the queue, the caller removes.
    /// </summary>
    public async ValueTask<Errno> Sleep(string waitMessage, UmtxTimeout? timeout)
    {
        while (IsQueued)
        {
            var deadline = long.MaxValue;
            if (timeout is { } time && !time.TryGetDeadline(lwp, out deadline)) return Errno.ETIMEDOUT;
            var error = await lwp.Sleep(this, waitMessage, deadline);
            if (error is Errno.EINTR or Errno.ERESTART) return error;
        }
        return Errno.None;
    }
}
