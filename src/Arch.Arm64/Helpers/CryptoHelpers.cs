using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>
/// AES, SHA-1, SHA-256 and PMULL: what <see cref="CryptoInlines"/> computes, of slots. Operands are those of the manual: d, n and m.
/// </summary>
internal static class CryptoHelpers
{
    public static int AesEncrypt(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.AesEncrypt(Load<byte>(cpu, dst), Load<byte>(cpu, a)));

    public static int AesDecrypt(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.AesDecrypt(Load<byte>(cpu, dst), Load<byte>(cpu, a)));

    public static int AesMixColumns(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.AesMixColumns(Load<byte>(cpu, a)));

    public static int AesInverseMixColumns(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.AesInverseMixColumns(Load<byte>(cpu, a)));

    public static int PolynomialMultiplyLong(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.PolynomialMultiplyLong(cpu.File[a], cpu.File[b]));

    public static int Sha1Choose(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.Sha1Choose(Load<uint>(cpu, dst), cpu.File[a], Load<uint>(cpu, b)));

    public static int Sha1Parity(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.Sha1Parity(Load<uint>(cpu, dst), cpu.File[a], Load<uint>(cpu, b)));

    public static int Sha1Majority(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.Sha1Majority(Load<uint>(cpu, dst), cpu.File[a], Load<uint>(cpu, b)));

    public static int Sha1Rotate(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.Sha1Rotate(cpu.File[a]));

    public static int Sha1Schedule0(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.Sha1Schedule0(Load<uint>(cpu, dst), Load<uint>(cpu, a), Load<uint>(cpu, b)));

    public static int Sha1Schedule1(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.Sha1Schedule1(Load<uint>(cpu, dst), Load<uint>(cpu, a)));

    public static int Sha256Hash(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.Sha256Hash(Load<uint>(cpu, dst), Load<uint>(cpu, a), Load<uint>(cpu, b)));

    public static int Sha256Hash2(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.Sha256Hash2(Load<uint>(cpu, dst), Load<uint>(cpu, a), Load<uint>(cpu, b)));

    public static int Sha256Schedule0(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.Sha256Schedule0(Load<uint>(cpu, dst), Load<uint>(cpu, a)));

    public static int Sha256Schedule1(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Store(cpu, dst, CryptoInlines.Sha256Schedule1(Load<uint>(cpu, dst), Load<uint>(cpu, a), Load<uint>(cpu, b)));

    private static Vector128<T> Load<T>(Cpu cpu, int slot) => Vector128.Create(cpu.File[slot], cpu.File[slot + 1]).As<ulong, T>();

    private static int Store<T>(Cpu cpu, int slot, Vector128<T> value)
    {
        (cpu.File[slot], cpu.File[slot + 1]) = (value.AsUInt64()[0], value.AsUInt64()[1]);
        return InstructionSet.NoTrap;
    }
}
