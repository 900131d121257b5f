using System.Buffers.Binary;
using Arch.Arm64.Registers;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Conventions;

/// <summary>fill_regs, set_regs, fill_fpregs and set_fpregs (sys/arm64/arm64/machdep.c).</summary>
internal static class RegisterImages
{
    private const int VectorRegisters = 32;

    public static void FillRegs(Cpu cpu, Span<byte> reg)
    {
        reg.Clear();
        foreach (var field in RegisterTable.General) field.Fill(cpu, reg);
        BinaryPrimitives.WriteUInt64LittleEndian(reg[RegisterTable.SpsrOffset..], Pstate.Read(cpu));
    }

    /// <summary>Of spsr only the condition flags are taken, and the step bit where that arms a step; nothing is refused.</summary>
    public static Errno SetRegs(Cpu cpu, ReadOnlySpan<byte> reg, bool armsStep)
    {
        foreach (var field in RegisterTable.General) field.Load(cpu, reg);
        var spsr = BinaryPrimitives.ReadUInt32LittleEndian(reg[RegisterTable.SpsrOffset..]);
        if (armsStep) Pstate.Write(cpu, spsr);
        else Pstate.WriteFlags(cpu, spsr);
        return Errno.None;
    }

    /// <summary>struct fpreg; the fpregs of mcontext_t begin the same.</summary>
    public static void FillFpRegs(Cpu cpu, Span<byte> fpreg)
    {
        fpreg[..RegisterTable.FpRegBytes].Clear();
        for (var number = 0; number < VectorRegisters; number++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(fpreg[(16 * number)..], cpu[Slots.Vector(number)]);
            BinaryPrimitives.WriteUInt64LittleEndian(fpreg[(16 * number + 8)..], cpu.File[Slots.Vector(number).Index + 1]);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(fpreg[RegisterTable.FpsrOffset..], (uint)(cpu[Slots.FloatStatus] & FloatControl.FpsrMask));
        BinaryPrimitives.WriteUInt32LittleEndian(fpreg[RegisterTable.FpcrOffset..], (uint)(cpu[Slots.FloatStatus] & FloatControl.FpcrMask));
    }

    /// <summary>Nothing is refused; bits that the control and status registers do not have are lost.</summary>
    public static Errno SetFpRegs(Cpu cpu, ReadOnlySpan<byte> fpreg)
    {
        for (var number = 0; number < VectorRegisters; number++)
        {
            cpu[Slots.Vector(number)] = BinaryPrimitives.ReadUInt64LittleEndian(fpreg[(16 * number)..]);
            cpu.File[Slots.Vector(number).Index + 1] = BinaryPrimitives.ReadUInt64LittleEndian(fpreg[(16 * number + 8)..]);
        }
        cpu[Slots.FloatStatus] =
            (BinaryPrimitives.ReadUInt32LittleEndian(fpreg[RegisterTable.FpsrOffset..]) & FloatControl.FpsrMask) |
            (BinaryPrimitives.ReadUInt32LittleEndian(fpreg[RegisterTable.FpcrOffset..]) & FloatControl.FpcrMask);
        return Errno.None;
    }

    /// <summary>vfp_reset_state: all 0, the control register included.</summary>
    public static void ResetFpu(Cpu cpu)
    {
        Array.Clear(cpu.File, Slots.Vector(0).Index, 2 * VectorRegisters);
        cpu[Slots.FloatStatus] = 0;
    }
}
