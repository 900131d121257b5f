using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Ptrace;
using TraceKernel.Vm;

namespace TraceKernel;

/// <summary>
/// The machine-dependent kernel: what FreeBSD keeps under sys/amd64 and sys/arm64. Knows registers and conventions, nothing of
/// processes. Images are little-endian C structures of that architecture.
/// </summary>
public interface IArchitecture
{
    /// <summary>hw.machine: amd64 or arm64.</summary>
    string Name { get; }

    /// <summary>hw.machine_arch: amd64 or aarch64.</summary>
    string MachineArch { get; }

    /// <summary>The oldest n of COMPAT_FREEBSDn in its GENERIC configuration: calls that ended with an older release are absent.</summary>
    int OldestRelease { get; }

    InstructionSet InstructionSet { get; }

    /// <summary>cpu_startup: a kernel of that release begins. Kernels that share an architecture are of one release.</summary>
    void Startup(MachineRules rules)
    {
    }

    /// <summary>e_machine of its programs.</summary>
    ushort ElfMachine { get; }

    /// <summary>First address that is not user memory (VM_MAXUSER_ADDRESS); the shared page ends here.</summary>
    ulong UserTop { get; }

    /// <summary>Address of the shared page, which is also the top of the stack (USRSTACK).</summary>
    ulong SharedPage { get; }

    /// <summary>The signal trampoline, copied to the start of the shared page.</summary>
    ReadOnlySpan<byte> SignalCode { get; }

    /// <summary>Values of the AT_PAGESIZES array.</summary>
    ReadOnlySpan<ulong> PageSizes { get; }

    /// <summary>AT_HWCAP and AT_HWCAP2; 0 where the architecture passes none.</summary>
    (ulong HwCap, ulong HwCap2) HardwareCapabilities { get; }

    /// <summary>break(2) exists.</summary>
    bool HasBreak => true;

    /// <summary>cpu_procctl has commands (amd64).</summary>
    bool HasProcctl => false;

    /// <summary>The trap number of the system call instruction.</summary>
    int SystemCallTrap { get; }

    // Register images: machdep.c and exec_machdep.c, fill_regs … set_dbregs. The set methods check everything before they store.
    int RegBytes { get; }
    int FpRegBytes { get; }
    int DbRegBytes { get; }
    void FillRegs(Cpu cpu, Span<byte> reg);
    Errno SetRegs(Cpu cpu, ReadOnlySpan<byte> reg);
    void FillFpRegs(Cpu cpu, Span<byte> fpreg);
    Errno SetFpRegs(Cpu cpu, ReadOnlySpan<byte> fpreg);
    Errno FillDbRegs(Cpu cpu, Span<byte> dbreg);
    Errno SetDbRegs(Cpu cpu, ReadOnlySpan<byte> dbreg);

    /// <summary>Register sets of this machine beyond prstatus and fpregset: PT_GETREGSET, and notes of core files.</summary>
    IReadOnlyList<MachineRegisterSet> RegisterSets => [];

    /// <summary>
    /// cpu_ptrace: requests from PT_FIRSTMACH on. <paramref name="image"/> is the C <c>addr</c>'s memory: in for the SET requests, out for
    /// the GET requests; unknown numbers are EINVAL.
    /// </summary>
    Errno MachineRequest(Cpu cpu, int request, Span<byte> image, int data);

    /// <summary>
    /// Bytes that <see cref="MachineRequest"/> reads from (input) or writes to (output) <c>addr</c> for that request and data.
    /// </summary>
    (int Input, int Output) MachineRequestBytes(int request, int data);

    /// <summary>What a 32-bit debugger sees of the registers; null: there are no 32-bit processes.</summary>
    IIlp32Layout? Ilp32 => null;

    /// <summary>The stack pointer.</summary>
    ulong StackPointer(Cpu cpu);

    /// <summary>ptrace_set_pc.</summary>
    Errno SetPc(Cpu cpu, ulong pc);

    /// <summary>ptrace_single_step: true when the trace flag was clear before (so TDB_STEP is to be set).</summary>
    bool SingleStep(Cpu cpu);

    /// <summary>ptrace_clear_single_step.</summary>
    void ClearSingleStep(Cpu cpu);

    /// <summary>Whether the trace flag is set.</summary>
    bool IsSingleStepping(Cpu cpu);

    /// <summary>exec_setregs: every register for the first instruction of a new image.</summary>
    void ExecSetRegisters(Cpu cpu, ulong entry, ulong stack);

    /// <summary>
    /// cpu_fetch_syscall_args: the number (through syscall(2) and __syscall(2) if need be) and up to eight arguments. EFAULT possible.
    /// </summary>
    /// <param name="argumentCount">Of a number, how many arguments it takes.</param>
    Errno FetchSystemCall(Cpu cpu, IUserMemory memory, Func<uint, int> argumentCount, Span<ulong> arguments, out uint code);

    /// <summary>
    /// cpu_set_syscall_retval: the result in the frame, which a stop before user mode shows. ERESTART puts the pc back; EJUSTRETURN leaves
    /// all alone.
    /// </summary>
    void SetSystemCallResult(Cpu cpu, Errno error, ulong value0, ulong value1);

    /// <summary>
    /// The last step to user mode (doreti, SYSRET), after every stop and signal: what the return instruction clobbers unless the frame
    /// was changed since, and debug registers go into the CPU. May be called before each slice; does nothing when nothing is due.
    /// </summary>
    void ReturnToUser(Cpu cpu)
    {
    }

