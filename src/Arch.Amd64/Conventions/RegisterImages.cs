using System.Buffers.Binary;
using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Conventions;

/// <summary>fill_regs, set_regs, fill_fpregs and set_fpregs (sys/amd64/amd64/machdep.c).</summary>
internal static class RegisterImages
{
    /// <summary>What FNINIT and a fresh MXCSR leave (fpu.c, fpu_initialstate).</summary>
    private static readonly byte[] InitialFpu = MakeInitialFpu();

    /// <summary>The frame as struct reg; r_trapno and r_err read as 0.</summary>
    public static void FillRegs(Cpu cpu, Span<byte> reg)
    {
        reg.Clear();
        foreach (var field in RegisterTable.Filled) field.Fill(cpu, reg);
        BinaryPrimitives.WriteUInt64LittleEndian(reg[RegisterTable.RflagsOffset..], Rflags.Read(cpu));
    }

    /// <summary>EINVAL for flags that user mode may not change (the upper half is not seen), or a code selector not of level 3.</summary>
    public static Errno SetRegs(Cpu cpu, ReadOnlySpan<byte> reg)
    {
        ulong flags = BinaryPrimitives.ReadUInt32LittleEndian(reg[RegisterTable.RflagsOffset..]);
        var code = BinaryPrimitives.ReadUInt64LittleEndian(reg[RegisterTable.CsOffset..]);
        if (!Rflags.MayBecome(cpu, flags) || !Selectors.IsUserCode(code)) return Errno.EINVAL;
        foreach (var field in RegisterTable.Stored) field.Load(cpu, reg);
        Rflags.Write(cpu, flags);
        Pcb.RequireFullReturn(cpu);
        return Errno.None;
    }

    /// <summary>The FXSAVE image; what the processor does not write reads as 0.</summary>
    public static void FillFpRegs(Cpu cpu, Span<byte> fpreg)
    {
        fpreg[..FxImage.Size].Clear();
        FxImage.Save(cpu, fpreg);
    }

    /// <summary>
    /// Anything goes, reserved bits included, and reads back until the thread runs: only the image's mask field is limited.
    /// </summary>
    public static Errno SetFpRegs(Cpu cpu, ReadOnlySpan<byte> fpreg)
    {
        FxImage.Load(cpu, fpreg);
        Pcb.Set(cpu, PcbFlags.LoadFpu);
        return Errno.None;
    }

    /// <summary>fpurestore on the way to user mode: what is saved again has no reserved bits.</summary>
    public static void LoadFpu(Cpu cpu)
    {
        X87Unit.Settle(cpu);
        cpu[Slots.Mxcsr] &= FxImage.MxcsrMask;
        Pcb.Clear(cpu, PcbFlags.LoadFpu);
    }

    /// <summary>fpstate_drop: the FPU as a new thread finds it.</summary>
    public static void ResetFpu(Cpu cpu) => FxImage.Load(cpu, InitialFpu);

    private static byte[] MakeInitialFpu()
    {
        var image = new byte[FxImage.Size];
        BinaryPrimitives.WriteUInt16LittleEndian(image, 0x37f);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(24), 0x1f80);
        return image;
    }
}
