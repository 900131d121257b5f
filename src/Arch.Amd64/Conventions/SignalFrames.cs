using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using TraceKernel;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Vm;

namespace Arch.Amd64.Conventions;

/// <summary>sendsig and sys_sigreturn (sys/amd64/amd64/machdep.c): the frame that a handler runs on, and the way back.</summary>
internal static class SignalFrames
{
    /// <summary>Bytes below rsp that a leaf function may use without moving it (System V ABI, AMD64 supplement, 3.2.2).</summary>
    private const ulong RedZone = 128;

    /// <summary>
    /// sigcode (sigtramp.S): call *(%rsp); lea 16(%rsp),%rdi; push $0; mov $417,%rax (sigreturn); syscall; hlt, for ever. 22 bytes,
    /// filled up to 32 with NOPs.
    /// </summary>
    public static ReadOnlySpan<byte> Code =>
    [
        0xff, 0x14, 0x24, 0x48, 0x8d, 0x7c, 0x24, 0x10, 0x6a, 0x00, 0x48, 0xc7, 0xc0, 0xa1, 0x01, 0x00, 0x00, 0x0f, 0x05, 0xf4, 0xeb,
        0xfd, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90,
    ];

    /// <summary>Builds the frame, then points the registers at the handler: through the trampoline, and with a fresh FPU.</summary>
    public static Errno Send(Cpu cpu, IUserMemory memory, in SignalDelivery delivery)
    {
        var top = delivery.StackPointer != 0 ? delivery.StackPointer : cpu[Slots.Rsp] - RedZone;
        var extended = (top - XStateImage.HeaderSize) & ~0x3fUL;
        var address = (extended - sigframe.Bytes) & ~0xfUL;
        Span<byte> frame = stackalloc byte[sigframe.Bytes];
        frame.Clear();
        WriteWord(frame, sigframe.sf_handler, delivery.Handler);
        WriteContext(cpu, frame.Slice(sigframe.sf_uc, ucontext.Bytes), delivery, extended);
        if (delivery.WithInfo) MemoryMarshal.Write(frame[sigframe.sf_si..], delivery.Info);
        Span<byte> header = stackalloc byte[XStateImage.HeaderSize];
        ExtendedState.FillHeader(header);
        if (memory.CopyOut(address, frame) != Errno.None || memory.CopyOut(extended, header) != Errno.None) return Errno.EFAULT;

        RegisterImages.ResetFpu(cpu);
        cpu[Slots.Rdi] = (ulong)delivery.Info.si_signo;
        cpu[Slots.Rsi] = delivery.WithInfo ? address + sigframe.sf_si : (ulong)delivery.Info.si_code;
        cpu[Slots.Rdx] = address + sigframe.sf_uc;
        cpu[Slots.Rcx] = delivery.Info.si_addr;
        cpu[Slots.Rsp] = address;
        cpu.Pc = UserMemory.SharedPage;
        cpu[Slots.TF] = cpu[Slots.DF] = 0;
        Selectors.SetUserDefaults(cpu);
        Pcb.RequireFullReturn(cpu);
        return Errno.None;
    }

    /// <summary>
    /// Takes back what <see cref="Send"/> wrote, as the handler has left it. EFAULT: not readable. EINVAL: unknown mc_flags, flags or a
    /// code selector that user mode may not have, an unknown form of FPU state, or more or other of it than there is.
    /// </summary>
    public static Errno Return(Cpu cpu, IUserMemory memory, ulong address, out sigset mask)
    {
        Span<byte> context = stackalloc byte[ucontext.Bytes];
        mask = default;
        if (memory.CopyIn(address, context) is var fault && fault != Errno.None) return fault;
        ReadOnlySpan<byte> machine = context.Slice(ucontext.uc_mcontext, mcontext.Bytes);
        if (!MayReturnTo(cpu, machine) || !Selectors.IsUserCode(ReadWord(machine, mcontext.mc_cs))) return Errno.EINVAL;
        if (SetFpContext(cpu, memory, machine) is var refused && refused != Errno.None) return refused;
        TrapFrame.Load(cpu, machine.Slice(mcontext.mc_frame, TrapFrame.Bytes));
        cpu[Slots.FsBase] = ReadWord(machine, mcontext.mc_fsbase);
        cpu[Slots.GsBase] = ReadWord(machine, mcontext.mc_gsbase);
        Pcb.RequireFullReturn(cpu);
        mask = MemoryMarshal.Read<sigset>(context[ucontext.uc_sigmask..]);
        return Errno.EJUSTRETURN;
    }

    /// <summary>The SIGBUS that sys_sigreturn posts beside its EINVAL when only the code selector was wrong.</summary>
    public static TrapSignal? ReturnFault(Cpu cpu, IUserMemory memory, ulong address)
    {
        Span<byte> context = stackalloc byte[ucontext.Bytes];
        if (memory.CopyIn(address, context) != Errno.None) return null;
        ReadOnlySpan<byte> machine = context.Slice(ucontext.uc_mcontext, mcontext.Bytes);
        return MayReturnTo(cpu, machine) && !Selectors.IsUserCode(ReadWord(machine, mcontext.mc_cs))
            ? new TrapSignal(Signals.SIGBUS, Signals.BUS_OBJERR, cpu.Pc, TrapSignals.T_PROTFLT)
            : null;
    }

