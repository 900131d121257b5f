using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.CoreNotes;
using static TraceKernel.Abi.Mib;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Tracing;

/// <summary>
/// The notes of a core file as a debugger can gather them: the process, each thread's registers by ptrace, and what procstat(1) shows by
/// sysctl. The order is the kernel's (elf64_prepare_notes).
/// </summary>
internal sealed class CoreNotesGatherer(SystemCalls system, RegisterLayout layout, Tracee process)
{
    private const int AuxiliaryEntryBytes = 16;

    private readonly ArrayBufferWriter<byte> _notes = new(16 * 1024);

    /// <param name="first">The thread whose notes precede those of the others: debuggers show it.</param>
    public ReadOnlyMemory<byte> Gather(TracedThread first)
    {
        PutProcess();
        PutThread(first);
        foreach (var thread in process.Threads)
            if (thread != first) PutThread(thread);
        PutTable(NT_PROCSTAT_PROC, KERN_PROC_PID | KERN_PROC_INC_THREAD, kinfo_proc.Bytes);
        PutTable(NT_PROCSTAT_FILES, KERN_PROC_FILEDESC, kinfo_file.Bytes);
        PutTable(NT_PROCSTAT_VMMAP, KERN_PROC_VMMAP, kinfo_vmentry.Bytes);
        PutTable(NT_PROCSTAT_GROUPS, KERN_PROC_GROUPS, sizeof(uint));
        PutTable(NT_PROCSTAT_UMASK, KERN_PROC_UMASK, sizeof(ushort));
        PutTable(NT_PROCSTAT_OSREL, KERN_PROC_OSREL, sizeof(int));
        PutTable(NT_PROCSTAT_PSSTRINGS, KERN_PROC_PS_STRINGS, sizeof(ulong));
        PutTable(NT_PROCSTAT_AUXV, KERN_PROC_AUXV, AuxiliaryEntryBytes);
        return _notes.WrittenMemory;
    }

    private void PutProcess()
    {
        _ = system.ReadProcess(process.Pid, out var facts);
        _ = system.ReadArguments(process.Pid, out var arguments);
        Span<byte> image = stackalloc byte[prpsinfo.Bytes];
        image.Clear();
        MemoryMarshal.Write(image, new prpsinfo { pr_version = CoreNotes.Version, pr_psinfosz = prpsinfo.Bytes, pr_pid = process.Pid });
        Copy(facts.ki_comm.ToString(), image[16..prpsinfo.ArgumentsOffset]);
        Copy(string.Join(' ', arguments), image.Slice(prpsinfo.ArgumentsOffset, prpsinfo.ArgumentsBytes));
        Put(NT_PRPSINFO, image);
    }

    private void PutThread(TracedThread thread)
    {
        var known = system.LwpInfo(thread.Lwp, out var info) == Errno.None;
        PutStatus(thread, known && (info.pl_flags & PL_FLAG_SI) != 0 ? info.pl_siginfo.si_signo : 0);
        PutRegisters(NT_FPREGSET, PT_GETFPREGS, thread, layout.Target.FpRegBytes);
        Put(NT_THRMISC, MemoryMarshal.AsBytes([new thrmisc { pr_tname = thread.Name }]));
        if (known)
        {
            Span<byte> image = stackalloc byte[sizeof(int) + ptrace_lwpinfo.Bytes];
            MemoryMarshal.Write(image, ptrace_lwpinfo.Bytes);
            MemoryMarshal.Write(image[sizeof(int)..], info);
            Put(NT_PTLWPINFO, image);
        }
        PutMachineImages(thread);
    }

    /// <summary>What only this machine has; left out where the kernel does not give all of it.</summary>
    private void PutMachineImages(TracedThread thread)
    {
        var value = new List<byte>();
        for (var index = 0; index < layout.Target.MachineImages.Count; index++)
        {
            if (thread.Registers.Fetch(RegisterImage.FirstOfMachine + index, out var image) != Errno.None) return;
            value.AddRange(image);
        }
        Put(layout.Target.MachineNote, value.ToArray());
    }

    private void PutStatus(TracedThread thread, int signal)
    {
        var image = new byte[prstatus.Bytes + layout.Target.RegBytes];
        MemoryMarshal.Write(image, new prstatus
        {
            pr_version = CoreNotes.Version,
            pr_statussz = (ulong)image.Length,
            pr_gregsetsz = (ulong)layout.Target.RegBytes,
            pr_fpregsetsz = (ulong)layout.Target.FpRegBytes,
            pr_osreldate = system.ReleaseDate(),
            pr_cursig = signal,
            pr_pid = thread.Lwp,
        });
        if (system.Ptrace(PT_GETREGS, thread.Lwp, image.AsSpan(prstatus.Bytes)) == Errno.None) Put(NT_PRSTATUS, image);
    }

    private void PutRegisters(int note, int request, TracedThread thread, int bytes)
    {
        var image = new byte[bytes];
        if (system.Ptrace(request, thread.Lwp, image) == Errno.None) Put(note, image);
    }

    /// <summary>sysctl's answer behind the size of its elements; left out where the kernel has none.</summary>
    private void PutTable(int note, int what, int elementBytes)
    {
        if (system.ReadFacts(what, process.Pid, out var value) != Errno.None) return;
        var image = new byte[sizeof(int) + value.Length];
        BinaryPrimitives.WriteInt32LittleEndian(image, elementBytes);
        value.CopyTo(image, sizeof(int));
        Put(note, image);
    }

    private static void Copy(string text, Span<byte> field)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        bytes.AsSpan(0, Math.Min(bytes.Length, field.Length - 1)).CopyTo(field);
    }

    private void Put(int type, ReadOnlySpan<byte> value) => CoreLayout.PutNote(_notes, type, value);
}
