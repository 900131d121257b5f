using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Arch.Arm64.Registers;
using TraceKernel;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Ptrace;
using TraceKernel.Vm;

namespace Arch.Arm64.Conventions;

/// <summary>sendsig and sys_sigreturn (sys/arm64/arm64/machdep.c): the frame that a handler runs on, and the way back.</summary>
internal static class SignalFrames
{
    /// <summary>
    /// sigcode (locore.S): blr x8; mov x0, sp; add x0, x0, #80 (sf_uc); mov x8, #417 (sigreturn); svc #0; mov x8, #1 (exit); svc #0; and
    /// the same again. Where the handler was started by the kernel, it begins after the call.
    /// </summary>
    private static ReadOnlySpan<byte> Trampoline =>
    [
        0x00, 0x01, 0x3f, 0xd6, 0xe0, 0x03, 0x00, 0x91, 0x00, 0x40, 0x01, 0x91, 0x28, 0x34, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4,
        0x28, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4, 0xf9, 0xff, 0xff, 0x17,
    ];

    /// <summary>What the shared page has of it.</summary>
    public static ReadOnlySpan<byte> Code(MachineRules rules) => rules.TrampolineCallsHandler ? Trampoline : Trampoline[sizeof(uint)..];

    /// <summary>
    /// Builds the frame, then points the registers at the trampoline, which calls the handler in x8; or at the handler, which returns to
    /// the trampoline.
    /// </summary>
    public static Errno Send(Cpu cpu, IUserMemory memory, in SignalDelivery delivery, MachineRules rules)
    {
        var top = delivery.StackPointer != 0 ? delivery.StackPointer : cpu[Slots.Sp];
        var address = (top - sigframe.Bytes) & ~0xfUL;
        Span<byte> frame = stackalloc byte[sigframe.Bytes];
        frame.Clear();
        MemoryMarshal.Write(frame[sigframe.sf_si..], delivery.Info);
        WriteContext(cpu, frame.Slice(sigframe.sf_uc, ucontext.Bytes), delivery);
        if (memory.CopyOut(address, frame) != Errno.None) return Errno.EFAULT;

        cpu[Slots.General(0)] = (ulong)delivery.Info.si_signo;
        cpu[Slots.General(1)] = address + sigframe.sf_si;
        cpu[Slots.General(2)] = address + sigframe.sf_uc;
        cpu[Slots.Sp] = address;
        cpu[Slots.Exclusive] = 0;
        if (rules.TrampolineCallsHandler) (cpu[Slots.General(8)], cpu.Pc) = (delivery.Handler, UserMemory.SharedPage);
        else (cpu[Slots.Lr], cpu.Pc) = (UserMemory.SharedPage, delivery.Handler);
        // sigreturn takes the step up again.
        if (rules.HandlersAreNotStepped) cpu[Slots.SS] = 0;
        return Errno.None;
    }

    /// <summary>
    /// Takes back what <see cref="Send"/> wrote, as the handler has left it. EFAULT: not readable. EINVAL: a mode or interrupt masks that
    /// user mode may not have (set_mcontext).
    /// </summary>
    public static Errno Return(Cpu cpu, IUserMemory memory, ulong address, MachineRules rules, out sigset mask)
    {
        Span<byte> context = stackalloc byte[ucontext.Bytes];
        mask = default;
        if (memory.CopyIn(address, context) is var fault && fault != Errno.None) return fault;
        ReadOnlySpan<byte> machine = context.Slice(ucontext.uc_mcontext, mcontext.Bytes);
        var spsr = BinaryPrimitives.ReadUInt64LittleEndian(machine[mcontext.gp_spsr..]);
        if ((spsr & (Pstate.ModeMask | Pstate.Masks)) != 0) return Errno.EINVAL;
        foreach (var field in RegisterTable.General) field.Load(cpu, machine);
        Pstate.WriteFlags(cpu, spsr);
        // Never disarmed: who steps over the call stops after it. Older kernels set PSTATE.SS alone, which does nothing without
        // MDSCR_EL1.SS.
        if (rules.HandlersAreNotStepped && (spsr & Pstate.SingleStep) != 0) cpu[Slots.SS] = 1;
        if ((BinaryPrimitives.ReadInt32LittleEndian(machine[mcontext.mc_flags..]) & mcontext._MC_FP_VALID) != 0)
            RegisterImages.SetFpRegs(cpu, machine[mcontext.mc_fpregs..]);
        mask = MemoryMarshal.Read<sigset>(context[ucontext.uc_sigmask..]);
        return Errno.EJUSTRETURN;
    }

    /// <summary>sys_getcontext: mask and registers, as they are when the call has returned 0.</summary>
    public static Errno GetContext(Cpu cpu, IUserMemory memory, ulong address, in sigset mask)
    {
        Span<byte> context = stackalloc byte[ucontext.uc_link];
        context.Clear();
        MemoryMarshal.Write(context[ucontext.uc_sigmask..], mask);
        var machine = context.Slice(ucontext.uc_mcontext, mcontext.Bytes);
        WriteMachine(cpu, machine);
        BinaryPrimitives.WriteUInt64LittleEndian(machine, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(machine[mcontext.gp_spsr..], Pstate.Read(cpu) & ~Pstate.Carry);
        return memory.CopyOut(address, context);
    }

    private static void WriteContext(Cpu cpu, Span<byte> context, in SignalDelivery delivery)
    {
        MemoryMarshal.Write(context[ucontext.uc_sigmask..], delivery.Mask);
        var stack = context[ucontext.uc_stack..];
        BinaryPrimitives.WriteUInt64LittleEndian(stack[ucontext.ss_sp..], delivery.AltStackBase);
        BinaryPrimitives.WriteUInt64LittleEndian(stack[ucontext.ss_size..], delivery.AltStackSize);
        BinaryPrimitives.WriteInt32LittleEndian(stack[ucontext.ss_flags..], delivery.AltStackFlags);

        WriteMachine(cpu, context.Slice(ucontext.uc_mcontext, mcontext.Bytes));
    }

    /// <summary>get_mcontext.</summary>
    private static void WriteMachine(Cpu cpu, Span<byte> machine)
    {
        RegisterImages.FillRegs(cpu, machine.Slice(mcontext.mc_gpregs, RegisterTable.RegBytes));
        RegisterImages.FillFpRegs(cpu, machine[mcontext.mc_fpregs..]);
        BinaryPrimitives.WriteInt32LittleEndian(machine[mcontext.mc_flags..], mcontext._MC_FP_VALID);
    }
}
