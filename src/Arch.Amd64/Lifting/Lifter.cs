using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>The instruction being lifted: its operands as slots, and the builder that receives its meaning.</summary>
internal sealed partial class Lifter
{
    private Instruction _instruction;
    private Reference? _reference;

    /// <summary>Where the operations go.</summary>
    public IrBuilder Ir { get; private set; } = null!;

    public ref readonly Instruction Instruction => ref _instruction;

    /// <summary>Address of the instruction.</summary>
    public ulong Pc => _instruction.IP;

    /// <summary>Address of the instruction after it.</summary>
    public ulong Next => _instruction.NextIP;

    /// <summary>Set by <see cref="Reject"/>: the lifting method could not give this form of the instruction a meaning.</summary>
    public bool IsRejected { get; private set; }

    public void Begin(IrBuilder builder, in Instruction instruction)
    {
        Ir = builder;
        _instruction = instruction;
        _reference = null;
        IsRejected = false;
    }

    /// <summary>Declares this form undefined: all that was appended for it is taken back and it raises #UD.</summary>
    public void Reject() => IsRejected = true;

    public bool IsMemory(int operand) => KindOf(_instruction.GetOpKind(operand)) == Kind.Memory;

    /// <summary>Bytes of an operand: 1, 2, 4 or 8, and for vectors and the like what the instruction accesses.</summary>
    public int Size(int operand)
    {
        var kind = _instruction.GetOpKind(operand);
        return KindOf(kind) switch
        {
            Kind.Register => _instruction.GetOpRegister(operand).GetSize(),
            Kind.Memory => _instruction.MemorySize.GetSize(),
            _ => ImmediateSize(kind),
        };
    }

    /// <summary>
    /// An integer operand, zero-extended. A 64-bit register is returned as its own slot: what is read from it after a write is the
    /// new value.
    /// </summary>
    public Slot Read(int operand)
    {
        var kind = _instruction.GetOpKind(operand);
        return KindOf(kind) switch
        {
            Kind.Register => ReadRegister(_instruction.GetOpRegister(operand)),
            Kind.Memory => Load(operand, Size(operand)),
            _ => Ir.Constant(Immediate(operand)),
        };
    }

    /// <summary>An integer operand, sign-extended to 64 bits.</summary>
    public Slot ReadSigned(int operand) => SignExtend(Size(operand), Read(operand));

    /// <summary>The value of an immediate operand, cut to its size.</summary>
    public ulong Immediate(int operand) =>
        _instruction.GetImmediate(operand) & Mask(ImmediateSize(_instruction.GetOpKind(operand)));

    /// <summary>
    /// Writes the low bits of <paramref name="value"/> to an integer operand. A 32-bit register write clears the upper half, 8- and
    /// 16-bit ones keep the rest.
    /// </summary>
    public void Write(int operand, Slot value)
    {
        if (IsMemory(operand))
            Store(operand, Size(operand), value);
        else
            WriteRegister(_instruction.GetOpRegister(operand), value);
    }

    public Slot ReadRegister(Register register)
    {
        var slot = SlotOf(register);
        if (IsHighByte(register))
            return Ir.Unary(IrOpcode.ZeroExtend8, Ir.ShiftRight(slot, 8));
        return ZeroExtend(register.GetSize(), slot);
    }

    public void WriteRegister(Register register, Slot value)
    {
        var slot = SlotOf(register);
        if (IsHighByte(register))
            Ir.Into(slot, IrOpcode.InsertHigh8, slot, value);
        else
            WriteLow(register.GetSize(), slot, value);
    }

    /// <summary>Writes the low <paramref name="size"/> bytes of a general register by the rules of <see cref="Write"/>.</summary>
    public void WriteLow(int size, Slot register, Slot value)
    {
        switch (size)
        {
            case 1: Ir.Into(register, IrOpcode.Insert8, register, value); break;
            case 2: Ir.Into(register, IrOpcode.Insert16, register, value); break;
            case 4: Ir.Into(register, IrOpcode.ZeroExtend32, default, value); break;
            default: Ir.Move(register, value); break;
        }
    }

