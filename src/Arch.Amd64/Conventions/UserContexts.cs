using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Arch.Amd64.Registers;
using TraceKernel;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Vm;

namespace Arch.Amd64.Conventions;

/// <summary>
/// get_mcontext and set_mcontext (sys/amd64/amd64/exec_machdep.c) with what sys_getcontext and sys_setcontext add to them.
/// </summary>
internal static class UserContexts
{
    /// <summary>UC_COPY_SIZE: neither uc_link nor uc_stack, which belong to the program.</summary>
    private const int CopiedBytes = ucontext.uc_mcontext + mcontext.Bytes;

    /// <summary>Within the trap frame: what a call that returns 0 leaves.</summary>
    private const int tf_rax = 48, tf_rdx = 16;

    /// <summary>Registers and mask as they will be when the call has returned 0 (GET_MC_CLEAR_RET).</summary>
    public static Errno Get(Cpu cpu, IUserMemory memory, ulong address, in sigset mask, bool onStack)
    {
        Span<byte> context = stackalloc byte[ucontext.Bytes];
        context.Clear();
        SignalFrames.WriteContext(cpu, context, new SignalDelivery(0, default, false, mask, 0, 0, 0, 0, onStack), extended: 0);
        var frame = context.Slice(ucontext.uc_mcontext + mcontext.mc_frame, TrapFrame.Bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[tf_rax..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[tf_rdx..], 0);
        var flags = BinaryPrimitives.ReadUInt64LittleEndian(frame[TrapFrame.tf_rflags..]);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[TrapFrame.tf_rflags..], flags & ~Rflags.CF);
        return memory.CopyOut(address, context[..CopiedBytes]);
    }

    /// <summary>
    /// EINVAL for another size of mcontext_t, unknown flags or FPU state; of the flags only those that a program may change.
    /// </summary>
    public static Errno Set(Cpu cpu, IUserMemory memory, ulong address, out sigset mask)
    {
        mask = default;
        Span<byte> context = stackalloc byte[CopiedBytes];
        if (memory.CopyIn(address, context) is var fault && fault != Errno.None) return fault;
        var machine = context.Slice(ucontext.uc_mcontext, mcontext.Bytes);
        var flags = BinaryPrimitives.ReadInt32LittleEndian(machine[mcontext.mc_flags..]);
        if (BinaryPrimitives.ReadUInt64LittleEndian(machine[mcontext.mc_len..]) != mcontext.Bytes || (flags & ~mcontext._MC_FLAG_MASK) != 0)
            return Errno.EINVAL;
        if (SignalFrames.SetFpContext(cpu, memory, machine) is var refused && refused != Errno.None) return refused;
        var frame = machine.Slice(mcontext.mc_frame, TrapFrame.Bytes);
        var wanted = BinaryPrimitives.ReadUInt64LittleEndian(frame[TrapFrame.tf_rflags..]);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[TrapFrame.tf_rflags..], wanted & Rflags.UserChange | Rflags.Read(cpu) & ~Rflags.UserChange);
        // The code segment stays.
        BinaryPrimitives.WriteUInt64LittleEndian(frame[TrapFrame.tf_cs..], cpu[Selectors.Cs]);
        TrapFrame.Load(cpu, frame);
        if ((flags & mcontext._MC_HASBASES) != 0)
        {
            cpu[Slots.FsBase] = BinaryPrimitives.ReadUInt64LittleEndian(machine[mcontext.mc_fsbase..]);
            cpu[Slots.GsBase] = BinaryPrimitives.ReadUInt64LittleEndian(machine[mcontext.mc_gsbase..]);
        }
        Pcb.RequireFullReturn(cpu);
        mask = MemoryMarshal.Read<sigset>(context[ucontext.uc_sigmask..]);
        return Errno.EJUSTRETURN;
    }
}
