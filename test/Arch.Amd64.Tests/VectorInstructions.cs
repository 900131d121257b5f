using Iced.Intel;

namespace Arch.Amd64.Tests;

/// <summary>Random instances of an instruction code: operands in registers or in the data page.</summary>
internal static class VectorInstructions
{
    /// <summary>Where a memory operand lies from rbx on; rdi points to it itself.</summary>
    public const int Displacement = 32;

    /// <summary>The codes of a feature that exist in 64-bit code without VEX.</summary>
    public static IEnumerable<Code> Of(CpuidFeature feature) =>
        from code in Enum.GetValues<Code>()
        let encoding = code.ToOpCode()
        where encoding.IsInstruction && encoding.Mode64 && encoding.Encoding == EncodingKind.Legacy && code.CpuidFeatures().Contains(feature)
        select code;

    /// <summary>An instance of <paramref name="code"/> with random registers, and with a memory operand when that is asked for.</summary>
    public static byte[] Encode(Code code, Random random, bool memory)
    {
        var instruction = new Instruction { Code = code };
        var encoding = code.ToOpCode();
        for (int operand = 0; operand < encoding.OpCount; operand++)
            SetOperand(ref instruction, operand, encoding.GetOpKind(operand), random, memory);
        var bytes = new MemoryStream();
        Encoder.Create(64, new StreamCodeWriter(bytes)).Encode(instruction, Layout.Instruction);
        return bytes.ToArray();
    }

    /// <summary>Whether an operand can be, or must be, memory; and whether it can be a register.</summary>
    public static (bool Memory, bool Register) Forms(Code code)
    {
        var encoding = code.ToOpCode();
        var kinds = Enumerable.Range(0, encoding.OpCount).Select(encoding.GetOpKind).ToArray();
        bool only = kinds.Any(kind => kind is OpCodeOperandKind.mem or OpCodeOperandKind.seg_rDI);
        return (only || kinds.Any(kind => kind.ToString().EndsWith("_or_mem", StringComparison.Ordinal)), !only);
    }

    private static void SetOperand(ref Instruction instruction, int operand, OpCodeOperandKind kind, Random random, bool memory)
    {
        switch (kind)
        {
            case OpCodeOperandKind.mem:
            case not OpCodeOperandKind.mem when memory && kind.ToString().EndsWith("_or_mem", StringComparison.Ordinal):
                instruction.SetOpKind(operand, OpKind.Memory);
                instruction.MemoryBase = Register.RBX;
                instruction.MemoryDisplacement64 = Displacement;
                instruction.MemoryDisplSize = 1;
                break;
            case OpCodeOperandKind.seg_rDI:
                instruction.SetOpKind(operand, OpKind.MemorySegRDI);
                break;
            case OpCodeOperandKind.imm8:
                instruction.SetOpKind(operand, OpKind.Immediate8);
                instruction.Immediate8 = (byte)random.Next(256);
                break;
            case OpCodeOperandKind.st0:
                instruction.SetOpRegister(operand, Register.ST0);
                break;
            default:
                instruction.SetOpRegister(operand, AnyRegister(kind, random));
                break;
        }
    }

    private static Register AnyRegister(OpCodeOperandKind kind, Random random)
    {
        string name = kind.ToString();
        // Neither rsp, where the native code would need a stack, nor rbx and rdi, which address memory.
        int general = random.GetItems([0, 1, 2, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15], 1)[0];
        return name switch
        {
            _ when name.StartsWith("xmm", StringComparison.Ordinal) => Register.XMM0 + random.Next(4) * random.Next(1, 6),
            "ax" => Register.AX,
            "sti_opcode" => Register.ST0 + random.Next(8),
            _ when name.StartsWith("mm", StringComparison.Ordinal) => Register.MM0 + random.Next(8),
            _ when name.StartsWith("r32", StringComparison.Ordinal) => Register.EAX + general,
            _ when name.StartsWith("r64", StringComparison.Ordinal) => Register.RAX + general,
            _ when name.StartsWith("r16", StringComparison.Ordinal) => Register.AX + general,
            "r8_or_mem" => Register.AL + general % 4,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such register"),
        };
    }
}
