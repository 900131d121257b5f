using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Ipc;

namespace TraceKernel.Ipc;

// semop(2), and what becomes of it when the process exits: kern_semop, semundo_adjust, semexit_myhook.
internal sealed partial class SysVSemaphores
{
    /// <summary>semu_list: adjustments of each process, in the order in which they were asked for.</summary>
    private readonly Dictionary<Process, List<Undo>> _undos = [];

    /// <summary>struct undo.</summary>
    private readonly record struct Undo(int Set, int Sequence, int Number, int Adjustment);

    /// <summary>
    /// kern_semop: all operations together, or none. EFBIG for a number that the set has not, ERANGE, EAGAIN with IPC_NOWAIT, EIDRM when the set is removed
    /// meanwhile, EINTR; ENOSPC and EINVAL when there are too many adjustments.
    /// </summary>
    public async ValueTask<Errno> Operate(Lwp lwp, int identifier, sembuf[] operations)
    {
        if (Check(lwp.Process, identifier, operations, out var set) is var error and not Errno.None) return error;
        int wakes;
        while (true)
        {
            error = TryAll(set, operations, out var failed, out wakes);
            if (error != Errno.None) return error;
            if (failed < 0) break;
            var operation = operations[failed];
            if ((operation.sem_flg & IPC_NOWAIT) != 0) return Errno.EAGAIN;
            Count(set, operation, 1);
            error = await lwp.Sleep(set, "semwait");
            if (!IsSame(set, identifier)) return Errno.EIDRM;
            Count(set, operation, -1);
            if (error != Errno.None) return Errno.EINTR;
        }
        if ((error = AdjustAll(lwp.Process, set, operations)) != Errno.None)
        {
            foreach (var operation in operations) set.Semaphores[operation.sem_num].Value -= operation.sem_op;
            return error;
        }
        foreach (var operation in operations) set.Semaphores[operation.sem_num].Pid = lwp.Process.Pid;
        set.Data.sem_otime = Now;
        if (wakes > 0) kernel.Wakeup(set);
        return Errno.None;
    }

    /// <summary>semexit_myhook: what the process has done with SEM_UNDO is taken back.</summary>
    public void Exited(Process process)
    {
        if (!_undos.Remove(process, out var undos)) return;
        foreach (var undo in undos)
        {
            var set = _sets[undo.Set];
            if (!set.IsAllocated || set.Data.sem_perm.seq != undo.Sequence) continue;
            ref var semaphore = ref set.Semaphores[undo.Number];
            semaphore.Value = Math.Max(semaphore.Value + undo.Adjustment, 0);
            kernel.Wakeup(set);
        }
    }

    private Errno Check(Process caller, int identifier, sembuf[] operations, out Set set)
    {
        if (Find(caller, identifier, 0, out set) is var error and not Errno.None) return error;
        var access = 0;
        foreach (var operation in operations)
        {
            if (operation.sem_num >= set.Semaphores.Length) return Errno.EFBIG;
            access |= operation.sem_op == 0 ? IPC_R : IPC_W;
        }
        return IpcPermission.Check(caller.Credentials, set.Data.sem_perm, access);
    }

    /// <summary>All operations, undone again when one of them cannot be done now.</summary>
    /// <param name="failed">That one; −1: none.</param>
    /// <param name="wakes">Somebody may wait for what has been done.</param>
    private static Errno TryAll(Set set, sembuf[] operations, out int failed, out int wakes)
    {
        (failed, wakes) = (-1, 0);
        var error = Errno.None;
        for (var index = 0; index < operations.Length; index++)
        {
            var operation = operations[index];
            ref var semaphore = ref set.Semaphores[operation.sem_num];
            var value = semaphore.Value + operation.sem_op;
            if (value > MaximumValue) error = Errno.ERANGE;
            if (error != Errno.None || value < 0 || (operation.sem_op == 0 && value != 0))
            {
                failed = index;
                break;
            }
            if (operation.sem_op < 0 ? value == 0 && semaphore.WaitingForZero > 0 : operation.sem_op > 0 && semaphore.WaitingForMore > 0) wakes++;
            semaphore.Value = value;
        }
        for (var index = 0; index < failed; index++) set.Semaphores[operations[index].sem_num].Value -= operations[index].sem_op;
        return error;
    }

    private static void Count(Set set, sembuf operation, int change)
    {
        ref var semaphore = ref set.Semaphores[operation.sem_num];
        if (operation.sem_op == 0) semaphore.WaitingForZero += change;
        else semaphore.WaitingForMore += change;
    }

    /// <summary>The adjustments of all operations, or of none.</summary>
    private Errno AdjustAll(Process process, Set set, sembuf[] operations)
    {
        for (var index = 0; index < operations.Length; index++)
        {
            if (!IsUndone(operations[index])) continue;
            var error = Adjust(process, set, operations[index].sem_num, -operations[index].sem_op);
            if (error == Errno.None) continue;
            while (--index >= 0)
                if (IsUndone(operations[index])) Adjust(process, set, operations[index].sem_num, operations[index].sem_op);
            return error;
        }
        return Errno.None;
    }

    private static bool IsUndone(sembuf operation) => (operation.sem_flg & SEM_UNDO) != 0 && operation.sem_op != 0;

    /// <summary>semundo_adjust: ENOSPC for too many processes, EINVAL for too many adjustments of one, ERANGE.</summary>
    private Errno Adjust(Process process, Set set, int number, int change)
    {
        if (!_undos.TryGetValue(process, out var undos))
        {
            if (_undos.Count >= MaximumUndoers) return Errno.ENOSPC;
            _undos.Add(process, undos = []);
        }
        var index = Array.IndexOf(_sets, set);
        var place = undos.FindIndex(undo => undo.Set == index && undo.Number == number);
        var adjustment = change + (place < 0 ? 0 : undos[place].Adjustment);
        var error = Math.Abs(adjustment) > MaximumAdjustment ? Errno.ERANGE : place < 0 && undos.Count >= MaximumUndos ? Errno.EINVAL : Errno.None;
        if (error == Errno.None)
        {
            if (place < 0) undos.Add(new Undo(index, set.Data.sem_perm.seq, number, adjustment));
            else undos[place] = undos[place] with { Adjustment = adjustment };
            undos.RemoveAll(undo => undo.Adjustment == 0);
        }
        if (undos.Count == 0) _undos.Remove(process);
        return error;
    }

    /// <summary>semundo_clear.</summary>
    /// <param name="number">−1: of all semaphores of the set.</param>
    private void ForgetUndos(int set, int number = -1)
    {
        foreach (var (process, undos) in _undos.ToArray())
        {
            undos.RemoveAll(undo => undo.Set == set && (number < 0 || undo.Number == number));
            if (undos.Count == 0) _undos.Remove(process);
        }
    }
}
