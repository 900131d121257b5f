using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

// Effective addresses. A non-canonical one needs no test here: the kernel maps nothing there, so the access fails.
internal sealed partial class Lifter
{
    private readonly InstructionInfoFactory _facts = new();

    /// <summary>An address as loads and stores take it: the sum of all three.</summary>
    private readonly record struct Reference(Slot Base, Slot Index, ulong Displacement);

    /// <summary>The linear address of a memory operand: the effective address plus the FS or GS base.</summary>
    public Slot Address(int operand) => Sum(ReferenceOf(operand));

    /// <summary>The effective address of a memory operand, without any segment base (LEA).</summary>
    public Slot EffectiveAddress(int operand) => Sum(Effective(operand));

    /// <summary>Loads the first <paramref name="size"/> bytes (1, 2, 4 or 8) of a memory operand, zero-extended.</summary>
    public Slot Load(int operand, int size)
    {
        var (a, b, displacement) = ReferenceOf(operand);
        return Ir.Load(size, a, b, displacement, operand == 0 && UpdatesMemory());
    }

    /// <summary>Stores the low <paramref name="size"/> bytes (1, 2, 4 or 8) of <paramref name="value"/> to a memory operand.</summary>
    public void Store(int operand, int size, Slot value)
    {
        var (a, b, displacement) = ReferenceOf(operand);
        Ir.Store(size, value, a, b, displacement);
    }

    /// <summary>
    /// Moves the memory operand by <paramref name="bytes"/>: bit strings, and POP to an address relative to the new stack pointer.
    /// </summary>
    public void Displace(int operand, Slot bytes)
    {
        var moved = new Reference(Sum(Effective(operand)), bytes, 0);
        _reference = AddSegment(HasShortAddress ? Short(moved) : moved);
    }

    /// <summary>
    /// A memory operand's address. An explicit one (there is one at most) is computed once, before any register it names is written.
    /// </summary>
    private Reference ReferenceOf(int operand) => _instruction.GetOpKind(operand) switch
    {
        OpKind.Memory => _reference ??= AddSegment(General()),
        OpKind.MemoryESRDI or OpKind.MemoryESEDI => Effective(operand),
        _ => AddSegment(Effective(operand)),
    };

    private Reference Effective(int operand) => _instruction.GetOpKind(operand) switch
    {
        OpKind.MemorySegRSI => new Reference(Slots.Rsi, Slot.Zero, 0),
        OpKind.MemorySegESI => new Reference(ZeroExtend(4, Slots.Rsi), Slot.Zero, 0),
        OpKind.MemorySegRDI or OpKind.MemoryESRDI => new Reference(Slots.Rdi, Slot.Zero, 0),
        OpKind.MemorySegEDI or OpKind.MemoryESEDI => new Reference(ZeroExtend(4, Slots.Rdi), Slot.Zero, 0),
        OpKind.Memory => General(),
        var kind => throw new ArgumentOutOfRangeException(nameof(operand), kind, "no address in 64-bit mode"),
    };

    private Reference General()
    {
        if (_instruction.IsIPRelativeMemoryOperand)
            return new Reference(Slot.Zero, Slot.Zero, _instruction.IPRelativeMemoryAddress);
        var (a, b) = (AddressPart(_instruction.MemoryBase), AddressPart(_instruction.MemoryIndex));
        if (_instruction.MemoryIndexScale > 1 && b != Slot.Zero)
            b = Ir.ShiftLeft(b, (ulong)int.Log2(_instruction.MemoryIndexScale));
        var reference = new Reference(a, b, _instruction.MemoryDisplacement64);
        return HasShortAddress ? Short(reference) : reference;
    }

    /// <summary>A base or index; XLAT's index is al.</summary>
    private Slot AddressPart(Register register) => register switch
    {
        Register.None => Slot.Zero,
        Register.AL => ReadRegister(Register.AL),
        _ => SlotOf(register),
    };

    private Reference Short(Reference reference) => new(ZeroExtend(4, Sum(reference)), Slot.Zero, 0);

    /// <summary>Whether the address-size prefix makes the explicit memory operand's address 32 bits.</summary>
    private bool HasShortAddress => (_instruction.MemoryBase, _instruction.MemoryIndex) switch
    {
        (Register.None, Register.None) => _instruction.MemoryDisplSize == 4,
        (Register.EIP, _) => true,
        var (register, index) => register.IsGPR32() || index.IsGPR32(),
    };

    private Reference AddSegment(Reference effective)
    {
        if (_instruction.MemorySegment is not (Register.FS or Register.GS))
            return effective;
        var segment = _instruction.MemorySegment == Register.FS ? Slots.FsBase : Slots.GsBase;
        return effective switch
        {
            { Base.Index: 0 } => effective with { Base = segment },
            { Index.Index: 0 } => effective with { Index = segment },
            _ => new Reference(Sum(effective), segment, 0),
        };
    }

    /// <summary>Whether the first operand is memory that is read and written.</summary>
    private bool UpdatesMemory()
    {
        if (_instruction.Op0Kind != OpKind.Memory)
            return false;
        const InstructionInfoOptions AccessOnly = InstructionInfoOptions.NoMemoryUsage | InstructionInfoOptions.NoRegisterUsage;
        return _facts.GetInfo(_instruction, AccessOnly).Op0Access is OpAccess.ReadWrite or OpAccess.ReadCondWrite;
    }

    private Slot Sum(Reference reference)
    {
        var (a, b, displacement) = reference;
        if (b == Slot.Zero && displacement == 0)
            return a;
        var sum = Ir.Temporary();
        Ir.Into(sum, IrOpcode.Add, a, b, displacement);
        return sum;
    }
}
