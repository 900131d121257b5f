using Arch.Amd64.Helpers;
using Iced.Intel;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Lifting;

/// <summary>x87 arithmetic, comparisons and functions.</summary>
internal static class X87Instructions
{
    [Lifts(Mnemonic.Fadd, Mnemonic.Faddp, Mnemonic.Fiadd)]
    public static void Add(Lifter lifter) => Arithmetic(lifter, X87Arithmetic.Fadd);

    [Lifts(Mnemonic.Fmul, Mnemonic.Fmulp, Mnemonic.Fimul)]
    public static void Multiply(Lifter lifter) => Arithmetic(lifter, X87Arithmetic.Fmul);

    [Lifts(Mnemonic.Fsub, Mnemonic.Fsubp, Mnemonic.Fisub)]
    public static void Subtract(Lifter lifter) => Arithmetic(lifter, X87Arithmetic.Fsub);

    [Lifts(Mnemonic.Fsubr, Mnemonic.Fsubrp, Mnemonic.Fisubr)]
    public static void SubtractReversed(Lifter lifter) => Arithmetic(lifter, X87Arithmetic.Fsub, reversed: true);

    [Lifts(Mnemonic.Fdiv, Mnemonic.Fdivp, Mnemonic.Fidiv)]
    public static void Divide(Lifter lifter) => Arithmetic(lifter, X87Arithmetic.Fdiv);

    [Lifts(Mnemonic.Fdivr, Mnemonic.Fdivrp, Mnemonic.Fidivr)]
    public static void DivideReversed(Lifter lifter) => Arithmetic(lifter, X87Arithmetic.Fdiv, reversed: true);

    [Lifts(Mnemonic.Fsqrt)]
    public static void SquareRoot(Lifter lifter) => lifter.CallX87(X87Arithmetic.Fsqrt);

    [Lifts(Mnemonic.Frndint)]
    public static void RoundToInteger(Lifter lifter) => lifter.CallX87(X87Arithmetic.Frndint);

    [Lifts(Mnemonic.Fscale)]
    public static void Scale(Lifter lifter) => lifter.CallX87(X87Arithmetic.Fscale);

    [Lifts(Mnemonic.Fxtract)]
    public static void Extract(Lifter lifter) => lifter.CallX87(X87Arithmetic.Fxtract);

    [Lifts(Mnemonic.Fprem)]
    public static void PartialRemainder(Lifter lifter) => lifter.CallX87(X87Remainder.Fprem);

    [Lifts(Mnemonic.Fprem1)]
    public static void PartialRemainderNearest(Lifter lifter) => lifter.CallX87(X87Remainder.Fprem1);

    [Lifts(Mnemonic.Fsin)]
    public static void Sine(Lifter lifter) => lifter.CallX87(X87Trigonometry.Fsin);

    [Lifts(Mnemonic.Fcos)]
    public static void Cosine(Lifter lifter) => lifter.CallX87(X87Trigonometry.Fcos);

    [Lifts(Mnemonic.Fsincos)]
    public static void SineAndCosine(Lifter lifter) => lifter.CallX87(X87Trigonometry.Fsincos);

    [Lifts(Mnemonic.Fptan)]
    public static void Tangent(Lifter lifter) => lifter.CallX87(X87Trigonometry.Fptan);

    [Lifts(Mnemonic.Fpatan)]
    public static void ArcTangent(Lifter lifter) => lifter.CallX87(X87Transcendental.Fpatan);

    [Lifts(Mnemonic.F2xm1)]
    public static void PowerOfTwoMinus1(Lifter lifter) => lifter.CallX87(X87Transcendental.F2xm1);

    [Lifts(Mnemonic.Fyl2x)]
    public static void Logarithm(Lifter lifter) => lifter.CallX87(X87Transcendental.Fyl2x);

    [Lifts(Mnemonic.Fyl2xp1)]
    public static void LogarithmOf1Plus(Lifter lifter) => lifter.CallX87(X87Transcendental.Fyl2xp1);

    [Lifts(Mnemonic.Fchs)]
    public static void ChangeSign(Lifter lifter) => lifter.CallX87(X87Stack.Fchs);

    [Lifts(Mnemonic.Fabs)]
    public static void Absolute(Lifter lifter) => lifter.CallX87(X87Stack.Fabs);

