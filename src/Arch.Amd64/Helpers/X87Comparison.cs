using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>x87 comparisons and examination. The immediate is an <see cref="X87Form"/>, slot b a memory operand's bits.</summary>
internal static class X87Comparison
{
    private const uint Unordered = X87Unit.C3 | X87Unit.C2 | X87Unit.C0;

    /// <summary>Sets C3, C2 and C0; a quiet NaN is invalid.</summary>
    public static int Fcom(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => ToConditions(cpu, b, immediate, signaling: true);

    /// <summary>Sets C3, C2 and C0.</summary>
    public static int Fucom(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => ToConditions(cpu, b, immediate, signaling: false);

    /// <summary><c>dst</c> = ZF, PF and CF at their places in RFLAGS; a quiet NaN is invalid.</summary>
    public static int Fcomi(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => ToFlags(cpu, dst, b, immediate, signaling: true);

    /// <inheritdoc cref="Fcomi"/>
    public static int Fucomi(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => ToFlags(cpu, dst, b, immediate, signaling: false);

    /// <summary>Compares st(0) with 0.</summary>
    public static int Ftst(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        uint conditions = unit.Require(0) ? Relate(unit.Read(0), FloatValue.Zero(false), signaling: true, ref unit.Environment) : Unordered;
        unit.SetConditions(conditions);
        return unit.Finish();
    }

    /// <summary>Tells in C3, C2 and C0 what st(0) is, and its sign in C1 (Intel SDM volume 2, FXAM).</summary>
    public static int Fxam(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        var value = unit.Read(0);
        uint kind = value switch
        {
            _ when unit.IsEmpty(0) => X87Unit.C3 | X87Unit.C0,
            { IsDenormal: true } => X87Unit.C3 | X87Unit.C2,
            { Class: FloatClass.Zero } => X87Unit.C3,
            { Class: FloatClass.Finite } => X87Unit.C2,
            { Class: FloatClass.Infinity } => X87Unit.C2 | X87Unit.C0,
            { Class: FloatClass.NaN } => X87Unit.C0,
            _ => 0,
        };
        unit.SetConditions(kind | (value.Negative ? X87Unit.C1 : 0));
        return unit.Finish();
    }

    private static int ToConditions(Cpu cpu, int memory, ulong immediate, bool signaling)
    {
        var form = X87Form.Of(immediate);
        var unit = new X87Unit(cpu);
        uint conditions = Compare(ref unit, form, cpu.File[memory], signaling);
        // Even an unmasked exception leaves the conditions; only the stack stays.
        unit.SetConditions(conditions);
        if (!unit.IsStopped)
            unit.Pop(form.Pops);
        return unit.Finish();
    }

    private static int ToFlags(Cpu cpu, int dst, int memory, ulong immediate, bool signaling)
    {
        var form = X87Form.Of(immediate);
        var unit = new X87Unit(cpu, keepsC1: true);
        uint conditions = Compare(ref unit, form, cpu.File[memory], signaling);
        // C3, C2 and C0 stand in the status word's high byte as ZF, PF and CF do in RFLAGS.
        cpu.File[dst] = conditions >> 8;
        if (!unit.IsStopped)
            unit.Pop(form.Pops);
        return unit.Finish();
    }

    private static uint Compare(ref X87Unit unit, X87Form form, ulong memory, bool signaling)
    {
        bool there = unit.Require(0) & (form.Source != X87Source.Register || unit.Require(form.Number));
        if (!there)
            return Unordered;
        var second = form.Source == X87Source.Register ? unit.Read(form.Number) : form.FromMemory(memory);
        return Relate(unit.Read(0), second, signaling, ref unit.Environment);
    }

    private static uint Relate(in FloatValue a, in FloatValue b, bool signaling, ref FloatEnvironment environment)
    {
        if (a.Class >= FloatClass.NaN || b.Class >= FloatClass.NaN)
        {
            if (signaling || a.IsSignaling || b.IsSignaling || a.Class == FloatClass.Unsupported || b.Class == FloatClass.Unsupported)
                environment.Raise(FloatExceptions.Invalid);
            return Unordered;
        }
        environment.NoteDenormals(a, b);
        int order = FloatArithmetic.Compare(a, b);
        return order < 0 ? X87Unit.C0 : order == 0 ? X87Unit.C3 : 0;
    }
}
