using System.Buffers.Binary;
using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;
using Arch.Arm64.Registers;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>The arm64 processor at exception level 0, AArch64 state only.</summary>
public sealed class Arm64InstructionSet : InstructionSet
{
    [ThreadStatic]
    private static Lifter? _lifter;

    public override int Registers => Slots.Count;

    public override Slot TraceFlag => Slots.SS;

    public override int AddressBits => 48;

    public override int MaximumInstructionLength => sizeof(uint);

    public override bool WatchStopsBefore => true;

    public override IReadOnlyList<Helper> Helpers => HelperTable.All;

    public override IReadOnlyList<Slot> Flags { get; } = [Slots.N, Slots.Z, Slots.C, Slots.V];

    public override IReadOnlyList<Slot> Vectors { get; } = [.. Enumerable.Range(0, 32).Select(Slots.Vector)];

    public override Slot FloatStatus => Slots.FloatStatus;

    public override InlineHelper? Inline(int helper, ulong immediate) => InlineTable.Of(helper, immediate);

    public override bool IsLocal(int helper) => InlineTable.IsLocal(helper);

    public override int Lift(IrBuilder builder, ulong pc, ReadOnlySpan<byte> code)
    {
        if ((pc & 3) != 0)
        {
            // The alignment is looked at before the fetch.
            builder.Start(pc, 1);
            builder.Trap(Traps.PcAlignment, pc);
            return 1;
        }
        if (code.Length < sizeof(uint))
            return 0;
        int start = builder.Operations.Count;
        builder.Start(pc, sizeof(uint));
        uint word = BinaryPrimitives.ReadUInt32LittleEndian(code);
        if (DecodeTable.Decode(word) is { } row)
        {
            var lifter = _lifter ??= new Lifter();
            lifter.Begin(builder, pc, word);
            row.Lift(lifter);
            if (!lifter.IsRejected)
                return sizeof(uint);
            builder.Truncate(start + 1);
        }
        builder.Trap(Traps.Undefined, pc);
        return sizeof(uint);
    }

    public override void Reset(Cpu cpu)
    {
        // Every register is 0.
    }
}
