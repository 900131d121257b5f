using Arch.Amd64.Decoding;
using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>The amd64 processor in user mode, 64-bit code only.</summary>
public sealed class Amd64InstructionSet : InstructionSet
{
    [ThreadStatic]
    private static InstructionReader? _reader;

    [ThreadStatic]
    private static Lifter? _lifter;

    public override int Registers => Slots.Count;

    public override Slot TraceFlag => Slots.TF;

    public override int AddressBits => 47;

    public override int MaximumInstructionLength => InstructionReader.MaximumLength;

    public override IReadOnlyList<Helper> Helpers => HelperTable.All;

    public override IReadOnlyList<Slot> Flags { get; } = [Slots.CF, Slots.PF, Slots.AF, Slots.ZF, Slots.SF, Slots.OF];

    public override IReadOnlyList<Slot> Vectors { get; } = [.. Enumerable.Range(0, 16).Select(Slots.Xmm)];

    public override Slot FloatStatus => Slots.Mxcsr;

    public override InlineHelper? Inline(int helper, ulong immediate) => InlineTable.Of(helper);

    public override bool IsLocal(int helper) => InlineTable.IsLocal(helper);

    public override int Lift(IrBuilder builder, ulong pc, ReadOnlySpan<byte> code)
    {
        var reader = _reader ??= new InstructionReader();
        if (!reader.TryRead(pc, code, out var instruction))
            return 0;
        if (instruction.IsInvalid && instruction.Length == InstructionReader.MaximumLength)
            return TooLong(builder, pc);
        int start = builder.Operations.Count;
        builder.Start(pc, instruction.Length);
        if (LiftTable.Find(instruction.Code) is { } lift && !instruction.Code.IsPrivileged())
        {
            var lifter = _lifter ??= new Lifter();
            lifter.Begin(builder, instruction);
            lift(lifter);
            if (!lifter.IsRejected)
                return instruction.Length;
            builder.Truncate(start + 1);
        }
        Refuse(builder, instruction);
        return instruction.Length;
    }

    public override void Reset(Cpu cpu)
    {
        cpu[Slots.Mxcsr] = 0x1f80;
        cpu[Slots.Fcw] = 0x37f;
    }

    /// <summary>Fifteen bytes that are still no instruction: #GP (Intel SDM volume 2, 2.3.11).</summary>
    private static int TooLong(IrBuilder builder, ulong pc)
    {
        builder.Start(pc, InstructionReader.MaximumLength);
        builder.Trap(Traps.GeneralProtection, pc);
        return InstructionReader.MaximumLength;
    }

    private static void Refuse(IrBuilder builder, in Instruction instruction) =>
        builder.Trap(
            !instruction.IsInvalid && instruction.Code.IsPrivileged() ? Traps.GeneralProtection : Traps.InvalidOpcode, instruction.IP);
}
