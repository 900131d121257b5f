using NUnit.Framework;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Tests.Machine;

public sealed class VerifierTests
{
    private const int Registers = 14;

    private static readonly Slot R0 = new(2), R1 = new(3), R2 = new(4), Temporary = new(Registers);

    private static readonly (string Why, Action<IrBuilder> Block, string? Error)[] Cases =
    [
        ("an empty instruction", o => { }, null),
        ("a store, then a register", o => { o.Store(8, R0, R1); o.Move(R1, 1); }, null),
        ("a register, then a store", o => { o.Move(R0, 1); o.Store(8, R0, R1); }, "fault"),
        ("a register, then a load", o => { o.Move(R0, 1); o.Load(8, R1); }, "fault"),
        ("a register, then a condition", o => { o.Move(R0, 1); o.TrapIf(R1, 0); }, "fault"),
        ("a register, then a call", o => { o.Move(R0, 1); o.Call(0, o.Temporary()); }, "fault"),
        ("a register, then an exit", o => { o.Move(R0, 1); o.GotoIf(R1, 0x2000); o.Trap(3, 0x1004); }, null),
        ("a store, then a load", o => { o.Store(8, R0, R1); o.Load(8, R1); }, "fault"),
        ("a store, then a probe", o => { o.Store(8, R0, R1); o.ProbeWrite(8, R2); }, "fault"),
        ("two stores", o => { o.Store(8, R0, R1); o.Store(8, R0, R2); }, "fault"),
        ("two stores, the second probed", o => { o.ProbeWrite(8, R2); o.Store(8, R0, R1); o.Store(8, R0, R2); }, null),
        ("two stores in one probe", o => { o.ProbeWrite(16, R1, 4); o.Store(8, R0, R1, displacement: 4); o.Store(8, R0, R1, displacement: 12); }, null),
        ("a store that its probe does not cover", o => { o.ProbeWrite(16, R1); o.Store(8, R0, R1); o.Store(8, R0, R1, displacement: 9); }, "fault"),
        ("a store below its probe", o => { o.ProbeWrite(16, R1); o.Store(8, R0, R1); o.Store(8, R0, R1, displacement: ulong.MaxValue); }, "fault"),
        ("a probe whose base has changed", o => { o.ProbeWrite(8, R1); o.Move(R1, 0); o.Store(8, R0, R1); }, "fault"),
        ("a call into a register, then a load", o => { o.Call(0, R0); o.Load(8, R1); }, "fault"),
        ("a call into a temporary, then a load", o => { o.Call(0, o.Temporary(), R1); o.Load(8, R1); }, null),
        ("a call's second result", o => { var pair = o.Temporary128(); o.Call(0, pair); o.Move(R0, new Slot((ushort)(pair.Index + 1))); }, null),
        ("a temporary that nothing wrote", o => o.Move(R0, Temporary), "before it is written"),
        ("half a pair that nothing wrote", o => { o.Move(Temporary, 0); o.Store128(Temporary, R0); }, "before it is written"),
        ("a temporary of the instruction before", o => { o.Constant(1); o.Start(0x1004, 4); o.Move(R0, Temporary); }, "before it is written"),
        ("a write to Zero", o => o.Move(Slot.Zero, 1), "never written"),
        ("a write to Pc", o => o.Move(Slot.Pc, 1), "never written"),
        ("a register that does not exist", o => o.Move(new Slot(Registers + 256), 1), "outside"),
        ("half a register that does not exist", o => o.Append(new IrInstruction(IrOpcode.Load128, 16, new Slot(Registers + 255))), "outside"),
        ("a width that is not the operation's", o => o.Append(new IrInstruction(IrOpcode.Load32, 8, Temporary)), "width"),
        ("a gap", o => o.Start(0x1008, 4), "begins at 1008, not at 1004"),
        ("something after an exit", o => { o.Goto(0x1000); o.Move(R0, 1); }, "follows an exit"),
        ("an instruction after an exit", o => { o.GotoIndirect(R0); o.Start(0x1004, 4); }, "follows an exit"),
    ];

    [TestCaseSource(nameof(Names))]
    public void Judges(int number, string why)
    {
        var (_, block, error) = Cases[number];
        var builder = new IrBuilder(Registers);
        builder.Start(0x1000, 4);
        block(builder);
        string? found = new Verifier(Registers).Check(builder.Operations);
        Assert.That(found, error is null ? Is.Null : Does.Contain(error), why);
    }

    [Test]
    public void A_block_begins_with_an_instruction()
    {
        var builder = new IrBuilder(Registers);
        Assert.That(new Verifier(Registers).Check(builder.Operations), Is.Not.Null);
        builder.Move(R0, 1);
        Assert.That(new Verifier(Registers).Check(builder.Operations), Is.Not.Null);
    }

    private static IEnumerable<object[]> Names() => Cases.Select((one, i) => new object[] { i, one.Why });
}
