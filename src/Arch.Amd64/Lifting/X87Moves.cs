using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>x87 loads, stores, constants, conditional moves and the stack.</summary>
internal static class X87Moves
{
    [Lifts(Code.Fld_m32fp)]
    public static void LoadSingle(Lifter lifter) => Load(lifter, X87Source.Single);

    [Lifts(Code.Fld_m64fp)]
    public static void LoadDouble(Lifter lifter) => Load(lifter, X87Source.Double);

    [Lifts(Code.Fild_m16int)]
    public static void LoadInt16(Lifter lifter) => Load(lifter, X87Source.Int16);

    [Lifts(Code.Fild_m32int)]
    public static void LoadInt32(Lifter lifter) => Load(lifter, X87Source.Int32);

    [Lifts(Code.Fild_m64int)]
    public static void LoadInt64(Lifter lifter) => Load(lifter, X87Source.Int64);

    [Lifts(Code.Fld_m80fp)]
    public static void LoadExtended(Lifter lifter) => LoadTenBytes(lifter, X87Transfer.FldExtended);

    [Lifts(Mnemonic.Fbld)]
    public static void LoadDecimal(Lifter lifter) => LoadTenBytes(lifter, X87Decimal.Fbld);

    [Lifts(Code.Fld_sti)]
    public static void LoadRegister(Lifter lifter) =>
        lifter.CallX87(X87Transfer.FldRegister, new X87Form(0, X87Source.Register, lifter.StackRegister(0)));

    /// <summary>D9 E8 to D9 EE.</summary>
    [Lifts(Mnemonic.Fld1, Mnemonic.Fldl2t, Mnemonic.Fldl2e, Mnemonic.Fldpi, Mnemonic.Fldlg2, Mnemonic.Fldln2, Mnemonic.Fldz)]
    public static void LoadConstant(Lifter lifter) =>
        lifter.CallX87(X87Stack.FldConstant, lifter.Instruction.Code.ToOpCode().OpCode & 7);

    [Lifts(Code.Fst_m32fp)]
    public static void StoreSingle(Lifter lifter) => lifter.StoreX87(X87Transfer.Fst, new X87Form(0, X87Source.Single));

    [Lifts(Code.Fstp_m32fp)]
    public static void StoreSingleAndPop(Lifter lifter) => lifter.StoreX87(X87Transfer.Fst, new X87Form(0, X87Source.Single, Pops: 1));

    [Lifts(Code.Fst_m64fp)]
    public static void StoreDouble(Lifter lifter) => lifter.StoreX87(X87Transfer.Fst, new X87Form(0, X87Source.Double));

    [Lifts(Code.Fstp_m64fp)]
    public static void StoreDoubleAndPop(Lifter lifter) => lifter.StoreX87(X87Transfer.Fst, new X87Form(0, X87Source.Double, Pops: 1));

    [Lifts(Code.Fstp_m80fp)]
    public static void StoreExtended(Lifter lifter) => lifter.StoreX87(X87Transfer.FstExtended);

    [Lifts(Mnemonic.Fbstp)]
    public static void StoreDecimal(Lifter lifter) => lifter.StoreX87(X87Decimal.Fbstp);

    [Lifts(Mnemonic.Fist)]
    public static void StoreInteger(Lifter lifter) => lifter.StoreX87(X87Transfer.Fist, new X87Form(0, IntegerOf(lifter)));

    [Lifts(Mnemonic.Fistp)]
    public static void StoreIntegerAndPop(Lifter lifter) => lifter.StoreX87(X87Transfer.Fist, new X87Form(0, IntegerOf(lifter), Pops: 1));

    [Lifts(Mnemonic.Fisttp)]
    public static void StoreTruncatedAndPop(Lifter lifter) =>
        lifter.StoreX87(X87Transfer.Fist, new X87Form(0, IntegerOf(lifter), Reversed: true, Pops: 1));

    [Lifts(Code.Fst_sti)]
    public static void StoreRegister(Lifter lifter) =>
        lifter.CallX87(X87Transfer.FstRegister, new X87Form(lifter.StackRegister(0), X87Source.Register));

