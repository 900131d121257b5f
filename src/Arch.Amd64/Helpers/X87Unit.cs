using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// The x87 as one instruction works on it: its stack, its control word, the exceptions it has raised. Nothing reaches the status word
/// before <see cref="Finish"/>. An unmasked exception does not trap here: it waits in the status word for the next instruction that looks.
/// </summary>
internal ref struct X87Unit
{
    public const uint StackFault = 0x40, ErrorSummary = 0x80, C0 = 0x100, C1 = 0x200, C2 = 0x400, C3 = 0x4000, Busy = 0x8000;
    private const int TopShift = 11;
    private const uint TopMask = 7 << TopShift, Conditions = C0 | C1 | C2 | C3;

    private readonly Cpu _cpu;
    private uint _status;
    private bool _hasStackFault;

    /// <summary>C1 becomes 0 unless the instruction says otherwise; a few leave it as it is.</summary>
    public X87Unit(Cpu cpu, bool keepsC1 = false)
    {
        _cpu = cpu;
        _status = (uint)cpu[Slots.Fsw] & ~(keepsC1 ? 0 : C1);
        Environment = FloatEnvironment.OfControlWord((uint)cpu[Slots.Fcw]);
    }

    public FloatEnvironment Environment;

    /// <summary>The format that arithmetic rounds to: the control word's precision, with the exponents of registers.</summary>
    public readonly FloatFormat Precision => (((uint)_cpu[Slots.Fcw] >> 8) & 3) switch
    {
        0 => FloatFormat.Single with { ExponentBits = FloatFormat.Extended.ExponentBits },
        2 => FloatFormat.Double with { ExponentBits = FloatFormat.Extended.ExponentBits },
        _ => FloatFormat.Extended,
    };

    private readonly uint Top => (_status & TopMask) >> TopShift;

    public readonly bool IsEmpty(int number) => ((uint)_cpu[Slots.Ftw] >> Physical(number) & 1) == 0;

    /// <summary>st(<paramref name="number"/>) as it is, whether or not it is empty.</summary>
    public readonly X87Extended Raw(int number)
    {
        int slot = Slots.St(Physical(number)).Index;
        return new X87Extended(_cpu.File[slot], (ushort)_cpu.File[slot + 1]);
    }

    public readonly FloatValue Read(int number) => Raw(number).Unpack();

    /// <summary>Replaces st(<paramref name="number"/>), which is then not empty.</summary>
    public readonly void Write(int number, X87Extended value)
    {
        int slot = Slots.St(Physical(number)).Index;
        (_cpu.File[slot], _cpu.File[slot + 1]) = (value.Significand, value.SignAndExponent);
        _cpu[Slots.Ftw] |= 1u << Physical(number);
    }

    public readonly void Write(int number, in FloatValue value) => Write(number, X87Extended.Of(value));

    public readonly void Free(int number) => _cpu[Slots.Ftw] &= ~(1u << Physical(number));

    public void Pop(int count)
    {
        for (; count > 0; count--)
        {
            Free(0);
            Rotate(1);
        }
    }

    /// <summary>Moves the top of the stack without touching the registers.</summary>
    public void Rotate(int by) => _status = (_status & ~TopMask) | (((Top + (uint)by) & 7) << TopShift);

    /// <summary>
    /// Puts a value on the stack. With no room it is a stack fault, which pushes the indefinite NaN when masked and nothing otherwise; a
    /// fault that was there before says which one it is.
    /// </summary>
    public void Push(X87Extended value)
    {
        if (!_hasStackFault && !RequireRoom())
            value = X87Extended.Indefinite;
        if (IsStopped)
            return;
        Rotate(-1);
        Write(0, value);
    }

    /// <summary>Notes a stack fault when st(<paramref name="number"/>) is empty.</summary>
    /// <returns>Whether it is there.</returns>
    public bool Require(int number)
    {
        if (!IsEmpty(number))
            return true;
        StackFaulted(overflow: false);
        return false;
    }

    /// <summary>Notes a stack fault when nothing can be pushed.</summary>
    /// <returns>Whether there is room.</returns>
    public bool RequireRoom()
    {
        if (IsEmpty(7))
            return true;
        StackFaulted(overflow: true);
        return false;
    }

    /// <summary>An unmasked exception that is found in the operands prevents the operation: nothing is to be written or popped.</summary>
    public readonly bool IsStopped => (Environment.Unmasked & FloatExceptions.BeforeComputation) != 0;

    public void SetConditions(uint conditions) => _status = (_status & ~Conditions) | conditions;

    public void SetCondition(uint condition) => _status |= condition;

    public void ClearCondition(uint condition) => _status &= ~condition;

    /// <summary>C1 tells whether the result was rounded up.</summary>
    public void NoteRounding()
    {
        if (Environment.RoundedUp && (Environment.Raised & FloatExceptions.Inexact) != 0)
            _status |= C1;
    }

    /// <summary>Writes the status word; the helper is done.</summary>
    public readonly int Finish()
    {
        var raised = IsStopped ? Environment.Raised & FloatExceptions.BeforeComputation : Environment.Raised;
        _cpu[Slots.Fsw] = Summarised(_status | (uint)raised, (uint)_cpu[Slots.Fcw]);
        return InstructionSet.NoTrap;
    }

    /// <summary>
    /// What the processor makes of a control and a status word as a program, an image or a debugger gives them: bit 6 of the control word
    /// always reads as 1, bits 7 and 13 to 15 as 0; ES and B say whether an unmasked exception waits, whatever was given for them.
    /// </summary>
    public static void Settle(Cpu cpu)
    {
        cpu[Slots.Fcw] = (cpu[Slots.Fcw] & 0x1f3f) | 0x40;
        cpu[Slots.Fsw] = Summarised((uint)cpu[Slots.Fsw], (uint)cpu[Slots.Fcw]);
    }

    /// <summary>What MMX instructions do to the x87: its top is 0, and no register is empty (Intel SDM volume 1, 9.5.1).</summary>
    public static void EnterMmxState(Cpu cpu)
    {
        cpu[Slots.Fsw] &= ~(ulong)TopMask;
        cpu[Slots.Ftw] = 0xff;
    }

    /// <summary>A status word with ES and B as its exceptions and the control word's masks demand.</summary>
    private static uint Summarised(uint status, uint control) => (status & ~control & (uint)FloatExceptions.All) != 0
        ? status | ErrorSummary | Busy
        : status & ~(ErrorSummary | Busy);

    private void StackFaulted(bool overflow)
    {
        Environment.Raise(FloatExceptions.Invalid);
        _hasStackFault = true;
        _status = (_status & ~C1) | StackFault | (overflow ? C1 : 0);
    }

    private readonly int Physical(int number) => (int)(Top + (uint)number) & 7;
}
