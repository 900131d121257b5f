using TraceKernel.Abi;
using TraceKernel.Vm;

namespace TraceKernel.Processes;

/// <summary>
/// struct umtx_robust_lists_params: where a thread keeps the lists of robust mutexes that it holds, so that their next owners learn of
/// its death. All three are addresses of pointers, 0 for none.
/// </summary>
/// <param name="Shared">robust_list_offset: mutexes shared with other processes.</param>
/// <param name="Private">robust_priv_list_offset: the others.</param>
/// <param name="InTransit">robust_inact_offset: the mutex that is being locked or unlocked.</param>
public readonly record struct UmtxRobustLists(ulong Shared, ulong Private, ulong InTransit)
{
    /// <summary>kern.ipc.umtx_max_robust: longest list that is believed.</summary>
    private const int MaximumLength = 1000;

    /// <summary>Of m_owner, m_flags and m_rb_lnk.</summary>
    private const ulong FlagsOffset = 4, LinkOffset = 16;

    /// <summary>umtx_thread_cleanup: the thread exits, or its program is replaced.</summary>
    internal static void CleanUp(Lwp lwp)
    {
        var lists = lwp.RobustLists;
        lwp.RobustLists = default;
        if (lists == default) return;
        var memory = lwp.Process.Vm;
        var inTransit = 0UL;
        if (lists.InTransit != 0) memory.Read64(lists.InTransit, out inTransit);
        CleanUp(lwp, lists.Shared, ref inTransit);
        CleanUp(lwp, lists.Private, ref inTransit);
        if (inTransit != 0) Abandon(lwp, memory, inTransit, isInTransit: true, out _);
    }

    private static void CleanUp(Lwp lwp, ulong list, ref ulong inTransit)
    {
        var memory = lwp.Process.Vm;
        if (list == 0 || memory.Read64(list, out var mutex) != Errno.None) return;
        for (var count = 0; mutex != 0 && count < MaximumLength; count++)
        {
            var isInTransit = mutex == inTransit;
            if (isInTransit) inTransit = 0;
            if (Abandon(lwp, memory, mutex, isInTransit, out mutex) != Errno.None) return;
        }
    }

    /// <summary>umtx_handle_rb.</summary>
    private static Errno Abandon(Lwp lwp, IUserMemory memory, ulong mutex, bool isInTransit, out ulong next)
    {
        next = 0;
        if (memory.Read32(mutex, out var owner) != Errno.None || memory.Read32(mutex + FlagsOffset, out var flags) != Errno.None
            || memory.Read64(mutex + LinkOffset, out next) != Errno.None)
            return Errno.EFAULT;
        if ((flags & UserMutex.Robust) == 0) return Errno.EINVAL;
        // A mutex in transit may be unlocked already.
        if ((owner & ~UserMutex.Contested) != (uint)lwp.Tid) return isInTransit ? Errno.None : Errno.EINVAL;
        return new UserMutex(lwp, memory, mutex).Unlock(ownerDies: true);
    }
}
