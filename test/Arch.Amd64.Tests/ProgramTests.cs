using Arch.Amd64.Lifting;
using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Tests;

/// <summary>
/// Random loops against the host's processor: long enough for the engine to reduce them, so that what one instruction leaves is what the
/// next ones find, dead or alive.
/// </summary>
[TestFixture]
internal sealed class ProgramTests
{
    private const int Instructions = 30, Iterations = 200;
    private const ulong AF = 1 << 4;

    private static readonly Code[] Codes =
        [.. InstructionRows.Lifted().Where(code => InstructionRows.NotComparable(code) is null && IsDefined(code))];

    [Test]
    public void LoopsAgreeWithTheHost([Range(1, 20)] int seed, [Values] bool translated)
    {
        if (!NativeCpu.IsSupported)
            Assert.Ignore("the host is not Linux on x86-64");
        int count = int.Parse(TestContext.Parameters.Get("programs", "10"));
        var random = new Random(seed);
        var guest = new GuestCpu(new TranslationPolicy(IsOn: translated, Threshold: 2, Growth: 4, IsImmediate: true));
        var (before, expected, actual) = (new MachineState(), new MachineState(), new MachineState());
        for (int program = 0; program < count; program++)
        {
            byte[] code = Draw(random, out string text);
            Preparation.TryPrepare(before, new Instruction { Code = Code.Nopd, IP = Layout.Instruction }, random);
            before[Register.R15] = Iterations;
            before.Flags &= ~MachineState.Direction;
            before.CopyTo(expected);
            before.CopyTo(actual);
            guest.ExecuteProgram(actual, code);
            NativeCpu.Execute(expected, code);
            Assert.That(actual.DifferenceFrom(expected, AF), Is.Empty, () => $"program {program}:\n{text}");
        }
    }

    /// <summary>Instructions around a loop that counts in r15, which they leave alone, as they do the stack.</summary>
    private static byte[] Draw(Random random, out string text)
    {
        var forms = new InstructionForms(random);
        var facts = new InstructionInfoFactory();
        var code = new List<byte>();
        var lines = new List<string>();
        while (lines.Count < Instructions)
        {
            if (forms.Draw(Codes[random.Next(Codes.Length)], Layout.Instruction + (ulong)code.Count) is not var (instruction, bytes) ||
                !IsSelfContained(facts.GetInfo(instruction)))
                continue;
            code.AddRange(bytes);
            lines.Add(instruction.ToString());
        }
        // dec r15; jnz back
        code.AddRange([0x49, 0xff, 0xcf, 0x0f, 0x85]);
        code.AddRange(BitConverter.GetBytes(-(code.Count + 4)));
        text = string.Join("\n", lines);
        return [.. code];
    }

    /// <summary>Memory only at fixed addresses, and neither rsp nor r15.</summary>
    private static bool IsSelfContained(InstructionInfo facts)
    {
        foreach (var memory in facts.GetUsedMemory())
        {
            if (memory.Base != Register.None || memory.Index != Register.None)
                return false;
        }
        foreach (var register in facts.GetUsedRegisters())
        {
            if (register.Register.GetFullRegister() is Register.R15 or Register.RSP)
                return false;
        }
        return true;
    }

    /// <summary>Leaves no flag undefined but AF, which nothing among these reads, goes nowhere and needs no aligned address.</summary>
    private static bool IsDefined(Code code)
    {
        var family = LiftTable.Find(code)!.Method.DeclaringType;
        if (code == Code.Cmpxchg16b_m128)
            return false;
        return family == typeof(Arithmetic) || family == typeof(Logic) || family == typeof(DataMovement) ||
            family == typeof(CompareExchange) || code.Mnemonic() is Mnemonic.Popcnt or Mnemonic.Clc or Mnemonic.Stc or Mnemonic.Cmc ||
            (family == typeof(Shifts) && code.ToString().EndsWith("_1", StringComparison.Ordinal));
    }
}