    [Lifts(Code.Fstp_sti, Code.Fstp_sti_DFD0, Code.Fstp_sti_DFD8)]
    public static void StoreRegisterAndPop(Lifter lifter) =>
        lifter.CallX87(X87Transfer.FstRegister, new X87Form(lifter.StackRegister(0), X87Source.Register, Pops: 1));

    [Lifts(Mnemonic.Fstpnce)]
    public static void StoreRegisterQuietlyAndPop(Lifter lifter) =>
        lifter.CallX87(X87Transfer.FstRegister, new X87Form(lifter.StackRegister(0), X87Source.Register, Reversed: true, Pops: 1));

    [Lifts(Mnemonic.Fxch)]
    public static void Exchange(Lifter lifter) =>
        lifter.CallX87(X87Transfer.Fxch, new X87Form(0, X87Source.Register, lifter.StackRegister(1)));

    [Lifts(Mnemonic.Fcmovb)]
    public static void MoveIfBelow(Lifter lifter) => MoveIf(lifter, Slots.CF);

    [Lifts(Mnemonic.Fcmovnb)]
    public static void MoveIfNotBelow(Lifter lifter) => MoveIf(lifter, lifter.Ir.Xor(Slots.CF, 1));

    [Lifts(Mnemonic.Fcmove)]
    public static void MoveIfEqual(Lifter lifter) => MoveIf(lifter, Slots.ZF);

    [Lifts(Mnemonic.Fcmovne)]
    public static void MoveIfNotEqual(Lifter lifter) => MoveIf(lifter, lifter.Ir.Xor(Slots.ZF, 1));

    [Lifts(Mnemonic.Fcmovbe)]
    public static void MoveIfBelowOrEqual(Lifter lifter) => MoveIf(lifter, lifter.Ir.Or(Slots.CF, Slots.ZF));

    [Lifts(Mnemonic.Fcmovnbe)]
    public static void MoveIfAbove(Lifter lifter) => MoveIf(lifter, lifter.Ir.Xor(lifter.Ir.Or(Slots.CF, Slots.ZF), 1));

    [Lifts(Mnemonic.Fcmovu)]
    public static void MoveIfUnordered(Lifter lifter) => MoveIf(lifter, Slots.PF);

    [Lifts(Mnemonic.Fcmovnu)]
    public static void MoveIfOrdered(Lifter lifter) => MoveIf(lifter, lifter.Ir.Xor(Slots.PF, 1));

    [Lifts(Mnemonic.Fincstp)]
    public static void Increment(Lifter lifter) => lifter.CallX87(X87Stack.Rotate, 1);

    [Lifts(Mnemonic.Fdecstp)]
    public static void Decrement(Lifter lifter) => lifter.CallX87(X87Stack.Rotate, 7);

    [Lifts(Mnemonic.Ffree)]
    public static void Free(Lifter lifter) =>
        lifter.CallX87(X87Stack.Ffree, new X87Form(lifter.StackRegister(0), X87Source.Register));

    [Lifts(Mnemonic.Ffreep)]
    public static void FreeAndPop(Lifter lifter) =>
        lifter.CallX87(X87Stack.Ffree, new X87Form(lifter.StackRegister(0), X87Source.Register, Pops: 1));

    private static void Load(Lifter lifter, X87Source source)
    {
        lifter.TrapWaitingError();
        lifter.OperateX87(X87Transfer.Fld, new X87Form(0, source).Immediate, b: lifter.Load(0, lifter.Size(0)));
    }

    private static void LoadTenBytes(Lifter lifter, Helper helper)
    {
        lifter.TrapWaitingError();
        lifter.OperateX87(helper, 0, b: lifter.LoadTenBytes());
    }

    private static X87Source IntegerOf(Lifter lifter) => lifter.Size(0) switch
    {
        2 => X87Source.Int16,
        4 => X87Source.Int32,
        _ => X87Source.Int64,
    };

    private static void MoveIf(Lifter lifter, Slot condition) =>
        lifter.CallX87(X87Transfer.Fcmov, new X87Form(0, X87Source.Register, lifter.StackRegister(1)), b: condition);
}
