using Arch.Arm64.Registers;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

// Second operands and addresses.
internal sealed partial class Lifter
{
    /// <summary>Rm shifted by imm6 as shift says (ShiftReg); bits above the instruction's width are anything.</summary>
    public Slot ReadShifted() => Shifted(X(Rm), Shift, Imm6 == 0 ? null : (ulong)Imm6, default);

    /// <summary>Rm shifted by the value of a slot modulo the instruction's width; bits above it are anything.</summary>
    public Slot ShiftedBy(Slot count, int shift) => Shifted(X(Rn), shift, null, Ir.And(count, (ulong)(Bits - 1)));

    private Slot Shifted(Slot value, int shift, ulong? amount, Slot count)
    {
        if (amount is null && count == default)
            return value;
        var (op, input) = shift switch
        {
            0 => (IrOpcode.ShiftLeft, value),
            1 => (IrOpcode.ShiftRight, Cut(value)),
            2 => (IrOpcode.ShiftRightSigned, Sf ? value : Ir.Unary(IrOpcode.SignExtend32, value)),
            _ => (Sf ? IrOpcode.RotateRight : IrOpcode.RotateRight32, value),
        };
        return amount is { } immediate ? Ir.Binary(op, input, immediate) : Ir.Binary(op, input, count);
    }

    /// <summary>ExtendReg: a register's low bits extended as <paramref name="option"/> says, then shifted left.</summary>
    public Slot Extend(Slot value, int option, int shift)
    {
        var extended = option switch
        {
            0 => Ir.Unary(IrOpcode.ZeroExtend8, value),
            1 => Ir.Unary(IrOpcode.ZeroExtend16, value),
            2 => Ir.Unary(IrOpcode.ZeroExtend32, value),
            4 => Ir.Unary(IrOpcode.SignExtend8, value),
            5 => Ir.Unary(IrOpcode.SignExtend16, value),
            6 => Ir.Unary(IrOpcode.SignExtend32, value),
            _ => value,
        };
        return shift == 0 ? extended : Ir.ShiftLeft(extended, (ulong)shift);
    }

    /// <summary>
    /// Rn as the base of an address. The stack pointer must be a multiple of 16 (CheckSPAlignment; FreeBSD sets SCTLR_EL1.SA0).
    /// </summary>
    public Slot BaseAddress()
    {
        var register = XOrSp(Rn);
        if (register == Slots.Sp)
            Ir.TrapIf(Ir.And(register, 15), Traps.StackAlignment);
        return register;
    }

    /// <summary>An access that must be aligned is not: a fault before anything is done.</summary>
    public void RequireAlignment(Slot address, int bytes)
    {
        if (bytes > 1)
            Ir.TrapIf(Ir.And(address, (ulong)(bytes - 1)), Traps.DataAlignment);
    }

    /// <summary>Rm extended as option says, scaled by 2^<paramref name="scale"/> if S is set.</summary>
    public Slot OffsetRegister(int scale) => Extend(X(Rm), Option, IsSet(12) ? scale : 0);

    /// <summary>Adds to the base register, after everything that can fault.</summary>
    public void WriteBack(ulong offset) => Ir.Into(XOrSp(Rn), IrOpcode.Add, XOrSp(Rn), Slot.Zero, offset);

    /// <summary>Low half of a SIMD and floating-point register.</summary>
    public static Slot V(int number) => Slots.Vector(number);

    /// <summary>The other half of a 128-bit value.</summary>
    public static Slot High(Slot low) => new((ushort)(low.Index + 1));

    /// <summary>Loads 1 to 16 bytes into a vector register, whose other bytes are cleared.</summary>
    public void LoadVector(int number, int bytes, Slot address, Slot index, ulong displacement)
    {
        var register = V(number);
        if (bytes == 16)
        {
            Ir.Append(new IrInstruction(IrOpcode.Load128, 16, register, address, index, default, displacement));
            return;
        }
        Ir.Move(register, Ir.Load(bytes, address, index, displacement));
        Ir.Move(High(register), Slot.Zero);
    }

    /// <summary>Stores the low 1 to 16 bytes of a vector register.</summary>
    public void StoreVector(int number, int bytes, Slot address, Slot index, ulong displacement)
    {
        if (bytes == 16)
            Ir.Append(new IrInstruction(IrOpcode.Store128, 16, default, address, index, V(number), displacement));
        else
            Ir.Store(bytes, V(number), address, index, displacement);
    }

    /// <summary>The low 1, 2, 4 or 8 bytes of a value, the rest cleared.</summary>
    public Slot ZeroExtend(Slot value, int bytes) => bytes switch
    {
        1 => Ir.Unary(IrOpcode.ZeroExtend8, value),
        2 => Ir.Unary(IrOpcode.ZeroExtend16, value),
        4 => Ir.Unary(IrOpcode.ZeroExtend32, value),
        _ => value,
    };

    /// <summary>The low 1, 2, 4 or 8 bytes of a value, sign-extended.</summary>
    public Slot SignExtend(Slot value, int bytes) => bytes switch
    {
        1 => Ir.Unary(IrOpcode.SignExtend8, value),
        2 => Ir.Unary(IrOpcode.SignExtend16, value),
        4 => Ir.Unary(IrOpcode.SignExtend32, value),
        _ => value,
    };
}
