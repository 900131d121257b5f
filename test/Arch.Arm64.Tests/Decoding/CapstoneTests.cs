using Arch.Arm64.Decoding;
using Arch.Arm64.Lifting;
using NUnit.Framework;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Tests.Decoding;

/// <summary>
/// The decoder against Capstone, on random words: what both know must be the same instruction, and what only one knows must have a known
/// reason.
/// </summary>
[TestFixture]
internal sealed class CapstoneTests
{
    private const int Batch = 1 << 14, Reported = 40;

    private readonly Arm64InstructionSet _set = new();
    private readonly IrBuilder _builder = new(new Arm64InstructionSet().Registers);

    [Test]
    public void AgreesWithCapstone()
    {
        using var capstone = CapstoneDecoder.TryCreate();
        if (capstone is null)
            Assert.Ignore("Capstone's package has no library for this machine");
        int words = TestContext.Parameters.Get("words", 200_000), seed = TestContext.Parameters.Get("seed", 1);
        var random = new Random(seed);
        var batch = new uint[Batch];
        var (same, neither) = (0, 0);
        var classes = new SortedDictionary<string, (int Count, string Example)>(StringComparer.Ordinal);
        var differences = new List<string>();
        for (int done = 0; done < words && differences.Count < Reported; done += batch.Length)
        {
            foreach (ref uint word in batch.AsSpan())
                word = Draw(random);
            var texts = capstone.Decode(batch);
            for (int i = 0; i < batch.Length; i++)
            {
                uint word = batch[i];
                var (ours, theirs) = (Ours(word), texts[i]);
                if (ours is null && theirs is null)
                    neither++;
                else if (ours is not null && theirs is not null && Mnemonics.AreSame(ours, theirs))
                    same++;
                else if (KnownDifferences.Reason(word, ours, theirs) is { } reason)
                    classes[reason] = (classes.GetValueOrDefault(reason).Count + 1, $"{word:x8} {ours ?? "-"} | {theirs ?? "-"}");
                else
                    differences.Add($"{word:x8} ours {ours ?? "-"}, Capstone's {theirs ?? "-"}");
            }
        }
        TestContext.Out.WriteLine($"seed {seed}: {same} words are the same instruction, {neither} are none to either");
        foreach (var (reason, (count, example)) in classes)
            TestContext.Out.WriteLine($"{count,8} {reason}, such as {example}");
        Assert.That(differences, Is.Empty, () => $"seed {seed}\n{string.Join('\n', differences)}");
    }

    /// <summary>Any word; or one of some row; or one that differs from it in one bit.</summary>
    private static uint Draw(Random random)
    {
        uint any = (uint)random.NextInt64();
        int kind = random.Next(4);
        if (kind == 0)
            return any;
        var pattern = DecodeTable.Rows[random.Next(DecodeTable.Rows.Count)].Pattern;
        uint word = pattern.Value | (any & ~pattern.Mask);
        return kind == 1 ? word ^ 1u << random.Next(32) : word;
    }

    /// <summary>The row that a word is lifted by; null when it is undefined.</summary>
    private string? Ours(uint word)
    {
        _builder.Clear();
        _set.Lift(_builder, 0, BitConverter.GetBytes(word));
        return _builder.Operations[^1] is { Op: IrOpcode.Trap } trap && IsUndefined(trap) ? null : DecodeTable.Decode(word)!.Name;
    }

    private static bool IsUndefined(IrInstruction trap) => trap.Width == Registers.Traps.Undefined;
}
