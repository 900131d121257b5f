using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Multiplication, division and checksums of integers.</summary>
internal static class MultiplyDivide
{
    [Encoding("sf 0011011000 Rm 0 Ra Rn Rd", "MADD")]
    public static void MultiplyAdd(Lifter lifter)
    {
        var product = lifter.Ir.Binary(IrOpcode.Multiply, Lifter.X(lifter.Rn), Lifter.X(lifter.Rm));
        lifter.Write(lifter.Rd, lifter.Ra == 31 ? product : lifter.Ir.Add(Lifter.X(lifter.Ra), product));
    }

    [Encoding("sf 0011011000 Rm 1 Ra Rn Rd", "MSUB")]
    public static void MultiplySubtract(Lifter lifter)
    {
        var product = lifter.Ir.Binary(IrOpcode.Multiply, Lifter.X(lifter.Rn), Lifter.X(lifter.Rm));
        lifter.Write(lifter.Rd, lifter.Ir.Subtract(Lifter.X(lifter.Ra), product));
    }

    [Encoding("10011011001 Rm 0 Ra Rn Rd", "SMADDL")]
    public static void SignedMultiplyAddLong(Lifter lifter) =>
        lifter.WriteX(lifter.Rd, lifter.Ir.Add(Lifter.X(lifter.Ra), LongProduct(lifter, IrOpcode.SignExtend32)));

    [Encoding("10011011001 Rm 1 Ra Rn Rd", "SMSUBL")]
    public static void SignedMultiplySubtractLong(Lifter lifter) =>
        lifter.WriteX(lifter.Rd, lifter.Ir.Subtract(Lifter.X(lifter.Ra), LongProduct(lifter, IrOpcode.SignExtend32)));

    [Encoding("10011011101 Rm 0 Ra Rn Rd", "UMADDL")]
    public static void UnsignedMultiplyAddLong(Lifter lifter) =>
        lifter.WriteX(lifter.Rd, lifter.Ir.Add(Lifter.X(lifter.Ra), LongProduct(lifter, IrOpcode.ZeroExtend32)));

    [Encoding("10011011101 Rm 1 Ra Rn Rd", "UMSUBL")]
    public static void UnsignedMultiplySubtractLong(Lifter lifter) =>
        lifter.WriteX(lifter.Rd, lifter.Ir.Subtract(Lifter.X(lifter.Ra), LongProduct(lifter, IrOpcode.ZeroExtend32)));

    /// <summary>Ra should be all ones and is not looked at.</summary>
    [Encoding("10011011010 Rm 0 Ra Rn Rd", "SMULH")]
    public static void SignedMultiplyHigh(Lifter lifter) =>
        lifter.WriteX(lifter.Rd, lifter.Ir.Binary(IrOpcode.MultiplyHighSigned, Lifter.X(lifter.Rn), Lifter.X(lifter.Rm)));

    [Encoding("10011011110 Rm 0 Ra Rn Rd", "UMULH")]
    public static void UnsignedMultiplyHigh(Lifter lifter) =>
        lifter.WriteX(lifter.Rd, lifter.Ir.Binary(IrOpcode.MultiplyHighUnsigned, Lifter.X(lifter.Rn), Lifter.X(lifter.Rm)));

    [Encoding("sf 0011010110 Rm 000010 Rn Rd", "UDIV")]
    public static void DivideUnsigned(Lifter lifter) =>
        lifter.Write(lifter.Rd, lifter.Ir.Binary(IrOpcode.DivideUnsigned, lifter.Read(lifter.Rn), lifter.Read(lifter.Rm)));

    [Encoding("sf 0011010110 Rm 000011 Rn Rd", "SDIV")]
    public static void DivideSigned(Lifter lifter) =>
        lifter.Write(lifter.Rd, lifter.Ir.Binary(IrOpcode.DivideSigned, Signed(lifter, lifter.Rn), Signed(lifter, lifter.Rm)));

    [Encoding("sf 0011010110 Rm 0100 xx Rn Rd", "CRC32B, CRC32H, CRC32W, CRC32X")]
    [Encoding("sf 0011010110 Rm 0101 xx Rn Rd", "CRC32CB, CRC32CH, CRC32CW, CRC32CX")]
    public static void Checksum(Lifter lifter)
    {
        int size = lifter.Field(10, 2);
        if (lifter.Sf != (size == 3))
        {
            lifter.Reject();
            return;
        }
        var result = lifter.Ir.Temporary();
        Helper helper = lifter.IsSet(12) ? ChecksumHelpers.Castagnoli : ChecksumHelpers.Ieee;
        lifter.Call(helper, result, Lifter.X(lifter.Rn), Lifter.X(lifter.Rm), default, 1UL << size);
        lifter.WriteX(lifter.Rd, result);
    }

    private static Slot Signed(Lifter lifter, int register) =>
        lifter.Sf ? Lifter.X(register) : lifter.Ir.Unary(IrOpcode.SignExtend32, Lifter.X(register));

    private static Slot LongProduct(Lifter lifter, IrOpcode extension) =>
        lifter.Ir.Binary(IrOpcode.Multiply, lifter.Ir.Unary(extension, Lifter.X(lifter.Rn)),
            lifter.Ir.Unary(extension, Lifter.X(lifter.Rm)));
}
