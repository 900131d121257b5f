using System.Runtime.InteropServices;
using Arch.Amd64.Registers;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;
using TraceKernel.Vm;

namespace Arch.Amd64.Conventions;

/// <summary>
/// How system calls get their arguments and give their results: fast_syscall (exception.S), cpu_fetch_syscall_args (trap.c) and
/// cpu_set_syscall_retval (vm_machdep.c).
/// </summary>
internal static class SystemCallConvention
{
    /// <summary>The calls that take the number of the real one as their first argument: syscall(2) and __syscall(2).</summary>
    private const uint Indirect = 0, Indirect64 = 198;

    /// <summary>Bytes of the SYSCALL instruction; while in the call the frame keeps them in tf_err.</summary>
    private const ulong InstructionBytes = 2;

    private static readonly Slot[] ArgumentRegisters = [Slots.Rdi, Slots.Rsi, Slots.Rdx, Slots.Rcx, Slots.R8, Slots.R9];

    /// <summary>
    /// Number and arguments; those beyond the registers come from the stack above the return address. Fetching again within one call
    /// (a debugger wrote registers) sees the frame, where argument 4 is rcx.
    /// </summary>
    public static Errno Fetch(Cpu cpu, IUserMemory memory, Func<uint, int> argumentCount, Span<ulong> arguments, out uint code)
    {
        if (!Pcb.Has(cpu, PcbFlags.InSystemCall)) Enter(cpu);
        code = (uint)cpu[Slots.Rax];
        var first = 0;
        if (code is Indirect or Indirect64)
        {
            code = (uint)cpu[Slots.Rdi];
            first = 1;
        }
        arguments.Clear();
        for (var register = first; register < ArgumentRegisters.Length; register++)
            arguments[register - first] = cpu[ArgumentRegisters[register]];
        var inRegisters = ArgumentRegisters.Length - first;
        var count = Math.Min(argumentCount(code), arguments.Length);
        return count <= inRegisters
            ? Errno.None
            : memory.CopyIn(cpu[Slots.Rsp] + sizeof(ulong), MemoryMarshal.AsBytes(arguments[inRegisters..count]));
    }

    /// <summary>
    /// The call's result in the frame: carry clear, rax and rdx; or carry set and rax the error. A call to be restarted goes back to its
    /// instruction, with rcx's argument where the instruction wants it.
    /// </summary>
    public static void SetResult(Cpu cpu, Errno error, ulong value0, ulong value1)
    {
        switch (error)
        {
            case Errno.None:
                cpu[Slots.Rax] = value0;
                cpu[Slots.Rdx] = value1;
                cpu[Slots.CF] = 0;
                break;
            case Errno.ERESTART:
                cpu.Pc -= InstructionBytes;
                cpu[Slots.R10] = cpu[Slots.Rcx];
                Pcb.Set(cpu, PcbFlags.FullReturn);
                break;
            case Errno.EJUSTRETURN:
                break;
            default:
                cpu[Slots.Rax] = (ulong)error;
                cpu[Slots.CF] = 1;
                break;
        }
        if (!Pcb.Has(cpu, PcbFlags.FullReturn)) Pcb.Set(cpu, PcbFlags.SystemReturn);
        Pcb.Clear(cpu, PcbFlags.InSystemCall | PcbFlags.FullReturn);
    }

    /// <summary>SYSRET: rcx and r11 carry the pc and flags, and the kernel lets nothing of its own out through r8, r9 and r10.</summary>
    public static void Return(Cpu cpu)
    {
        cpu[Slots.Rcx] = cpu.Pc;
        cpu[Slots.R11] = Rflags.Read(cpu);
        cpu[Slots.R8] = cpu[Slots.R9] = cpu[Slots.R10] = 0;
        Pcb.Clear(cpu, PcbFlags.SystemReturn);
    }

    /// <summary>SYSCALL has overwritten rcx with the pc; its frame place gets argument 4, which user code passes in r10.</summary>
    private static void Enter(Cpu cpu)
    {
        cpu[Slots.Rcx] = cpu[Slots.R10];
        cpu[Slots.ErrorCode] = InstructionBytes;
        cpu[Selectors.Cs] = Selectors.UserCode;
        cpu[Selectors.Ss] = Selectors.UserData;
        Pcb.Clear(cpu, PcbFlags.FullReturn | PcbFlags.SystemReturn);
        Pcb.Set(cpu, PcbFlags.InSystemCall);
    }
}
