using Iced.Intel;

namespace Arch.Amd64.Tests;

/// <summary>Random instructions of a given code: every operand kind, size and addressing form that integer instructions have.</summary>
internal sealed class InstructionForms(Random random)
{
    private readonly Bytes _bytes = new();

    /// <summary>An encodable instruction of <paramref name="code"/> and its bytes; null when this draw has no encoding.</summary>
    public (Instruction Instruction, byte[] Bytes)? Draw(Code code, ulong address = Layout.Instruction)
    {
        var draft = new Instruction { Code = code };
        var description = code.ToOpCode();
        bool isShort = random.Next(8) == 0;
        for (int operand = 0; operand < description.OpCount; operand++)
            SetOperand(ref draft, operand, description.GetOpKind(operand), isShort);
        AddPrefixes(ref draft, description);

        _bytes.Clear();
        if (!Encoder.Create(64, _bytes).TryEncode(draft, address, out _, out _))
            return null;
        byte[] bytes = _bytes.ToArray();
        var decoder = Decoder.Create(64, bytes, address);
        decoder.Decode(out var instruction);
        return instruction.Code == code && instruction.Length == bytes.Length ? (instruction, bytes) : null;
    }

    private void AddPrefixes(ref Instruction draft, OpCodeInfo description)
    {
        if (description.CanUseRepPrefix && description.IsString())
        {
            int prefix = random.Next(3);
            draft.HasRepePrefix = prefix == 1;
            draft.HasRepnePrefix = prefix == 2;
        }
        if (description.CanUseLockPrefix && draft.Op0Kind == OpKind.Memory && random.Next(4) == 0)
            draft.HasLockPrefix = true;
    }

    private void SetOperand(ref Instruction draft, int operand, OpCodeOperandKind kind, bool isShort)
    {
        switch (kind)
        {
            case OpCodeOperandKind.r8_or_mem: RegisterOrMemory(ref draft, operand, 1, isShort); break;
            case OpCodeOperandKind.r16_or_mem: RegisterOrMemory(ref draft, operand, 2, isShort); break;
            case OpCodeOperandKind.r32_or_mem: RegisterOrMemory(ref draft, operand, 4, isShort); break;
            case OpCodeOperandKind.r64_or_mem: RegisterOrMemory(ref draft, operand, 8, isShort); break;
            case OpCodeOperandKind.mem: Memory(ref draft, operand, isShort); break;
            case OpCodeOperandKind.mem_offs: Offset(ref draft, operand, isShort); break;
            case OpCodeOperandKind.r8_reg or OpCodeOperandKind.r8_opcode: General(ref draft, operand, 1); break;
            case OpCodeOperandKind.r16_reg or OpCodeOperandKind.r16_rm or OpCodeOperandKind.r16_opcode:
                General(ref draft, operand, 2);
                break;
            case OpCodeOperandKind.r32_reg or OpCodeOperandKind.r32_rm or OpCodeOperandKind.r32_opcode:
                General(ref draft, operand, 4);
                break;
            case OpCodeOperandKind.r64_reg or OpCodeOperandKind.r64_rm or OpCodeOperandKind.r64_opcode:
                General(ref draft, operand, 8);
                break;
            case OpCodeOperandKind.al: Fixed(ref draft, operand, Register.AL); break;
            case OpCodeOperandKind.cl: Fixed(ref draft, operand, Register.CL); break;
            case OpCodeOperandKind.ax: Fixed(ref draft, operand, Register.AX); break;
            case OpCodeOperandKind.eax: Fixed(ref draft, operand, Register.EAX); break;
            case OpCodeOperandKind.rax: Fixed(ref draft, operand, Register.RAX); break;
            case OpCodeOperandKind.imm8_const_1: Immediate(ref draft, operand, OpKind.Immediate8, 1); break;
            case OpCodeOperandKind.imm8:
                bool isSecond = operand == 1 && draft.Op0Kind == OpKind.Immediate16;
                Immediate(ref draft, operand, isSecond ? OpKind.Immediate8_2nd : OpKind.Immediate8, (byte)random.Next(256));
                break;
            case OpCodeOperandKind.imm8sex16: Immediate(ref draft, operand, OpKind.Immediate8to16, SignedByte()); break;
            case OpCodeOperandKind.imm8sex32: Immediate(ref draft, operand, OpKind.Immediate8to32, SignedByte()); break;
            case OpCodeOperandKind.imm8sex64: Immediate(ref draft, operand, OpKind.Immediate8to64, SignedByte()); break;
            case OpCodeOperandKind.imm16:
                // That of RET and ENTER moves the stack pointer: kept within the page.
                bool isStack = draft.Mnemonic is Mnemonic.Ret or Mnemonic.Enter;
                Immediate(ref draft, operand, OpKind.Immediate16, isStack ? (ulong)random.Next(256) : Values.Draw(random));
                break;
            case OpCodeOperandKind.imm32: Immediate(ref draft, operand, OpKind.Immediate32, Values.Draw(random)); break;
            case OpCodeOperandKind.imm32sex64:
                Immediate(ref draft, operand, OpKind.Immediate32to64, (ulong)(int)Values.Draw(random));
                break;
            case OpCodeOperandKind.imm64: Immediate(ref draft, operand, OpKind.Immediate64, Values.Draw(random)); break;
            case OpCodeOperandKind.seg_rSI: draft.SetOpKind(operand, isShort ? OpKind.MemorySegESI : OpKind.MemorySegRSI); break;
            case OpCodeOperandKind.es_rDI: draft.SetOpKind(operand, isShort ? OpKind.MemoryESEDI : OpKind.MemoryESRDI); break;
            case OpCodeOperandKind.seg_rBX_al:
                draft.SetOpKind(operand, OpKind.Memory);
                (draft.MemoryBase, draft.MemoryIndex) = (isShort ? Register.EBX : Register.RBX, Register.AL);
                break;
            case OpCodeOperandKind.br64_1 or OpCodeOperandKind.br64_4:
                draft.SetOpKind(operand, OpKind.NearBranch64);
                draft.NearBranch64 = Layout.BranchTarget;
                break;
            default: throw new NotSupportedException($"{draft.Code} has an operand of kind {kind}");
        }
    }

