using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>FBLD and FBSTP: integers of eighteen decimal digits, two a byte, with the sign in the tenth byte.</summary>
internal static class X87Decimal
{
    private const int Digits = 18;
    private const ulong Limit = 1_000_000_000_000_000_000;

    /// <summary>Pushes the number in slots b and b + 1.</summary>
    public static int Fbld(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        ulong magnitude = 0;
        for (int digit = Digits - 1; digit >= 0; digit--)
            magnitude = 10 * magnitude + (digit < 16 ? cpu.File[b] >> (4 * digit) & 15 : cpu.File[b + 1] >> (4 * (digit - 16)) & 15);
        bool negative = (cpu.File[b + 1] >> 15 & 1) != 0;
        var unit = new X87Unit(cpu);
        unit.Push(X87Extended.Of(magnitude == 0 ? FloatValue.Zero(negative) : FloatValue.OfInteger(negative, magnitude)));
        return unit.Finish();
    }

    /// <summary>Stores st(0) rounded to an integer at the address in slot a, and pops it; nothing when an exception suppresses it.</summary>
    public static int Fbstp(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        // Packed indefinite: all ones above a C0 byte, digits undefined and here 0.
        (ulong low, ulong high) = (0xc000_0000_0000_0000, 0xffff);
        if (unit.Require(0))
        {
            var value = unit.Read(0);
            var rounding = unit.Environment.Rounding;
            if (FloatRounder.TryRoundToInteger(value, rounding, out ulong magnitude, out bool inexact, out bool up) && magnitude < Limit)
            {
                (low, high) = Encode(magnitude, value.Negative);
                unit.Environment.RoundedUp = up;
                unit.Environment.Raise(inexact ? FloatExceptions.Inexact : FloatExceptions.None);
            }
            else
            {
                unit.Environment.Raise(FloatExceptions.Invalid);
            }
        }
        if (unit.IsStopped)
            return unit.Finish();
        if (!X87Transfer.TryStoreTenBytes(cpu, cpu.File[a], low, high))
            return InstructionSet.MemoryFault;
        unit.NoteRounding();
        unit.Pop(1);
        return unit.Finish();
    }

    private static (ulong Low, ulong High) Encode(ulong magnitude, bool negative)
    {
        UInt128 packed = 0;
        for (int digit = 0; digit < Digits; digit++, magnitude /= 10)
            packed |= (UInt128)(magnitude % 10) << (4 * digit);
        return ((ulong)packed, (ulong)(packed >> 64) | (negative ? 0x8000u : 0));
    }
}
