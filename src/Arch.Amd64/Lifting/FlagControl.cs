using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>Instructions that read or write flags as such, and the image of RFLAGS that they share.</summary>
internal static class FlagControl
{
    /// <summary>The flags in AH's image, with their bit numbers.</summary>
    private static readonly (Slot Flag, int Bit)[] Status = [(Slots.CF, 0), (Slots.PF, 2), (Slots.AF, 4), (Slots.ZF, 6), (Slots.SF, 7)];

    /// <summary>The further flags that a user program can see and set in RFLAGS.</summary>
    private static readonly (Slot Flag, int Bit)[] Others =
        [(Slots.TF, 8), (Slots.DF, 10), (Slots.OF, 11), (Slots.NT, 14), (Slots.AC, 18), (Slots.ID, 21)];

    /// <summary>Bits that always read as one: bit 1, and in user mode the interrupt flag.</summary>
    private const ulong AlwaysSet = 1 << 1, InterruptFlag = 1 << 9;

    /// <summary>RFLAGS as PUSHF stores it: RF reads as zero.</summary>
    public static Slot Image(Lifter lifter) =>
        Gather(lifter, Others, Gather(lifter, Status, lifter.Ir.Constant(AlwaysSet | InterruptFlag)));

    /// <summary>Sets what POPF may set in user mode; IF and IOPL stay, RF is cleared.</summary>
    public static void SetFrom(Lifter lifter, Slot image, int size)
    {
        Scatter(lifter, Status, image, size);
        Scatter(lifter, Others, image, size);
        lifter.Ir.Move(Slots.RF, 0);
    }

    [Lifts(Mnemonic.Lahf)]
    public static void LoadAhFromFlags(Lifter lifter) =>
        lifter.WriteRegister(Register.AH, Gather(lifter, Status, lifter.Ir.Constant(AlwaysSet)));

    [Lifts(Mnemonic.Sahf)]
    public static void StoreAhIntoFlags(Lifter lifter) => Scatter(lifter, Status, lifter.ReadRegister(Register.AH), 1);

    [Lifts(Mnemonic.Clc)]
    public static void ClearCarry(Lifter lifter) => lifter.Ir.Move(Slots.CF, 0);

    [Lifts(Mnemonic.Stc)]
    public static void SetCarry(Lifter lifter) => lifter.Ir.Move(Slots.CF, 1);

    [Lifts(Mnemonic.Cmc)]
    public static void ComplementCarry(Lifter lifter) => lifter.Ir.Into(Slots.CF, IrOpcode.Xor, Slots.CF, Slot.Zero, 1);

    [Lifts(Mnemonic.Cld)]
    public static void ClearDirection(Lifter lifter) => lifter.Ir.Move(Slots.DF, 0);

    [Lifts(Mnemonic.Std)]
    public static void SetDirection(Lifter lifter) => lifter.Ir.Move(Slots.DF, 1);

    private static Slot Gather(Lifter lifter, (Slot Flag, int Bit)[] flags, Slot image)
    {
        foreach (var (flag, bit) in flags)
            image = lifter.Ir.Or(image, lifter.Ir.ShiftLeft(flag, (ulong)bit));
        return image;
    }

    private static void Scatter(Lifter lifter, (Slot Flag, int Bit)[] flags, Slot image, int size)
    {
        foreach (var (flag, bit) in flags)
        {
            if (bit < 8 * size)
                lifter.Ir.Into(flag, IrOpcode.And, lifter.Ir.ShiftRight(image, (ulong)bit), Slot.Zero, 1);
        }
    }
}
