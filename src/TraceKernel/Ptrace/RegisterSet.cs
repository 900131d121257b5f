using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.CoreNotes;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>struct regset: one kind of a thread's state, in the form that core files and PT_GETREGSET share (imgact_elf.c).</summary>
internal sealed class RegisterSet
{
    private delegate void Filler(Lwp lwp, Span<byte> image);

    private delegate void Setter(Lwp lwp, ReadOnlySpan<byte> image);

    private readonly Func<IArchitecture, int> _bytes;
    private readonly Filler _fill;
    private readonly Setter? _set;

    private RegisterSet(int note, Func<IArchitecture, int> bytes, Filler fill, Setter? set = null)
    {
        Note = note;
        _bytes = bytes;
        _fill = fill;
        _set = set;
    }

    // NT_PRSTATUS is the first note of a thread.
    private static readonly RegisterSet[] MachineIndependent =
    [
        new(NT_PRSTATUS, architecture => prstatus.Bytes + architecture.RegBytes, FillStatus, SetStatus),
        new(NT_FPREGSET, architecture => architecture.FpRegBytes, (lwp, image) => lwp.Process.Kernel.Architecture.FillFpRegs(lwp.Cpu, image),
            (lwp, image) => lwp.Process.Kernel.Architecture.SetFpRegs(lwp.Cpu, image)),
        new(NT_THRMISC, _ => thrmisc.Bytes, (lwp, image) => MemoryMarshal.Write(image, new thrmisc { pr_tname = lwp.Name })),
        new(NT_PTLWPINFO, _ => sizeof(int) + ptrace_lwpinfo.Bytes, FillLwpInfo),
    ];

    /// <summary>NT_*.</summary>
    public int Note { get; }

    /// <summary>Whether PT_SETREGSET may write it.</summary>
    public bool CanBeSet => _set is not null;

    /// <summary>Every set of a kernel, in the order of a core file.</summary>
    public static RegisterSet[] Of(Kernel kernel) =>
    [
        .. MachineIndependent.Concat(kernel.Architecture.RegisterSets.Select(Wrap)).Where(set => kernel.Personality.RegisterSets.Contains(set.Note)),
    ];

    public int Bytes(IArchitecture architecture) => _bytes(architecture);

    public void Fill(Lwp lwp, Span<byte> image)
    {
        image.Clear();
        _fill(lwp, image);
    }

    /// <summary>What the architecture refuses of it stays as it was; nobody hears of that (set_prstatus).</summary>
    public void Set(Lwp lwp, ReadOnlySpan<byte> image) => _set!(lwp, image);

    private static RegisterSet Wrap(MachineRegisterSet machine) => new(
        machine.Note, _ => machine.Bytes, (lwp, image) => machine.Fill(lwp.Cpu, image),
        machine.Set is { } set ? (lwp, image) => set(lwp.Cpu, image) : null);

    private static void FillStatus(Lwp lwp, Span<byte> image)
    {
        var kernel = lwp.Process.Kernel;
        MemoryMarshal.Write(image, new prstatus
        {
            pr_version = CoreNotes.Version,
            pr_statussz = (ulong)image.Length,
            pr_gregsetsz = (ulong)kernel.Architecture.RegBytes,
            pr_fpregsetsz = (ulong)kernel.Architecture.FpRegBytes,
            pr_osreldate = kernel.OsReleaseDate,
            pr_cursig = lwp.Process.CoreSignal,
            pr_pid = lwp.Tid,
        });
        kernel.Architecture.FillRegs(lwp.Cpu, image[prstatus.Bytes..]);
    }

    private static void SetStatus(Lwp lwp, ReadOnlySpan<byte> image) =>
        lwp.Process.Kernel.Architecture.SetRegs(lwp.Cpu, image[prstatus.Bytes..]);

    // get_lwpinfo tells less than PT_LWPINFO does: nothing of system calls, forks and births.
    private static void FillLwpInfo(Lwp lwp, Span<byte> image)
    {
        var hasSignal = lwp.StopInfo.si_signo != 0;
        MemoryMarshal.Write(image, ptrace_lwpinfo.Bytes);
        MemoryMarshal.Write(image[sizeof(int)..], new ptrace_lwpinfo
        {
            pl_lwpid = lwp.Tid,
            pl_event = hasSignal ? PL_EVENT_SIGNAL : PL_EVENT_NONE,
            pl_flags = hasSignal ? PL_FLAG_SI : 0,
            pl_sigmask = lwp.SignalMask,
            pl_siglist = lwp.Queue.Pending,
            pl_siginfo = hasSignal ? lwp.StopInfo : default,
            pl_tdname = lwp.Name,
        });
    }
}
