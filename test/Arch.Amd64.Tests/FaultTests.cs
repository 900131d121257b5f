using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace Arch.Amd64.Tests;

/// <summary>An instruction that faults leaves every register, flag and byte of memory as it was.</summary>
[TestFixture]
internal sealed class FaultTests
{
    private const int Draws = 12;

    private static IEnumerable<Code> AccessingMemory() =>
        InstructionRows.Lifted().Where(code => InstructionRows.NotComparable(code) is null && MayAccessMemory(code));

    [TestCaseSource(nameof(AccessingMemory))]
    public void LeavesNoTrace(Code code)
    {
        var random = new Random((int)code);
        var forms = new InstructionForms(random);
        var guest = new GuestCpu();
        var (before, after) = (new MachineState(), new MachineState());
        int faults = 0;
        for (int draw = 0; draw < Draws || faults == 0 && draw < 40 * Draws; draw++)
        {
            if (forms.Draw(code) is not var (instruction, bytes) || !Preparation.TryPrepare(before, instruction, random))
                continue;
            foreach (var access in (ReadOnlySpan<Access>)[Access.None, Access.Read])
            {
                before.CopyTo(after);
                guest.DataAccess = access;
                int trap = guest.Execute(after, bytes);
                if (trap != InstructionSet.MemoryFault)
                    continue;
                faults++;
                Assert.That(after.DifferenceFrom(before, 0), Is.Empty, () => $"{instruction}, memory {access}");
            }
        }
        Assert.That(faults, Is.Positive, "no form of it faulted");
    }

    /// <summary>The first iterations of a repeated move are done and shown, the faulting one is not begun.</summary>
    [Test]
    public void RepeatedMoveStopsAtTheElementThatFaults()
    {
        var guest = new GuestCpu();
        var state = new MachineState();
        state[Register.RCX] = 10;
        state[Register.RSI] = Layout.Data;
        state[Register.RDI] = Layout.Data + Layout.DataSize - 24;
        BitConverter.GetBytes(0x1122334455667788).CopyTo(state.Data, 0);

        int trap = guest.Execute(state, [0xf3, 0x48, 0xa5]);

        Assert.That(trap, Is.EqualTo(InstructionSet.MemoryFault));
        Assert.That(state[Register.RCX], Is.EqualTo(7));
        Assert.That(state[Register.RSI], Is.EqualTo(Layout.Data + 24));
        Assert.That(state[Register.RDI], Is.EqualTo(Layout.Data + Layout.DataSize));
        Assert.That(state.Pc, Is.EqualTo(Layout.Instruction));
        Assert.That(BitConverter.ToUInt64(state.Data, Layout.DataSize - 24), Is.EqualTo(0x1122334455667788));
    }

    private static bool IsAccess(UsedMemory memory) => memory.Access is not (OpAccess.None or OpAccess.NoMemAccess);

    /// <summary>Whether some form of it reads or writes memory.</summary>
    private static bool MayAccessMemory(Code code)
    {
        var factory = new InstructionInfoFactory();
        var forms = new InstructionForms(new Random(1));
        for (int draw = 0; draw < 40; draw++)
        {
            if (forms.Draw(code) is var (instruction, _) && factory.GetInfo(instruction).GetUsedMemory().Any(IsAccess))
                return true;
        }
        return false;
    }
}
