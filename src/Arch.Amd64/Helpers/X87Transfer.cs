using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// x87 loads, stores and register moves. The immediate is an <see cref="X87Form"/>. Stores have the address in slot a; when an unmasked
/// exception suppresses a store, its memory is not accessed at all, as on Intel's processors.
/// </summary>
internal static class X87Transfer
{
    /// <summary>Pushes a single, a double or an integer, the bits of which are in slot b.</summary>
    public static int Fld(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var form = X87Form.Of(immediate);
        var unit = new X87Unit(cpu);
        var value = form.FromMemory(cpu.File[b]);
        bool hasRoom = unit.IsEmpty(7);
        if (hasRoom && value.IsNaN)
            value = unit.Environment.Propagate(value, value);
        unit.Push(X87Extended.Of(value));
        // A denormal number is pushed also when that traps.
        if (hasRoom)
            unit.Environment.NoteDenormals(value, value);
        return unit.Finish();
    }

    /// <summary>Pushes the 80 bits in slots b and b + 1 as they are.</summary>
    public static int FldExtended(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        unit.Push(new X87Extended(cpu.File[b], (ushort)cpu.File[b + 1]));
        return unit.Finish();
    }

    /// <summary>Pushes a copy of st(Number).</summary>
    public static int FldRegister(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        int number = X87Form.Of(immediate).Number;
        unit.Push(unit.Require(number) ? unit.Raw(number) : X87Extended.Indefinite);
        return unit.Finish();
    }

    /// <summary>Stores st(0) as single or double.</summary>
    public static int Fst(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var form = X87Form.Of(immediate);
        var format = form.Source == X87Source.Single ? FloatFormat.Single : FloatFormat.Double;
        var unit = new X87Unit(cpu);
        var value = FloatValue.Indefinite;
        if (unit.Require(0))
        {
            value = unit.Read(0);
            value = value.Class >= FloatClass.NaN
                ? unit.Environment.Propagate(value, value)
                : FloatRounder.Round(value, format, ref unit.Environment);
        }
        const FloatExceptions Suppressing = FloatExceptions.Invalid | FloatExceptions.Overflow | FloatExceptions.Underflow;
        if ((unit.Environment.Unmasked & Suppressing) != 0)
            return unit.Finish();
        if (!cpu.TryStore(cpu.File[a], form.Source == X87Source.Single ? 4 : 8, format.Pack(value)))
            return InstructionSet.MemoryFault;
        unit.NoteRounding();
        unit.Pop(form.Pops);
        return unit.Finish();
    }

    /// <summary>Stores the 80 bits of st(0) as they are, and pops it.</summary>
    public static int FstExtended(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        var value = unit.Require(0) ? unit.Raw(0) : X87Extended.Indefinite;
        if (unit.IsStopped)
            return unit.Finish();
        if (!TryStoreTenBytes(cpu, cpu.File[a], value.Significand, value.SignAndExponent))
            return InstructionSet.MemoryFault;
        unit.Pop(1);
        return unit.Finish();
    }

    /// <summary>Stores ten bytes, or none when not all of them can be written.</summary>
    public static bool TryStoreTenBytes(Cpu cpu, ulong address, ulong low, ulong high) =>
        cpu.TryProbeWrite(address, 10) && cpu.TryStore(address, 8, low) && cpu.TryStore(address + 8, 2, high);

    /// <summary>st(Destination) = st(0); when Reversed an empty one is no fault, and is only popped.</summary>
    public static int FstRegister(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var form = X87Form.Of(immediate);
        var unit = new X87Unit(cpu);
        bool skips = form.Reversed && unit.IsEmpty(0);
        var value = skips || unit.Require(0) ? unit.Raw(0) : X87Extended.Indefinite;
        if (unit.IsStopped)
            return unit.Finish();
        if (!skips)
            unit.Write(form.Destination, value);
        unit.Pop(form.Pops);
        return unit.Finish();
    }

    /// <summary>Stores st(0) as an integer by the control word's rounding, or when Reversed cut.</summary>
    public static int Fist(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var form = X87Form.Of(immediate);
        int bits = form.Source switch { X87Source.Int16 => 16, X87Source.Int32 => 32, _ => 64 };
        var unit = new X87Unit(cpu);
        ulong result = 1UL << (bits - 1);
        if (unit.Require(0))
        {
            var rounding = form.Reversed ? FloatRounding.TowardZero : unit.Environment.Rounding;
            result = FloatArithmetic.ToInteger(unit.Read(0), bits, rounding, ref unit.Environment);
        }
        if (unit.IsStopped)
            return unit.Finish();
        if (!cpu.TryStore(cpu.File[a], bits / 8, result))
            return InstructionSet.MemoryFault;
        unit.NoteRounding();
        unit.Pop(form.Pops);
        return unit.Finish();
    }

    /// <summary>Exchanges st(0) and st(Number).</summary>
    public static int Fxch(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        int number = X87Form.Of(immediate).Number;
        var unit = new X87Unit(cpu);
        var first = unit.Require(0) ? unit.Raw(0) : X87Extended.Indefinite;
        var second = unit.Require(number) ? unit.Raw(number) : X87Extended.Indefinite;
        if (unit.IsStopped)
            return unit.Finish();
        unit.Write(0, second);
        unit.Write(number, first);
        return unit.Finish();
    }

    /// <summary>st(0) = st(Number) when slot b is not 0.</summary>
    public static int Fcmov(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        int number = X87Form.Of(immediate).Number;
        var unit = new X87Unit(cpu, keepsC1: true);
        bool there = unit.Require(0) & unit.Require(number);
        if (unit.IsStopped)
            return unit.Finish();
        if (!there)
            unit.Write(0, X87Extended.Indefinite);
        else if (cpu.File[b] != 0)
            unit.Write(0, unit.Raw(number));
        return unit.Finish();
    }
}
