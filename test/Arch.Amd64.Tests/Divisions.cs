using System.Buffers.Binary;
using System.Numerics;
using Iced.Intel;

namespace Arch.Amd64.Tests;

/// <summary>The definition of #DE in unbounded integers.</summary>
internal static class Divisions
{
    /// <summary>Whether <paramref name="instruction"/> is a division without a quotient that fits.</summary>
    public static bool Overflows(MachineState state, in Instruction instruction)
    {
        if (instruction.Mnemonic is not (Mnemonic.Div or Mnemonic.Idiv))
            return false;
        bool isSigned = instruction.Mnemonic == Mnemonic.Idiv;
        bool isMemory = instruction.Op0Kind == OpKind.Memory;
        int size = isMemory ? instruction.MemorySize.GetSize() : instruction.Op0Register.GetSize();
        ulong raw = isMemory ? Memory(state, instruction) : RegisterValue(state, instruction.Op0Register);
        var divisor = Number([raw], size, isSigned);
        if (divisor.IsZero)
            return true;
        var quotient = BigInteger.Divide(Dividend(state, size, isSigned), divisor);
        var limit = BigInteger.One << (8 * size - (isSigned ? 1 : 0));
        return quotient >= limit || quotient < (isSigned ? -limit : 0);
    }

    private static BigInteger Dividend(MachineState state, int size, bool isSigned)
    {
        if (size == 1)
            return Number([state[Register.RAX]], 2, isSigned);
        var high = Number([state[Register.RDX]], size, isSigned);
        return (high << (8 * size)) + Number([state[Register.RAX]], size, isSigned: false);
    }

    private static BigInteger Number(ReadOnlySpan<ulong> value, int size, bool isSigned)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value[0]);
        return new BigInteger(bytes[..size], isUnsigned: !isSigned);
    }

    private static ulong Memory(MachineState state, in Instruction instruction) =>
        BinaryPrimitives.ReadUInt64LittleEndian(state.Data.AsSpan((int)(Preparation.Address(state, instruction) - Layout.Data)));

    private static ulong RegisterValue(MachineState state, Register register) =>
        register is Register.AH or Register.CH or Register.DH or Register.BH
            ? state.Registers[register - Register.AH] >> 8
            : state[register];
}
