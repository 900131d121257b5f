using System.Runtime.Intrinsics;
using Arch.Arm64.Helpers;
using NUnit.Framework;

namespace Arch.Arm64.Tests;

/// <summary>
/// What hosts without instructions for cryptography compute: the examples of FIPS 197, and the same as the host's instructions.
/// </summary>
internal sealed class CryptoTests
{
    // FIPS 197, appendix B, round 1.
    private static readonly Vector128<byte> Start = State("193de3bea0f4e22b9ac68d2ae9f84808"),
        Shifted = State("d4bf5d30e0b452aeb84111f11e2798e5"), Mixed = State("046681e5e0cb199a48f8d37a2806264c");

    [Test]
    public void TheStepsAreThoseOfTheStandard()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(AesSteps.Substituted(Start), Is.EqualTo(Shifted));
            Assert.That(AesSteps.SubstitutedBack(Shifted), Is.EqualTo(Start));
            Assert.That(AesSteps.Mixed(Shifted), Is.EqualTo(Mixed));
            Assert.That(AesSteps.MixedBack(Mixed), Is.EqualTo(Shifted));
        }
    }

    [Test]
    public void EveryHostComputesTheSame([Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 2000; i++)
        {
            var (state, key) = (Draw(random), Draw(random));
            var (a, b) = ((ulong)random.NextInt64(long.MinValue, long.MaxValue), (ulong)random.NextInt64(long.MinValue, long.MaxValue));
            using (Assert.EnterMultipleScope())
            {
                Assert.That(AesSteps.Substituted(state ^ key), Is.EqualTo(CryptoInlines.AesEncrypt(state, key)), $"seed {seed}");
                Assert.That(AesSteps.SubstitutedBack(state ^ key), Is.EqualTo(CryptoInlines.AesDecrypt(state, key)), $"seed {seed}");
                Assert.That(AesSteps.Mixed(state), Is.EqualTo(CryptoInlines.AesMixColumns(state)), $"seed {seed}");
                Assert.That(AesSteps.MixedBack(state), Is.EqualTo(CryptoInlines.AesInverseMixColumns(state)), $"seed {seed}");
                Assert.That(CryptoInlines.Product(a, b), Is.EqualTo(CryptoInlines.PolynomialMultiplyLong(a, b)), $"seed {seed}");
            }
        }
    }

    private static Vector128<byte> Draw(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return Vector128.Create(bytes);
    }

    private static Vector128<byte> State(string bytes) => Vector128.Create(Convert.FromHexString(bytes));
}
