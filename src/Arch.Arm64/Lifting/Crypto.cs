using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Lifting;

/// <summary>AES, SHA-1 and SHA-256 (FEAT_AES, FEAT_SHA1, FEAT_SHA256).</summary>
internal static class Crypto
{
    [Encoding("0100111000101000010010 Rn Rd", "AESE")]
    public static void AesEncrypt(Lifter lifter) => Two(lifter, CryptoHelpers.AesEncrypt);

    [Encoding("0100111000101000010110 Rn Rd", "AESD")]
    public static void AesDecrypt(Lifter lifter) => Two(lifter, CryptoHelpers.AesDecrypt);

    [Encoding("0100111000101000011010 Rn Rd", "AESMC")]
    public static void AesMixColumns(Lifter lifter) => Two(lifter, CryptoHelpers.AesMixColumns);

    [Encoding("0100111000101000011110 Rn Rd", "AESIMC")]
    public static void AesInverseMixColumns(Lifter lifter) => Two(lifter, CryptoHelpers.AesInverseMixColumns);

    [Encoding("01011110000 Rm 000000 Rn Rd", "SHA1C")]
    public static void Sha1Choose(Lifter lifter) => Three(lifter, CryptoHelpers.Sha1Choose);

    [Encoding("01011110000 Rm 000100 Rn Rd", "SHA1P")]
    public static void Sha1Parity(Lifter lifter) => Three(lifter, CryptoHelpers.Sha1Parity);

    [Encoding("01011110000 Rm 001000 Rn Rd", "SHA1M")]
    public static void Sha1Majority(Lifter lifter) => Three(lifter, CryptoHelpers.Sha1Majority);

    [Encoding("01011110000 Rm 001100 Rn Rd", "SHA1SU0")]
    public static void Sha1Schedule0(Lifter lifter) => Three(lifter, CryptoHelpers.Sha1Schedule0);

    [Encoding("01011110000 Rm 010000 Rn Rd", "SHA256H")]
    public static void Sha256Hash(Lifter lifter) => Three(lifter, CryptoHelpers.Sha256Hash);

    [Encoding("01011110000 Rm 010100 Rn Rd", "SHA256H2")]
    public static void Sha256Hash2(Lifter lifter) => Three(lifter, CryptoHelpers.Sha256Hash2);

    [Encoding("01011110000 Rm 011000 Rn Rd", "SHA256SU1")]
    public static void Sha256Schedule1(Lifter lifter) => Three(lifter, CryptoHelpers.Sha256Schedule1);

    [Encoding("0101111000101000000010 Rn Rd", "SHA1H")]
    public static void Sha1Rotate(Lifter lifter) => Two(lifter, CryptoHelpers.Sha1Rotate);

    [Encoding("0101111000101000000110 Rn Rd", "SHA1SU1")]
    public static void Sha1Schedule1(Lifter lifter) => Two(lifter, CryptoHelpers.Sha1Schedule1);

    [Encoding("0101111000101000001010 Rn Rd", "SHA256SU0")]
    public static void Sha256Schedule0(Lifter lifter) => Two(lifter, CryptoHelpers.Sha256Schedule0);

    private static void Two(Lifter lifter, Helper helper) => lifter.Call(helper, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn));

    private static void Three(Lifter lifter, Helper helper) =>
        lifter.Call(helper, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), Lifter.V(lifter.Rm));
}