    private ulong SignedByte() => (ulong)(sbyte)random.Next(256);

    private static void Fixed(ref Instruction draft, int operand, Register register)
    {
        draft.SetOpKind(operand, OpKind.Register);
        draft.SetOpRegister(operand, register);
    }

    private static void Immediate(ref Instruction draft, int operand, OpKind kind, ulong value)
    {
        draft.SetOpKind(operand, kind);
        draft.SetImmediate(operand, value);
    }

    private void RegisterOrMemory(ref Instruction draft, int operand, int size, bool isShort)
    {
        if (random.Next(2) == 0)
            Memory(ref draft, operand, isShort);
        else
            General(ref draft, operand, size);
    }

    private void General(ref Instruction draft, int operand, int size)
    {
        int number = random.Next(16);
        Fixed(ref draft, operand, size switch
        {
            1 => Register.AL + random.Next(Register.R15L - Register.AL + 1),
            2 => Register.AX + number,
            4 => Register.EAX + number,
            _ => Register.RAX + number,
        });
    }

    private void Memory(ref Instruction draft, int operand, bool isShort)
    {
        draft.SetOpKind(operand, OpKind.Memory);
        var first = isShort ? Register.EAX : Register.RAX;
        switch (random.Next(8))
        {
            case 0:
                draft.MemoryBase = isShort ? Register.EIP : Register.RIP;
                (draft.MemoryDisplacement64, draft.MemoryDisplSize) = (Layout.Data + (ulong)random.Next(0x400, 0xc00), isShort ? 4 : 8);
                break;
            case 1:
                Offset(ref draft, operand, isShort);
                break;
            case 2:
                draft.MemoryIndex = first + IndexNumber();
                draft.MemoryIndexScale = 1 << random.Next(4);
                (draft.MemoryDisplacement64, draft.MemoryDisplSize) = (Layout.Data + 0x800, isShort ? 4 : 8);
                break;
            default:
                draft.MemoryBase = first + random.Next(16);
                if (random.Next(2) == 0)
                {
                    draft.MemoryIndex = first + IndexNumber();
                    draft.MemoryIndexScale = 1 << random.Next(4);
                }
                int displacement = random.Next(3) * random.Next(-200, 200);
                (draft.MemoryDisplacement64, draft.MemoryDisplSize) = isShort ? ((uint)displacement, 4) : ((ulong)displacement, 8);
                break;
        }
    }

    private void Offset(ref Instruction draft, int operand, bool isShort)
    {
        draft.SetOpKind(operand, OpKind.Memory);
        (draft.MemoryDisplacement64, draft.MemoryDisplSize) = (Layout.Data + (ulong)random.Next(0x400, 0xc00), isShort ? 4 : 8);
    }

    /// <summary>Any general register but rsp.</summary>
    private int IndexNumber()
    {
        int number = random.Next(15);
        return number < 4 ? number : number + 1;
    }

    private sealed class Bytes : CodeWriter
    {
        private readonly List<byte> _bytes = [];

        public override void WriteByte(byte value) => _bytes.Add(value);

        public void Clear() => _bytes.Clear();

        public byte[] ToArray() => [.. _bytes];
    }
}