    [Lifts(Mnemonic.Fxam)]
    public static void Examine(Lifter lifter) => lifter.CallX87(X87Comparison.Fxam);

    [Lifts(Mnemonic.Ftst)]
    public static void Test(Lifter lifter) => lifter.CallX87(X87Comparison.Ftst);

    [Lifts(Mnemonic.Fcom, Mnemonic.Ficom)]
    public static void Compare(Lifter lifter) => CompareToConditions(lifter, X87Comparison.Fcom, 0);

    [Lifts(Mnemonic.Fcomp, Mnemonic.Ficomp)]
    public static void CompareAndPop(Lifter lifter) => CompareToConditions(lifter, X87Comparison.Fcom, 1);

    [Lifts(Mnemonic.Fcompp)]
    public static void CompareAndPopTwice(Lifter lifter) =>
        lifter.CallX87(X87Comparison.Fcom, new X87Form(0, X87Source.Register, 1, Pops: 2));

    [Lifts(Mnemonic.Fucom)]
    public static void CompareQuietly(Lifter lifter) => CompareToConditions(lifter, X87Comparison.Fucom, 0);

    [Lifts(Mnemonic.Fucomp)]
    public static void CompareQuietlyAndPop(Lifter lifter) => CompareToConditions(lifter, X87Comparison.Fucom, 1);

    [Lifts(Mnemonic.Fucompp)]
    public static void CompareQuietlyAndPopTwice(Lifter lifter) =>
        lifter.CallX87(X87Comparison.Fucom, new X87Form(0, X87Source.Register, 1, Pops: 2));

    [Lifts(Mnemonic.Fcomi)]
    public static void CompareToFlags(Lifter lifter) => CompareToFlags(lifter, X87Comparison.Fcomi, 0);

    [Lifts(Mnemonic.Fcomip)]
    public static void CompareToFlagsAndPop(Lifter lifter) => CompareToFlags(lifter, X87Comparison.Fcomi, 1);

    [Lifts(Mnemonic.Fucomi)]
    public static void CompareQuietlyToFlags(Lifter lifter) => CompareToFlags(lifter, X87Comparison.Fucomi, 0);

    [Lifts(Mnemonic.Fucomip)]
    public static void CompareQuietlyToFlagsAndPop(Lifter lifter) => CompareToFlags(lifter, X87Comparison.Fucomi, 1);

    private static void Arithmetic(Lifter lifter, Helper helper, bool reversed = false)
    {
        if (lifter.IsMemory(0))
        {
            lifter.TrapWaitingError();
            lifter.OperateX87(helper, new X87Form(0, SourceOf(lifter), Reversed: reversed).Immediate, b: lifter.Load(0, lifter.Size(0)));
            return;
        }
        bool pops = lifter.Instruction.Mnemonic is Mnemonic.Faddp or Mnemonic.Fmulp or Mnemonic.Fsubp or Mnemonic.Fsubrp or Mnemonic.Fdivp
            or Mnemonic.Fdivrp;
        lifter.CallX87(
            helper, new X87Form(lifter.StackRegister(0), X87Source.Register, lifter.StackRegister(1), reversed, pops ? 1 : 0));
    }

    private static void CompareToConditions(Lifter lifter, Helper helper, int pops)
    {
        if (lifter.IsMemory(0))
        {
            lifter.TrapWaitingError();
            lifter.OperateX87(helper, new X87Form(0, SourceOf(lifter), Pops: pops).Immediate, b: lifter.Load(0, lifter.Size(0)));
            return;
        }
        lifter.CallX87(helper, new X87Form(0, X87Source.Register, lifter.StackRegister(1), Pops: pops));
    }

    private static void CompareToFlags(Lifter lifter, Helper helper, int pops)
    {
        var result = lifter.Ir.Temporary();
        lifter.CallX87(helper, new X87Form(0, X87Source.Register, lifter.StackRegister(1), Pops: pops), result);
        lifter.SetComparisonFlags(result);
    }

    private static X87Source SourceOf(Lifter lifter) => lifter.Instruction.MemorySize switch
    {
        MemorySize.Float32 => X87Source.Single,
        MemorySize.Float64 => X87Source.Double,
        MemorySize.Int16 => X87Source.Int16,
        MemorySize.Int32 => X87Source.Int32,
        _ => X87Source.Int64,
    };
}
