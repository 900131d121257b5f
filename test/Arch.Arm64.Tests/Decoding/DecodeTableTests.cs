using Arch.Arm64.Decoding;
using NUnit.Framework;

namespace Arch.Arm64.Tests.Decoding;

/// <summary>The decoder's table.</summary>
[TestFixture]
internal sealed class DecodeTableTests
{
    [Test]
    public void NoWordHasTwoMeanings() =>
        Assert.That(DecodeTable.Ambiguities().Select(pair =>
            $"{pair.First.Name} \"{pair.First.Text}\" and {pair.Second.Name} \"{pair.Second.Text}\""), Is.Empty);

    [Test]
    public void EveryRowIsReached()
    {
        var random = new Random(1);
        foreach (var row in DecodeTable.Rows)
        {
            bool reached = false;
            for (int attempt = 0; attempt < 1000 && !reached; attempt++)
                reached = DecodeTable.Decode(row.Pattern.Value | ((uint)random.NextInt64() & ~row.Pattern.Mask)) == row;
            Assert.That(reached, Is.True, row.Name);
        }
    }

    [TestCase("1101 Rd")]
    [TestCase("sf 0 0 100010 sh imm12 Rd Rn")]
    [TestCase("sf 0 0 100010 sh imm12 Rn nothing")]
    public void PatternsThatDescribeNoWordAreRefused(string text) =>
        Assert.That(() => Pattern.Parse(text), Throws.TypeOf<FormatException>());
}
