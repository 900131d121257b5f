using System.Buffers.Binary;
using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>The target's memory and its map (PTRACE.md 6 and 7).</summary>
internal static class MemoryRequests
{
    [Ptrace(PT_READ_I, Target.StoppedLwp)]
    [Ptrace(PT_READ_D, Target.StoppedLwp)]
    public static Errno Read(ref PtraceCall call)
    {
        Span<byte> word = stackalloc byte[4];
        word.Clear();
        var error = Transfer(call, call.Address, word, write: false, out _);
        call.Result = BinaryPrimitives.ReadInt32LittleEndian(word);
        return WordError(call, error);
    }

    [Ptrace(PT_WRITE_I, Target.StoppedLwp)]
    [Ptrace(PT_WRITE_D, Target.StoppedLwp)]
    public static Errno Write(ref PtraceCall call)
    {
        call.Lwp.Debug |= DebugFlags.UserWrite;
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(word, call.Data);
        return WordError(call, Transfer(call, call.Address, word, write: true, out _));
    }

    /// <summary>What a transfer's error becomes where there is no room for a short count.</summary>
    private static Errno WordError(in PtraceCall call, Errno error)
    {
        if (error == Errno.None) return error;
        if (call.Process.Kernel.Personality.Memory.WordsSayNoMemory) return Errno.ENOMEM;
        return error == Errno.EPERM ? Errno.EINVAL : error;
    }

    /// <summary>proc_rwmem, or procfs_domem.</summary>
    private static Errno Transfer(in PtraceCall call, ulong address, Span<byte> buffer, bool write, out int transferred)
    {
        transferred = 0;
        var personality = call.Process.Kernel.Personality;
        if (buffer.IsEmpty && !personality.Memory.EmptyTransferLooks) return Errno.None;
        if (Permission.OfProcfs(call) is var error and not Errno.None) return error;
        return call.Process.Vm.ReadWrite(address, buffer, write, out transferred, personality.Memory.Writes);
    }

    [Ptrace(PT_IO, Target.StoppedLwp)]
    public static Errno Io(ref PtraceCall call)
    {
        if (!MemoryMarshal.TryRead<ptrace_io_desc>(call.Image, out var descriptor)) return Errno.EFAULT;
        bool write;
        switch (descriptor.piod_op)
        {
            case PIOD_READ_D or PIOD_READ_I: write = false; break;
            case PIOD_WRITE_D or PIOD_WRITE_I: write = true; break;
            default: return Errno.EINVAL;
        }
        if (write) call.Lwp.Debug |= DebugFlags.UserWrite;
        if (descriptor.piod_len > long.MaxValue) return Errno.EINVAL;
        if ((ulong)call.Buffer.Length < descriptor.piod_len) return Errno.EFAULT;
        var buffer = call.Buffer[..(int)descriptor.piod_len];
        var error = Transfer(call, descriptor.piod_offs, buffer, write, out call.Transferred);
        if (error == Errno.None) MemoryMarshal.Write(call.Image, descriptor with { piod_len = (ulong)call.Transferred });
        return error;
    }

    [Ptrace(PT_VM_TIMESTAMP, Target.StoppedLwp)]
    public static Errno VmTimestamp(ref PtraceCall call)
    {
        call.Result = call.Process.Vm.Timestamp;
        return Errno.None;
    }

    [Ptrace(PT_VM_ENTRY, Target.StoppedLwp)]
    public static Errno VmEntry(ref PtraceCall call)
    {
        if (!MemoryMarshal.TryRead<ptrace_vm_entry>(call.Image, out var entry)) return Errno.EFAULT;
        if (entry.pve_entry < 0 && !call.Process.Kernel.Personality.Memory.NegativeEntryIsFirst) return Errno.EINVAL;
        var error = call.Process.Vm.Entry(ref entry, call.Buffer);
        if (error == Errno.None) MemoryMarshal.Write(call.Image, entry);
        return error;
    }
}
