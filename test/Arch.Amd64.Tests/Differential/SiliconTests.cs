using NUnit.Framework;

namespace Arch.Amd64.Tests.Differential;

/// <summary>
/// Random instruction sequences on the host's processor and in the machine, as one program built for Linux and for FreeBSD: registers,
/// flags, FPU, memory, faults, signal frames. scripts/differential-amd64.sh runs as many as wanted.
/// </summary>
[TestFixture]
internal sealed class SiliconTests
{
    private const int Batch = 500;

    private static readonly int Cases = int.Parse(TestContext.Parameters.Get("cases", "4000"));
    private static readonly int Seed = int.Parse(TestContext.Parameters.Get("seed", "1"));
    private static readonly int First = int.Parse(TestContext.Parameters.Get("first", "0"));

    [Test]
    public async Task MachineAndProcessorAgree()
    {
        if (!NativeCpu.IsSupported)
            Assert.Ignore("the host is not Linux on x86-64");
        Assert.That(CaseProcess.IsBuilt, "the guests are not built: run scripts/build-guests.sh");
        var met = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var vectors = new SortedDictionary<ulong, int>();
        var mismatches = new List<string>();
        using var host = CaseProcess.OnHost();
        using var machine = CaseProcess.InMachine();
        for (int done = 0; done < Cases; done += Batch)
        {
            var cases = Draw(First + done, Math.Min(Batch, Cases - done));
            var running = machine.Execute(cases);
            byte[] expected = await host.Execute(cases).ConfigureAwait(false);
            byte[] actual = await running.ConfigureAwait(false);
            for (int i = 0; i < cases.Count; i++)
            {
                var right = expected.AsSpan(i * Outcome.Size, Outcome.Size);
                Count(cases[i], right, met, vectors);
                if (Outcome.Difference(cases[i], right, actual.AsSpan(i * Outcome.Size, Outcome.Size)) is { Length: > 0 } difference)
                    mismatches.Add($"seed {Seed} case {First + done + i}: {difference}\n{cases[i]}\n");
            }
        }
        Print(met, vectors);
        Assert.That(mismatches, Is.Empty, () => $"{mismatches.Count} mismatches\n{string.Join('\n', mismatches.Take(30))}");
    }

    /// <summary>Each case has a seed of its own, so that one can be looked at alone.</summary>
    private static List<Case> Draw(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(number => new CaseGenerator(new Random(HashCode(Seed, number))).Draw())];

    private static int HashCode(int seed, int number) => unchecked((seed * 0x1000193 ^ number) * (int)0x9e3779b1);

    private static void Count(Case given, ReadOnlySpan<byte> outcome, SortedDictionary<string, int> met, SortedDictionary<ulong, int> vectors)
    {
        ulong? vector = Outcome.VectorOf(outcome);
        if (vector is { } number)
            vectors[number] = vectors.GetValueOrDefault(number) + 1;
        foreach (var step in given.Steps)
        {
            if (vector is not null && step.Address > Outcome.PcOf(outcome))
                break;
            string name = step.Instruction.Code.ToString();
            met[name] = met.GetValueOrDefault(name) + 1;
        }
    }

    private static void Print(SortedDictionary<string, int> met, SortedDictionary<ulong, int> vectors)
    {
        var output = TestContext.Out;
        output.WriteLine($"{Cases} cases, seed {Seed}: {met.Values.Sum()} instructions of {met.Count} codes; faults by vector: " +
            string.Join(", ", vectors.Select(pair => $"{pair.Key} × {pair.Value}")));
        output.WriteLine($"met: {string.Join(" ", met.Select(pair => $"{pair.Key}:{pair.Value}"))}");
        var missed = Population.Integer.Concat(Population.Vector).Select(code => code.ToString()).Where(name => !met.ContainsKey(name)).ToList();
        output.WriteLine($"drawn but not met: {missed.Count} {string.Join(" ", missed)}");
        output.WriteLine("left out: " + string.Join("; ", Population.Left.GroupBy(row => row.Reason, row => row.Code.ToString())
            .Select(group => $"{group.Key}: {string.Join(" ", group)}")));
    }
}
