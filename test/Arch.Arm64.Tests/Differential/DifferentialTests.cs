using Arch.Arm64.Decoding;
using NUnit.Framework;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Tests.Differential;

/// <summary>Every instruction that can be compared against qemu-aarch64, alone and in short sequences, on random states.</summary>
[TestFixture]
internal sealed class DifferentialTests
{
    /// <summary>Differences that are told before a test gives up.</summary>
    private const int Reported = 20;

    private static IEnumerable<string> Families() =>
        CaseGenerator.Comparable().Select(row => row.Method.DeclaringType!.Name).Distinct().Order();

    [TestCaseSource(nameof(Families))]
    public void AgreesWithQemu(string family) =>
        Compare(CaseGenerator.Comparable().Where(row => row.Method.DeclaringType!.Name == family),
            TestContext.Parameters.Get("cases", 3000));

    [Test]
    public void AgreesWithQemuInSequences() => Compare(CaseGenerator.Comparable(), TestContext.Parameters.Get("sequences", 5000));

    private static unsafe void Compare(IEnumerable<DecodeTable.Row> rows, int cases)
    {
        using var reference = Reference.TryStart();
        if (reference is null)
            Assert.Ignore("qemu-aarch64 is not installed, or scripts/build-guests.sh has not run");
        int seed = TestContext.Parameters.Get("seed", 1);
        var generator = new CaseGenerator(seed, rows);
        using var guest = new GuestCpu(reference.CodeAddress, reference.MemoryAddress);
        var (compared, unaligned) = (0, 0);
        var drawn = new MachineState[Reference.Batch];
        var expected = new MachineState[Reference.Batch];
        var differences = new List<string>();
        for (int done = 0; done < cases && differences.Count < Reported; done += drawn.Length)
        {
            foreach (ref var state in drawn.AsSpan())
                generator.Draw(ref state);
            reference.Execute(drawn, expected);
            for (int i = 0; i < drawn.Length; i++)
            {
                var actual = drawn[i];
                var exit = guest.Execute(ref actual);
                // qemu 7.2 does not check the alignment that atomic accesses of Armv8.0 need.
                if (exit is { Kind: ExitKind.Trap, Trap: Registers.Traps.DataAlignment })
                {
                    unaligned++;
                    continue;
                }
                compared++;
                string difference = actual.DifferenceFrom(expected[i]);
                if (difference.Length > 0)
                    differences.Add($"{Describe(drawn[i], reference.CodeAddress)}: {difference}");
            }
        }
        TestContext.Out.WriteLine(
            $"seed {seed}: {compared} cases compared, {unaligned} left out for an alignment fault that qemu does not raise");
        Assert.That(differences, Is.Empty, () => $"seed {seed}: ours, not qemu's\n{string.Join('\n', differences)}");
    }

    private static unsafe string Describe(in MachineState state, ulong codeAddress)
    {
        var text = new List<string>();
        for (int i = 0; i < MachineState.Words && state.Code[i] != 0xd503_201f; i++)
            text.Add(Disassembly.Describe(BitConverter.GetBytes(state.Code[i]), codeAddress + (ulong)(4 * i)));
        return $"[{string.Join("; ", text)}] nzcv {state.Nzcv >> 28:x} fpcr {state.Fpcr:x}";
    }
}
