using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.CoreNotes;

namespace TraceKernel.Cores;

/// <summary>The notes of a core file (elf64_prepare_notes): the process, each thread's register sets, and what procstat(1) shows.</summary>
internal sealed class CoreNoteWriter
{
    private readonly ArrayBufferWriter<byte> _notes = new(16 * 1024);
    private readonly ArrayBufferWriter<byte> _value = new(4 * 1024);
    private readonly Process _process;

    private CoreNoteWriter(Process process) => _process = process;

    /// <param name="first">The thread that dumps: its notes precede those of the others.</param>
    public static ReadOnlySpan<byte> Of(Lwp first)
    {
        var writer = new CoreNoteWriter(first.Process);
        writer.PutProcess();
        writer.PutThread(first);
        foreach (var lwp in first.Process.Threads)
            if (lwp != first) writer.PutThread(lwp);
        writer.PutProcstat();
        return writer._notes.WrittenSpan;
    }

    private void PutProcess()
    {
        var image = new byte[prpsinfo.Bytes];
        MemoryMarshal.Write(image, new prpsinfo
        {
            pr_version = CoreNotes.Version, pr_psinfosz = prpsinfo.Bytes, pr_fname = _process.Name, pr_pid = _process.Pid,
        });
        var arguments = _process.Arguments.Count > 0 ? string.Join(' ', _process.Arguments) : _process.Name;
        var text = Encoding.Latin1.GetBytes(arguments);
        text.AsSpan(0, Math.Min(text.Length, prpsinfo.ArgumentsBytes - 1)).CopyTo(image.AsSpan(prpsinfo.ArgumentsOffset));
        Put(NT_PRPSINFO, image);
    }

    private void PutThread(Lwp lwp)
    {
        foreach (var set in _process.Kernel.RegisterSets)
        {
            var image = new byte[set.Bytes(_process.Kernel.Architecture)];
            set.Fill(lwp, image);
            Put(set.Note, image);
        }
    }

    /// <summary>Each begins with the size of its elements, the values themselves are sysctl's.</summary>
    private void PutProcstat()
    {
        Put(NT_PROCSTAT_PROC, kinfo_proc.Bytes, (in SysctlRequest request, Process process) =>
            ProcessInformation.Put(request, process, threads: true));
        Put(NT_PROCSTAT_FILES, kinfo_file.Bytes, (in SysctlRequest request, Process process) => FileInformation.PutFiles(request, process));
        Put(NT_PROCSTAT_VMMAP, kinfo_vmentry.Bytes, (in SysctlRequest request, Process process) => MapInformation.Put(request, process));
        Put(NT_PROCSTAT_GROUPS, sizeof(uint), (in SysctlRequest request, Process process) => request.Put(process.GroupId));
        Put(NT_PROCSTAT_UMASK, sizeof(ushort), (in SysctlRequest request, Process process) => request.Put((ushort)process.FileCreationMask));
        Put(NT_PROCSTAT_RLIMIT, Resources.RLIM_NLIMITS * rlimit.Bytes, (in SysctlRequest request, Process process) =>
        {
            for (var limit = 0; limit < Resources.RLIM_NLIMITS; limit++) request.Put(process.Limits[limit]);
        });
        Put(NT_PROCSTAT_OSREL, sizeof(int), (in SysctlRequest request, Process process) => request.Put(process.OsRelease));
        Put(NT_PROCSTAT_PSSTRINGS, sizeof(ulong), (in SysctlRequest request, Process process) =>
            request.Put(process.Kernel.Architecture.SharedPage - KernelSysctls.PsStringsBytes));
        Put(NT_PROCSTAT_AUXV, AuxiliaryEntryBytes, (in SysctlRequest request, Process process) => request.Put(process.Auxv));
    }

    /// <summary>sizeof(Elf64_Auxinfo).</summary>
    private const int AuxiliaryEntryBytes = 16;

    private delegate void Value(in SysctlRequest request, Process process);

    private void Put(int type, int elementBytes, Value value)
    {
        _value.ResetWrittenCount();
        var request = new SysctlRequest(_process.Kernel, _process, default, default, isWrite: false, int.MaxValue, _value);
        request.Put(elementBytes);
        value(request, _process);
        Put(type, _value.WrittenSpan);
    }

    private void Put(int type, ReadOnlySpan<byte> value) => CoreLayout.PutNote(_notes, type, value);
}