    /// <summary>
    /// sigmask, stack and machine context as they are now; <paramref name="extended"/> is where the rest of the FPU state goes, 0 when nowhere.
    /// </summary>
    internal static void WriteContext(Cpu cpu, Span<byte> context, in SignalDelivery delivery, ulong extended)
    {
        MemoryMarshal.Write(context[ucontext.uc_sigmask..], delivery.Mask);
        var stack = context[ucontext.uc_stack..];
        WriteWord(stack, ucontext.ss_sp, delivery.AltStackBase);
        WriteWord(stack, ucontext.ss_size, delivery.AltStackSize);
        BinaryPrimitives.WriteInt32LittleEndian(stack[ucontext.ss_flags..], delivery.AltStackFlags);

        var machine = context.Slice(ucontext.uc_mcontext, mcontext.Bytes);
        WriteWord(machine, mcontext.mc_onstack, delivery.OnStack ? 1UL : 0);
        TrapFrame.Save(cpu, machine.Slice(mcontext.mc_frame, TrapFrame.Bytes));
        WriteWord(machine, mcontext.mc_len, mcontext.Bytes);
        WriteWord(machine, mcontext.mc_fpformat, mcontext._MC_FPFMT_XMM);
        WriteWord(machine, mcontext.mc_ownedfp, mcontext._MC_FPOWNED_FPU);
        FxImage.Save(cpu, machine.Slice(mcontext.mc_fpstate, FxImage.Size));
        WriteWord(machine, mcontext.mc_fsbase, cpu[Slots.FsBase]);
        WriteWord(machine, mcontext.mc_gsbase, cpu[Slots.GsBase]);
        if (extended == 0) return;
        BinaryPrimitives.WriteInt32LittleEndian(machine[mcontext.mc_flags..], Flags(machine) | mcontext._MC_HASFPXSTATE);
        WriteWord(machine, mcontext.mc_xfpustate, extended);
        WriteWord(machine, mcontext.mc_xfpustate_len, XStateImage.HeaderSize);
    }

    /// <summary>The first two checks of sys_sigreturn: mc_flags, and EFL_SECURE against the flags of the call itself.</summary>
    private static bool MayReturnTo(Cpu cpu, ReadOnlySpan<byte> machine) =>
        (Flags(machine) & ~mcontext._MC_FLAG_MASK) == 0 && Rflags.MayBecome(cpu, ReadWord(machine, mcontext.mc_rflags));

    /// <summary>The length check and copyin of sys_sigreturn and set_mcontext, then set_fpcontext.</summary>
    internal static Errno SetFpContext(Cpu cpu, IUserMemory memory, ReadOnlySpan<byte> machine)
    {
        Span<byte> header = stackalloc byte[XStateImage.HeaderSize];
        var isExtended = (Flags(machine) & mcontext._MC_HASFPXSTATE) != 0;
        var length = isExtended ? ReadWord(machine, mcontext.mc_xfpustate_len) : 0;
        if (length > XStateImage.HeaderSize) return Errno.EINVAL;
        if (memory.CopyIn(ReadWord(machine, mcontext.mc_xfpustate), header[..(int)length]) is var fault && fault != Errno.None) return fault;
        var format = ReadWord(machine, mcontext.mc_fpformat);
        if (format == mcontext._MC_FPFMT_NODEV) return Errno.None;
        if (format != mcontext._MC_FPFMT_XMM) return Errno.EINVAL;
        switch (ReadWord(machine, mcontext.mc_ownedfp))
        {
            case mcontext._MC_FPOWNED_NONE:
                RegisterImages.ResetFpu(cpu);
                return Errno.None;
            case mcontext._MC_FPOWNED_FPU or mcontext._MC_FPOWNED_PCB:
                return SetFpu(cpu, machine.Slice(mcontext.mc_fpstate, FxImage.Size), isExtended, header[..(int)length]);
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>fpusetregs: the extended part is checked first.</summary>
    private static Errno SetFpu(Cpu cpu, ReadOnlySpan<byte> state, bool isExtended, ReadOnlySpan<byte> header)
    {
        Span<byte> area = stackalloc byte[XStateImage.Size];
        state.CopyTo(area);
        if (isExtended && header.Length < XStateImage.HeaderSize) return Errno.EINVAL;
        if (isExtended) header.CopyTo(area[XStateImage.HeaderAt..]);
        else ExtendedState.FillHeader(area[XStateImage.HeaderAt..]);
        return ExtendedState.Set(cpu, area);
    }

    private static int Flags(ReadOnlySpan<byte> machine) => BinaryPrimitives.ReadInt32LittleEndian(machine[mcontext.mc_flags..]);

    private static ulong ReadWord(ReadOnlySpan<byte> structure, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(structure[offset..]);

    private static void WriteWord(Span<byte> structure, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(structure[offset..], value);
}
