using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>x87 control: initialisation, control and status word, environment, waiting.</summary>
internal static class X87Control
{
    /// <summary>What FNCLEX leaves of the status word: the stack top and the conditions.</summary>
    private const ulong NotExceptions = 0x7f00;

    [Lifts(Mnemonic.Wait, Mnemonic.Fnop)]
    public static void Wait(Lifter lifter) => lifter.TrapWaitingError();

    [Lifts(Mnemonic.Fninit, Mnemonic.Finit)]
    public static void Initialise(Lifter lifter)
    {
        WaitUnless(lifter, Mnemonic.Fninit);
        lifter.Call(X87Environment.Fninit);
    }

    [Lifts(Mnemonic.Fnclex, Mnemonic.Fclex)]
    public static void ClearExceptions(Lifter lifter)
    {
        WaitUnless(lifter, Mnemonic.Fnclex);
        lifter.Ir.Into(Slots.Fsw, IrOpcode.And, Slots.Fsw, Slot.Zero, NotExceptions);
    }

    [Lifts(Mnemonic.Fldcw)]
    public static void LoadControlWord(Lifter lifter)
    {
        lifter.TrapWaitingError();
        lifter.Call(X87Environment.Fldcw, a: lifter.Load(0, 2));
    }

    [Lifts(Mnemonic.Fnstcw, Mnemonic.Fstcw)]
    public static void StoreControlWord(Lifter lifter)
    {
        WaitUnless(lifter, Mnemonic.Fnstcw);
        lifter.Store(0, 2, Slots.Fcw);
    }

    [Lifts(Mnemonic.Fnstsw, Mnemonic.Fstsw)]
    public static void StoreStatusWord(Lifter lifter)
    {
        WaitUnless(lifter, Mnemonic.Fnstsw);
        lifter.Write(0, Slots.Fsw);
    }

    [Lifts(Mnemonic.Fldenv)]
    public static void LoadEnvironment(Lifter lifter)
    {
        lifter.TrapWaitingError();
        CallWithAddress(lifter, X87Environment.Fldenv, lifter.Instruction.Code == Code.Fldenv_m14byte);
    }

    [Lifts(Mnemonic.Fnstenv, Mnemonic.Fstenv)]
    public static void StoreEnvironment(Lifter lifter)
    {
        WaitUnless(lifter, Mnemonic.Fnstenv);
        CallWithAddress(lifter, X87Environment.Fnstenv, lifter.Instruction.Code is Code.Fnstenv_m14byte or Code.Fstenv_m14byte);
    }

    [Lifts(Mnemonic.Frstor)]
    public static void RestoreState(Lifter lifter)
    {
        lifter.TrapWaitingError();
        CallWithAddress(lifter, X87Environment.Frstor, lifter.Instruction.Code == Code.Frstor_m94byte);
    }

    [Lifts(Mnemonic.Fnsave, Mnemonic.Fsave)]
    public static void SaveState(Lifter lifter)
    {
        WaitUnless(lifter, Mnemonic.Fnsave);
        CallWithAddress(lifter, X87Environment.Fnsave, lifter.Instruction.Code is Code.Fnsave_m94byte or Code.Fsave_m94byte);
    }

    /// <summary>Instructions of the 8087 and 80287 that do nothing on later processors, not even trap.</summary>
    [Lifts(Mnemonic.Fneni, Mnemonic.Fndisi, Mnemonic.Fnsetpm)]
    public static void Obsolete(Lifter lifter)
    {
    }

    [Lifts(Mnemonic.Feni, Mnemonic.Fdisi, Mnemonic.Fsetpm)]
    public static void ObsoleteAfterWaiting(Lifter lifter) => lifter.TrapWaitingError();

    private static void WaitUnless(Lifter lifter, Mnemonic direct)
    {
        if (lifter.Instruction.Mnemonic != direct)
            lifter.TrapWaitingError();
    }

    private static void CallWithAddress(Lifter lifter, Helper helper, bool small) =>
        lifter.Call(helper, a: lifter.Address(0), immediate: small ? 2u : 4u);
}