    /// <summary>
    /// A 128-bit operand as the first of two neighbouring slots: those of the xmm register itself, or a pair of temporaries
    /// loaded from memory.
    /// </summary>
    public Slot ReadVector(int operand)
    {
        if (!IsMemory(operand))
            return SlotOf(_instruction.GetOpRegister(operand));
        var (a, b, displacement) = ReferenceOf(operand);
        var pair = Ir.Temporary128();
        int width = 16 | (operand == 0 && UpdatesMemory() ? IrInstruction.ForUpdate : 0);
        Ir.Append(new IrInstruction(IrOpcode.Load128, (ushort)width, pair, a, b, default, displacement));
        return pair;
    }

    /// <summary>Writes the two slots that begin at <paramref name="value"/> to an xmm register or sixteen bytes of memory.</summary>
    public void WriteVector(int operand, Slot value)
    {
        if (IsMemory(operand))
        {
            var (a, b, displacement) = ReferenceOf(operand);
            Ir.Append(new IrInstruction(IrOpcode.Store128, 16, default, a, b, value, displacement));
            return;
        }
        var slot = SlotOf(_instruction.GetOpRegister(operand));
        Ir.Move(slot, value);
        Ir.Move(High(slot), High(value));
    }

    /// <summary>The second slot of a pair.</summary>
    public static Slot High(Slot first) => new((ushort)(first.Index + 1));

    /// <summary>Calls a helper, which may write only <paramref name="dst"/> and the slots after it unless its comment says more.</summary>
    public void Call(Helper helper, Slot dst = default, Slot a = default, Slot b = default, Slot c = default, ulong immediate = 0) =>
        Ir.Call(HelperTable.NumberOf(helper), dst, a, b, c, immediate);

    public Slot ZeroExtend(int size, Slot value) => size switch
    {
        1 => Ir.Unary(IrOpcode.ZeroExtend8, value),
        2 => Ir.Unary(IrOpcode.ZeroExtend16, value),
        4 => Ir.Unary(IrOpcode.ZeroExtend32, value),
        _ => value,
    };

    public Slot SignExtend(int size, Slot value) => size switch
    {
        1 => Ir.Unary(IrOpcode.SignExtend8, value),
        2 => Ir.Unary(IrOpcode.SignExtend16, value),
        4 => Ir.Unary(IrOpcode.SignExtend32, value),
        _ => value,
    };

    /// <summary>All ones in the low <paramref name="size"/> bytes.</summary>
    public static ulong Mask(int size) => size >= 8 ? ulong.MaxValue : (1UL << (8 * size)) - 1;

    /// <summary>The slot that holds a register: of a vector or x87 register the first of two, of ah the whole of rax.</summary>
    public static Slot SlotOf(Register register)
    {
        if (IsHighByte(register))
            return Slots.General(register - Register.AH);
        if (register.IsGPR())
            return Slots.General(register.GetFullRegister() - Register.RAX);
        if (register.IsXMM())
            return Slots.Xmm(register - Register.XMM0);
        if (register.IsSegmentRegister())
            return Slots.Segment(register - Register.ES);
        throw new ArgumentOutOfRangeException(nameof(register), register, "no slot of its own");
    }

    private static bool IsHighByte(Register register) => register is Register.AH or Register.CH or Register.DH or Register.BH;

    private enum Kind { Register, Immediate, Memory }

    private static Kind KindOf(OpKind kind) => kind switch
    {
        OpKind.Register => Kind.Register,
        >= OpKind.Immediate8 and <= OpKind.Immediate32to64 => Kind.Immediate,
        >= OpKind.MemorySegSI and <= OpKind.Memory => Kind.Memory,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "a branch target is no value"),
    };

    private static int ImmediateSize(OpKind kind) => kind switch
    {
        OpKind.Immediate8 or OpKind.Immediate8_2nd => 1,
        OpKind.Immediate16 or OpKind.Immediate8to16 => 2,
        OpKind.Immediate32 or OpKind.Immediate8to32 => 4,
        _ => 8,
    };
}