    /// <summary>cpu_switch: a thread runs after another one.</summary>
    void Switch(Cpu cpu)
    {
    }

    /// <summary>The second return register as a system call begins: it survives calls that return one value (rdx on amd64).</summary>
    ulong SecondReturnValue(Cpu cpu);

    /// <summary>
    /// cpu_fork: the child's registers, copied from the parent's inside fork(2). A step that the child has of its parent's traps before its
    /// first instruction; so has a new thread's.
    /// </summary>
    void ForkChild(Cpu parent, Cpu child);

    /// <summary>cpu_copy_thread and cpu_set_upcall: a new thread's registers from its creator's.</summary>
    void SetUpcall(Cpu creator, Cpu created, ulong entry, ulong argument, ulong stackBase, ulong stackSize);

    /// <summary>cpu_set_user_tls.</summary>
    Errno SetUserTls(Cpu cpu, ulong address);

    /// <summary>sysarch(2): machine-dependent operations of user mode (AMD64_SET_FSBASE 129 …).</summary>
    Errno SysArch(Cpu cpu, IUserMemory memory, int operation, ulong parameters);

    /// <summary>
    /// trap(): the signal for a trap or debug exit. For a debug exit also puts the hardware's debug status where fill_dbregs shows it.
    /// </summary>
    /// <param name="stepArmed">The step was armed by a debugger (TDB_STEP): the trace flag is cleared with the trap.</param>
    TrapSignal Trap(Cpu cpu, in Exit exit, bool stepArmed);

    /// <summary>trap_pfault's verdict on a memory fault that the map could not resolve.</summary>
    /// <param name="protection">The address is mapped, but not for that access.</param>
    /// <param name="freebsdAbi">The program carries FreeBSD's ABI note (p_osrel ≥ P_OSREL_SIGSEGV).</param>
    TrapSignal MemoryFault(Cpu cpu, in Exit exit, bool protection, bool freebsdAbi);

    /// <summary>
    /// sendsig: builds the frame and points the registers at the handler. EFAULT: the frame could not be written, registers unchanged.
    /// </summary>
    Errno SendSignal(Cpu cpu, IUserMemory memory, in SignalDelivery delivery);

    /// <summary>sys_sigreturn: registers and mask from the ucontext at <paramref name="context"/>. EJUSTRETURN on success.</summary>
    Errno SignalReturn(Cpu cpu, IUserMemory memory, ulong context, out sigset mask);

    /// <summary>The signal that sys_sigreturn posts beside the EINVAL of <see cref="SignalReturn"/>, if any.</summary>
    TrapSignal? SignalReturnFault(Cpu cpu, IUserMemory memory, ulong context) => null;

    /// <summary>
    /// get_mcontext for sys_getcontext: writes the ucontext up to uc_link, with the registers as they will be when the call has returned
    /// 0. ENOSYS where the architecture leaves it to the C library.
    /// </summary>
    Errno GetContext(Cpu cpu, IUserMemory memory, ulong context, in sigset mask, bool onStack) => Errno.ENOSYS;

    /// <summary>set_mcontext for sys_setcontext: registers and mask from a ucontext. EJUSTRETURN on success.</summary>
    Errno SetContext(Cpu cpu, IUserMemory memory, ulong context, out sigset mask)
    {
        mask = default;
        return Errno.ENOSYS;
    }
}

/// <summary>A synchronous signal, as trapsignal gets it.</summary>
/// <param name="Signal">Its number.</param>
/// <param name="Code">si_code.</param>
/// <param name="Address">si_addr.</param>
/// <param name="TrapNumber">si_trapno.</param>
public readonly record struct TrapSignal(int Signal, int Code, ulong Address, int TrapNumber)
{
    /// <summary>ksi_errno: the error of a system call that trapped.</summary>
    public Errno Error { get; init; }
}

/// <summary>What sendsig is told.</summary>
/// <param name="Handler">Address of the handler.</param>
/// <param name="Info">The signal's siginfo; si_signo is the number.</param>
/// <param name="WithInfo">SA_SIGINFO: the handler takes &amp;siginfo; otherwise si_code.</param>
/// <param name="Mask">The mask that sigreturn will restore.</param>
/// <param name="StackPointer">Top of the alternate stack to use, or 0 for the current one.</param>
/// <param name="AltStackBase">ss_sp of the thread's alternate stack.</param>
/// <param name="AltStackSize">ss_size.</param>
/// <param name="AltStackFlags">ss_flags as uc_stack shows it.</param>
/// <param name="OnStack">mc_onstack: already on the alternate stack.</param>
public readonly record struct SignalDelivery(
    ulong Handler, siginfo Info, bool WithInfo, sigset Mask, ulong StackPointer,
    ulong AltStackBase, ulong AltStackSize, int AltStackFlags, bool OnStack);

/// <summary>A register set that only one architecture has.</summary>
/// <param name="Note">NT_*.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Fill">Registers to image.</param>
/// <param name="Set">Image to registers; null: it can only be read.</param>
public sealed record MachineRegisterSet(int Note, int Bytes, RegisterSetFiller Fill, RegisterSetSetter? Set);

/// <summary>Writes registers into an image that is all zeros.</summary>
public delegate void RegisterSetFiller(Cpu cpu, Span<byte> image);

/// <summary>Takes registers out of an image, unchecked.</summary>
public delegate void RegisterSetSetter(Cpu cpu, ReadOnlySpan<byte> image);
