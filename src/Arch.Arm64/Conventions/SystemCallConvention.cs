using Arch.Arm64.Registers;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Conventions;

/// <summary>
/// cpu_fetch_syscall_args (trap.c) and cpu_set_syscall_retval (vm_machdep.c): number in x8, arguments in x0 to x7, the error in the carry
/// flag.
/// </summary>
internal static class SystemCallConvention
{
    private const uint Indirect = 0, Indirect64 = 198;
    private const int NumberRegister = 8, ArgumentRegisters = 8;

    /// <summary>Bytes of SVC.</summary>
    private const ulong InstructionBytes = 4;

    public static Errno Fetch(Cpu cpu, Span<ulong> arguments, out uint code)
    {
        // The exception return at the end of the call closes the monitor (Arm manual, D1.11).
        cpu[Slots.Exclusive] = 0;
        code = (uint)cpu[Slots.General(NumberRegister)];
        var first = 0;
        if (code is Indirect or Indirect64)
        {
            code = (uint)cpu[Slots.General(0)];
            first = 1;
        }
        arguments.Clear();
        for (var register = first; register < ArgumentRegisters; register++)
            arguments[register - first] = cpu[Slots.General(register)];
        return Errno.None;
    }

    /// <summary>The call's result in the frame. A call to be restarted goes back to its instruction.</summary>
    public static void SetResult(Cpu cpu, Errno error, ulong value0, ulong value1)
    {
        switch (error)
        {
            case Errno.None:
                cpu[Slots.General(0)] = value0;
                cpu[Slots.General(1)] = value1;
                cpu[Slots.C] = 0;
                break;
            case Errno.ERESTART:
                cpu.Pc -= InstructionBytes;
                break;
            case Errno.EJUSTRETURN:
                break;
            default:
                cpu[Slots.General(0)] = (ulong)error;
                cpu[Slots.C] = 1;
                break;
        }
    }
}
