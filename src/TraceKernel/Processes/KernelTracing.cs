using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Machine.Memory;
using TraceKernel.Syscalls;
using TraceKernel.Vm;
using static TraceKernel.Abi.Ktrace;

namespace TraceKernel.Processes;

/// <summary>
/// kern_ktrace.c: records of what a process does, appended to a file. Every call returns at once for a process without a trace. FreeBSD queues records and
/// writes them at the next return to user mode; here each is written as it comes, in the same order.
/// </summary>
internal static class KernelTracing
{
    /// <summary>The system call that a thread enters (ktrsyscall).</summary>
    public static void Call(Lwp lwp)
    {
        if (!Wants(lwp, KTR_SYSCALL)) return;
        var call = lwp.Call;
        var record = new byte[8 + 8 * call.ArgumentCount];
        BinaryPrimitives.WriteInt16LittleEndian(record, (short)call.Code);
        BinaryPrimitives.WriteInt16LittleEndian(record.AsSpan(2), (short)call.ArgumentCount);
        MemoryMarshal.AsBytes(call.Arguments[..call.ArgumentCount]).CopyTo(record.AsSpan(8));
        Write(lwp, KTR_SYSCALL, record);
    }

    /// <summary>What it returns (ktrsysret): the value, or 0 with an error.</summary>
    public static void Return(Lwp lwp, uint code, Errno error, ulong value)
    {
        if (!Wants(lwp, KTR_SYSRET)) return;
        Span<byte> record = stackalloc byte[16];
        record.Clear();
        BinaryPrimitives.WriteInt16LittleEndian(record, (short)code);
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], (int)error);
        BinaryPrimitives.WriteUInt64LittleEndian(record[8..], error == Errno.None ? value : 0);
        Write(lwp, KTR_SYSRET, record);
    }

    /// <summary>A path that namei(9) looks up (ktrnamei).</summary>
    public static void Path(Process process, string path)
    {
        if (process.Trace is null || ThreadOf(process) is not { } lwp || !Wants(lwp, KTR_NAMEI)) return;
        Write(lwp, KTR_NAMEI, Encoding.Latin1.GetBytes(path));
    }

    /// <summary>The bytes that a call has moved (ktrgenio), up to kern.ktrace.genio_size; a call that fails has none.</summary>
    public static ValueTask<Errno> Transfer(SystemCall call, Uio uio, bool isWrite, ValueTask<Errno> pending) =>
        Wants(call.Lwp, KTR_GENIO) ? TransferLater(call, uio, isWrite, pending) : pending;

    private static async ValueTask<Errno> TransferLater(SystemCall call, Uio uio, bool isWrite, ValueTask<Errno> pending)
    {
        var error = await pending;
        if (error != Errno.None) return error;
        var length = (int)Math.Min(call.Value, (ulong)call.Kernel.TraceTransferBytes);
        var record = new byte[8 + length];
        BinaryPrimitives.WriteInt32LittleEndian(record, call.Int(0));
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(4), isWrite ? 1 : 0);
        if (uio.First(record.AsSpan(8)) == Errno.None) Write(call.Lwp, KTR_GENIO, record);
        return Errno.None;
    }

    /// <summary>A signal that is acted on (ktrpsig): its handler, and the mask that the handler interrupts.</summary>
    public static void Signal(Lwp lwp, int signal, ulong handler, in sigset mask, int code)
    {
        if (!Wants(lwp, KTR_PSIG)) return;
        Span<byte> record = stackalloc byte[40];
        record.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(record, signal);
        BinaryPrimitives.WriteUInt64LittleEndian(record[8..], handler);
        BinaryPrimitives.WriteInt32LittleEndian(record[16..], code);
        MemoryMarshal.Write(record[20..], in mask);
        Write(lwp, KTR_PSIG, record);
    }

    /// <summary>A thread sleeps, or wakes up (ktrcsw).</summary>
    public static void Switch(Lwp lwp, bool isOut, string waitMessage)
    {
        if (!Wants(lwp, KTR_CSW)) return;
        Span<byte> record = stackalloc byte[16];
        record.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(record, isOut ? 1 : 0);
        Encoding.Latin1.GetBytes(waitMessage.AsSpan(0, Math.Min(waitMessage.Length, 7)), record[8..]);
        Write(lwp, KTR_CSW, record);
    }

    /// <summary>A structure that a call was given or returns (ktrstruct).</summary>
    public static void Structure(Lwp lwp, string name, ReadOnlySpan<byte> contents)
    {
        if (!Wants(lwp, KTR_STRUCT)) return;
        var record = new byte[name.Length + 1 + contents.Length];
        Encoding.Latin1.GetBytes(name, record);
        contents.CopyTo(record.AsSpan(name.Length + 1));
        Write(lwp, KTR_STRUCT, record);
    }

    /// <summary>The name of the value that sysctl(3) is asked for (ktrsysctl).</summary>
    public static void SystemControl(Lwp lwp, ReadOnlySpan<int> name)
    {
        if (Wants(lwp, KTR_SYSCTL)) Write(lwp, KTR_SYSCTL, Encoding.Latin1.GetBytes(SysctlNames.Text(name) + '\0'));
    }

    /// <summary>A violation of Capsicum's rules (ktrcapfail).</summary>
    public static void Violation(Lwp lwp, int kind, cap_rights_t needed, cap_rights_t held)
    {
        if (!Wants(lwp, KTR_CAPFAIL)) return;
        Span<byte> record = stackalloc byte[40];
        record.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(record, kind);
        MemoryMarshal.Write(record[8..], in needed);
        MemoryMarshal.Write(record[24..], in held);
        Write(lwp, KTR_CAPFAIL, record);
    }

    /// <summary>A page fault (ktrfault).</summary>
    public static void Fault(Lwp lwp, ulong address, Access access)
    {
        if (!Wants(lwp, KTR_FAULT)) return;
        Span<byte> record = stackalloc byte[16];
        record.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(record, address);
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], (int)access);
        Write(lwp, KTR_FAULT, record);
    }

    /// <summary>What vm_fault returned for it (ktrfaultend), KERN_*.</summary>
    public static void FaultEnd(Lwp lwp, FaultResult result)
    {
        const int KERN_SUCCESS = 0, KERN_INVALID_ADDRESS = 1, KERN_PROTECTION_FAILURE = 2, KERN_RESOURCE_SHORTAGE = 6, KERN_OUT_OF_BOUNDS = 9;
        if (!Wants(lwp, KTR_FAULTEND)) return;
        Span<byte> record = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(record, result switch
        {
            FaultResult.Resolved => KERN_SUCCESS,
            FaultResult.InvalidAddress => KERN_INVALID_ADDRESS,
            FaultResult.OutOfMemory => KERN_RESOURCE_SHORTAGE,
            FaultResult.OutOfBounds => KERN_OUT_OF_BOUNDS,
            _ => KERN_PROTECTION_FAILURE,
        });
        Write(lwp, KTR_FAULTEND, record);
    }

    /// <summary>What utrace(2) was given.</summary>
    public static void User(Lwp lwp, ReadOnlySpan<byte> contents) => Write(lwp, KTR_USER, contents);

    /// <summary>ktrprocctor: kdump learns which system's calls the process makes.</summary>
    public static void Began(Lwp lwp)
    {
        const uint SV_ABI_FREEBSD = 9, SV_LP64 = 0x200, SV_SHP = 0x10000;
        // ktrprocctor_entered: ktrace(2) itself writes it.
        if (lwp.Process.Trace?.Wants(KTR_PROCCTOR) != true) return;
        Span<byte> record = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(record, SV_ABI_FREEBSD | SV_LP64 | SV_SHP);
        Write(lwp, KTR_PROCCTOR, record);
    }

    /// <summary>ktrprocfork: a child of a process whose trace is handed on has the same one.</summary>
    public static void Forked(Process parent, Process child)
    {
        if (parent.Trace is not { } trace || (trace.Facilities & KTRFAC_INHERIT) == 0) return;
        trace.File.AddReference();
        child.Trace = trace;
        Began(child.FirstThread);
    }

    /// <summary>ktrprocexec: a set-id program is not traced by users, who would see what it does.</summary>
    public static void BecameAnother(Process process)
    {
        if (process.Trace is { Tracer.IsSuperUser: false }) Stop(process);
    }

    /// <summary>ktrprocexit.</summary>
    public static void Exited(Lwp lwp)
    {
        if (Wants(lwp, KTR_PROCDTOR)) Write(lwp, KTR_PROCDTOR, default);
        Stop(lwp.Process);
    }

    /// <summary>ktr_freeproc.</summary>
    public static void Stop(Process process)
    {
        var trace = process.Trace;
        process.Trace = null;
        trace?.File.Release();
    }

    private static bool Wants(Lwp lwp, int kind) => lwp.Process.Trace is { } trace && trace.Wants(kind) && !lwp.IsInTraceCall;

    /// <summary>The thread of a process that runs; its first one when the kernel works for it otherwise.</summary>
    private static Lwp? ThreadOf(Process process) =>
        process.Kernel.Scheduler.Current is { } current && current.Process == process ? current : process.Threads.Count > 0 ? process.FirstThread : null;

    /// <summary>ktr_writerequest: a header and the record; a file that cannot be written ends all traces to it.</summary>
    private static void Write(Lwp lwp, int kind, ReadOnlySpan<byte> contents)
    {
        var process = lwp.Process;
        if (process.Trace is not { File: { Target: RegularVnode vnode } file }) return;
        var record = new byte[HeaderBytes + contents.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record, contents.Length);
        BinaryPrimitives.WriteInt16LittleEndian(record.AsSpan(4), (short)kind);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(8), process.Pid);
        Encoding.Latin1.GetBytes(process.Name.AsSpan(0, Math.Min(process.Name.Length, 19)), record.AsSpan(12));
        var now = timeval.Of(process.Kernel.RealTime);
        MemoryMarshal.Write(record.AsSpan(32), in now);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(48), lwp.Tid);
        contents.CopyTo(record.AsSpan(HeaderBytes));
        var error = vnode.Write(file, vnode.Size, record, out var count);
        if (error == Errno.None && count == record.Length) return;
        process.Kernel.MessageBuffer.Append($"ktrace write failed, errno {(int)error}, tracing stopped");
        foreach (var other in process.Kernel.Processes)
            if (other.Trace?.File.Target == vnode) Stop(other);
    }
}
