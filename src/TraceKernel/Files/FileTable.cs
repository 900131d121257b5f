using TraceKernel.Abi;

namespace TraceKernel.Files;

/// <summary>struct filedesc: the descriptors of a process, or of several after rfork(2) without RFFDG.</summary>
public sealed class FileTable
{
    private readonly List<Slot> _slots = [];
    private int _references = 1;

    /// <summary>kern.maxfilesperproc, and the RLIMIT_NOFILE that a process begins with.</summary>
    public const int MaximumFiles = 4096;

    /// <summary>struct filedescent; no capabilities: nobody has limited it.</summary>
    private record struct Slot(OpenFile? File, bool CloseOnExec, FileCapabilities? Capabilities);

    /// <summary>fd_kqlist: the kqueues of the process.</summary>
    internal List<Kqueue> Kqueues { get; } = [];

    /// <summary>Descriptors that are open.</summary>
    public int Count => _slots.Count(slot => slot.File is not null);

    /// <summary>One more than the highest open descriptor.</summary>
    public int End => _slots.Count;

    /// <summary>fget: EBADF when it is not open, ENOTCAPABLE when the descriptor lacks a right that the call needs.</summary>
    public Errno Get(int descriptor, in cap_rights_t needed, out OpenFile file)
    {
        var error = Get(descriptor, out file);
        return error == Errno.None && _slots[descriptor].Capabilities is { } limited ? limited.Check(needed) : error;
    }

    /// <summary>fget with cap_no_rights: EBADF when it is not open.</summary>
    public Errno Get(int descriptor, out OpenFile file)
    {
        file = (uint)descriptor < (uint)_slots.Count ? _slots[descriptor].File! : null!;
        return file is null ? Errno.EBADF : Errno.None;
    }

    /// <summary>
    /// falloc: the lowest free descriptor from <paramref name="minimum"/> on; EMFILE from <paramref name="limit"/> on. Takes over the
    /// reference, and gives it up when there is no descriptor.
    /// </summary>
    /// <param name="capabilities">What it may be used for; null: everything.</param>
    public Errno Add(
        OpenFile file, out int descriptor, bool closeOnExec = false, int minimum = 0, int limit = MaximumFiles, FileCapabilities? capabilities = null)
    {
        if (FindFree(limit, out descriptor, minimum) is not Errno.None and var error)
        {
            file.Release();
            return error;
        }
        Set(descriptor, new Slot(file, closeOnExec, capabilities));
        return Errno.None;
    }

    /// <summary>
    /// The descriptor that <see cref="Add"/> would give; EMFILE from <paramref name="limit"/> on. A call that makes or takes something asks first,
    /// so that nothing is made or lost when there is no descriptor.
    /// </summary>
    public Errno FindFree(int limit, out int descriptor, int minimum = 0)
    {
        descriptor = minimum;
        while (descriptor < _slots.Count && _slots[descriptor].File is not null) descriptor++;
        return descriptor < Math.Min(limit, MaximumFiles) ? Errno.None : Errno.EMFILE;
    }

    /// <summary>
    /// dup2(2): the same open file under a given number, which is closed first. The caller has checked the number against the limit.
    /// </summary>
    public Errno Duplicate(int descriptor, int target, bool closeOnExec)
    {
        if (Get(descriptor, out var file) is not Errno.None and var error) return error;
        if (target == descriptor)
        {
            if (closeOnExec) SetCloseOnExec(target, true);
            return Errno.None;
        }
        file.AddReference();
        var capabilities = _slots[descriptor].Capabilities;
        if (Get(target, out _) == Errno.None) Close(target);
        Set(target, new Slot(file, closeOnExec, capabilities));
        return Errno.None;
    }

    public Errno Close(int descriptor)
    {
        if (Get(descriptor, out var file) is not Errno.None and var error) return error;
        foreach (var queue in Kqueues) queue.DescriptorClosed(descriptor);
        if (file.Target is Ipc.MessageQueue messages) messages.DescriptorClosed(this, descriptor);
        _slots[descriptor] = default;
        while (_slots.Count > 0 && _slots[^1].File is null) _slots.RemoveAt(_slots.Count - 1);
        // closef: any close of a file gives up the process's fcntl(2) locks on it.
        if (file.Target is Vnode vnode) vnode.Locks?.Unlock(this);
        file.Release();
        return Errno.None;
    }

    /// <summary>FD_CLOEXEC of an open descriptor.</summary>
    public bool IsCloseOnExec(int descriptor) => _slots[descriptor].CloseOnExec;

    public void SetCloseOnExec(int descriptor, bool value) => _slots[descriptor] = _slots[descriptor] with { CloseOnExec = value };

    /// <summary>fde_caps of an open descriptor.</summary>
    public FileCapabilities CapabilitiesOf(int descriptor) => _slots[descriptor].Capabilities ?? FileCapabilities.All;

    public void SetCapabilities(int descriptor, FileCapabilities capabilities) =>
        _slots[descriptor] = _slots[descriptor] with { Capabilities = capabilities };

    /// <summary>fdcopy: the child's table, sharing each open file that can be handed on.</summary>
    public FileTable Fork()
    {
        var copy = new FileTable();
        foreach (var slot in _slots)
        {
            var inherited = slot.File is { Target.IsPassable: false } ? default : slot;
            inherited.File?.AddReference();
            copy._slots.Add(inherited);
        }
        while (copy._slots.Count > 0 && copy._slots[^1].File is null) copy._slots.RemoveAt(copy._slots.Count - 1);
        return copy;
    }

    /// <summary>fdcloseexec.</summary>
    public void Exec()
    {
        for (var descriptor = _slots.Count - 1; descriptor >= 0; descriptor--)
            if (descriptor < _slots.Count && _slots[descriptor].CloseOnExec) Close(descriptor);
    }

    /// <summary>
    /// mq_proc_exit: a process that exits or executes a program is no longer told of messages, whoever else has the descriptors.
    /// </summary>
    public void ForgetNotices(Processes.Process process)
    {
        for (var descriptor = 0; descriptor < _slots.Count; descriptor++)
            if (_slots[descriptor].File?.Target is Ipc.MessageQueue queue) queue.ForgetNotice(process, descriptor);
    }

    /// <summary>fdshare: another process uses this very table.</summary>
    public FileTable Share()
    {
        _references++;
        return this;
    }

    /// <summary>fdunshare: a table that no other process uses, with the same descriptors.</summary>
    public FileTable Unshare()
    {
        if (_references == 1) return this;
        _references--;
        return Fork();
    }

    /// <summary>fdescfree, when a process exits: the last one closes everything, lowest descriptor first.</summary>
    public void Release()
    {
        if (--_references == 0) CloseFrom(0, int.MaxValue);
    }

    /// <summary>close_range(2) of what is open.</summary>
    public void CloseFrom(int lowest, int highest)
    {
        for (var descriptor = lowest; descriptor < _slots.Count && descriptor <= highest; descriptor++)
            if (_slots[descriptor].File is not null) Close(descriptor);
    }

    /// <summary>close_range(2) with CLOSE_RANGE_CLOEXEC.</summary>
    public void SetCloseOnExecFrom(int lowest, int highest)
    {
        for (var descriptor = lowest; descriptor < _slots.Count && descriptor <= highest; descriptor++)
            if (_slots[descriptor].File is not null) SetCloseOnExec(descriptor, true);
    }

    private void Set(int descriptor, Slot slot)
    {
        while (_slots.Count <= descriptor) _slots.Add(default);
        _slots[descriptor] = slot;
    }
}
