using Arch.Arm64.Helpers;
using Arch.Arm64.Registers;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>The instruction being lifted: its fields and registers, and the builder that receives its meaning.</summary>
internal sealed partial class Lifter
{
    /// <summary>Where the operations go.</summary>
    public IrBuilder Ir { get; private set; } = null!;

    /// <summary>The instruction.</summary>
    public uint Word { get; private set; }

    /// <summary>Its address.</summary>
    public ulong Pc { get; private set; }

    /// <summary>Address of the instruction after it.</summary>
    public ulong Next => Pc + sizeof(uint);

    /// <summary>Set by <see cref="Reject"/>: this form of the instruction is unallocated.</summary>
    public bool IsRejected { get; private set; }

    /// <summary>Bits that the instruction works on, by sf.</summary>
    public int Bits => Sf ? 64 : 32;

    public void Begin(IrBuilder builder, ulong pc, uint word)
    {
        Ir = builder;
        Pc = pc;
        Word = word;
        IsRejected = false;
    }

    /// <summary>Declares this form undefined: all that was appended for it is taken back.</summary>
    public void Reject() => IsRejected = true;

    /// <summary>X register <paramref name="number"/>; 31 is the zero register.</summary>
    public static Slot X(int number) => number == 31 ? Slot.Zero : Slots.General(number);

    /// <summary>X register <paramref name="number"/>; 31 is the stack pointer.</summary>
    public static Slot XOrSp(int number) => Slots.General(number);

    /// <summary>A general register cut to the instruction's width; 31 is the zero register.</summary>
    public Slot Read(int number) => Cut(X(number));

    /// <summary>A value cut to the instruction's width: its low 32 bits unless sf.</summary>
    public Slot Cut(Slot value) => Sf || value == Slot.Zero ? value : Ir.Unary(IrOpcode.ZeroExtend32, value);

    /// <summary>
    /// Writes the low bits of <paramref name="value"/> to a general register, the upper half cleared unless sf; 31 is the zero register.
    /// </summary>
    public void Write(int number, Slot value)
    {
        if (number != 31)
            WriteTo(Slots.General(number), value, Sf);
    }

    /// <summary>As <see cref="Write"/>, but 31 is the stack pointer.</summary>
    public void WriteOrSp(int number, Slot value) => WriteTo(Slots.General(number), value, Sf);

    /// <summary>Writes 64 bits of a general register; 31 is the zero register.</summary>
    public void WriteX(int number, Slot value)
    {
        if (number != 31)
            Ir.Move(Slots.General(number), value);
    }

    /// <summary>Writes 32 bits of a general register, clearing the upper half; 31 is the zero register.</summary>
    public void WriteW(int number, Slot value)
    {
        if (number != 31)
            WriteTo(Slots.General(number), value, false);
    }

    /// <summary>Calls a helper; see <see cref="Helper"/>.</summary>
    public void Call(
        Helper helper, Slot destination = default, Slot a = default, Slot b = default, Slot c = default, ulong immediate = 0) =>
        Ir.Call(HelperTable.NumberOf(helper), destination, a, b, c, immediate);

    private void WriteTo(Slot register, Slot value, bool is64)
    {
        if (is64)
            Ir.Move(register, value);
        else
            Ir.Into(register, IrOpcode.ZeroExtend32, default, value);
    }
}
