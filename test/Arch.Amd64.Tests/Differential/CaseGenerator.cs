using System.Buffers.Binary;
using Iced.Intel;

namespace Arch.Amd64.Tests.Differential;

/// <summary>
/// Random cases: a few instructions, the registers that their addresses are made of set before each so that most accesses hit the data
/// pages and some the edges between them; loops, code that changes itself, traced and restarted cases.
/// </summary>
internal sealed class CaseGenerator(Random random)
{
    private const int Longest = 8, LongestInstruction = 15, LongestMove = 10;
    private const ulong TraceFlag = 0x100;

    private readonly InstructionForms _forms = new(random);
    private readonly InstructionInfoFactory _facts = new();
    private readonly MachineState _state = new();
    private readonly CodeBytes _bytes = new();
    private Case _case = null!;
    private bool _isLoop;

    public Case Draw()
    {
        _case = new Case { Pool = (ulong)random.Next(Case.PoolSize), Options = random.Next(4) == 0 ? Case.Restart : 0 };
        _isLoop = random.Next(12) == 0;
        Begin();
        int wanted = random.Next(1, Longest + 1);
        for (int attempt = 0; attempt < 4 * Longest && _case.Steps.Count < wanted; attempt++)
        {
            if (_case.Room < 4 * LongestMove + 2 * LongestInstruction)
                break;
            if (random.Next(20) == 0)
                AppendSelfModification();
            else if (!TryAppend())
                continue;
            if (_case.Steps.Count > 0 && Leaves(_case.Steps[^1].Instruction))
                return _case;
        }
        if (_isLoop)
            End();
        return _case;
    }

    private void Begin()
    {
        for (int i = 0; i < 16; i++)
            _case.Registers[i] = Values.Draw(random);
        var vectors = VectorStates.Any(random);
        vectors.Fx.CopyTo(_case.Fx);
        if (random.Next(6) == 0)
            Unmask();
        bool isTraced = !_isLoop && random.Next(10) == 0;
        _case.Registers[4] = Layout.Data + 0x800 + (ulong)random.Next(0x40) * 8;
        _case.Flags = (ulong)random.Next() & (MachineState.Status | MachineState.Direction) | 0x202 | (isTraced ? TraceFlag : 0);
        if (!_isLoop)
            return;
        // What the end of the loop leaves undefined is so at its beginning.
        _case.Undefined = FlagKnowledge.CF;
        _case.Registers[15] = (ulong)random.Next(2, 60);
    }

    /// <summary>Floating-point exceptions that trap.</summary>
    private void Unmask()
    {
        var mxcsr = _case.Fx[24..];
        BinaryPrimitives.WriteUInt32LittleEndian(mxcsr, BinaryPrimitives.ReadUInt32LittleEndian(mxcsr) & ~((uint)random.Next(64) << 7));
        BinaryPrimitives.WriteUInt16LittleEndian(_case.Fx, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(_case.Fx) & ~random.Next(64)));
        BinaryPrimitives.WriteUInt16LittleEndian(_case.Fx[2..], (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(_case.Fx[2..]) & 0x7f00));
    }

    private void End()
    {
        Append(Instruction.Create(Code.Dec_rm64, Register.R15));
        Append(Instruction.CreateBranch(Code.Jne_rel32_64, Layout.Instruction));
    }

    private bool TryAppend() => random.Next(2) == 0 ? TryAppendInteger() : TryAppendVector();

    private bool TryAppendInteger()
    {
        var code = Population.Integer[random.Next(Population.Integer.Length)];
        if (_forms.Draw(code, _case.End) is not var (instruction, _) || !IsAllowed(instruction) ||
            !Preparation.TryPrepare(_state, instruction, random))
            return false;
        MoveOperand(instruction);
        foreach (var register in AddressRegisters(instruction))
            AppendMove(register, _state[register]);
        AppendContents(instruction);
        Append(instruction);
        return true;
    }

    private bool TryAppendVector()
    {
        var code = Population.Vector[random.Next(Population.Vector.Length)];
        var (memory, register) = VectorInstructions.Forms(code);
        byte[] bytes = VectorInstructions.Encode(code, random, memory && (!register || random.Next(2) == 0));
        var instruction = Decoded(bytes, _case.End);
        if (!IsAllowed(instruction))
            return false;
        ulong address = Layout.Data + (ulong)random.Next(0x80, 0x180) * 16;
        if (random.Next(5) == 0)
            address += (ulong)random.Next(16);
        if (random.Next(4) == 0)
            address = Edge(Math.Max(instruction.MemorySize.GetSize(), 16));
        if (MemoryOf(instruction).Count > 0)
        {
            AppendMove(Register.RBX, address - VectorInstructions.Displacement);
            AppendMove(Register.RDI, address);
        }
        Append(instruction);
        foreach (var (offset, size) in AddressFields(instruction))
            Clear(offset, size);
        return true;
    }

    private bool IsAllowed(in Instruction instruction)
    {
        // What Linux opens to programs beside the breakpoint: INTO's vector and its old system call.
        bool isLinuxGate = instruction.Mnemonic == Mnemonic.Int && instruction.Immediate8 is 4 or 0x80;
        if (isLinuxGate || FlagKnowledge.Reads(instruction, _case.Undefined))
            return false;
        if (!_isLoop)
            return true;
        if (Leaves(instruction))
            return false;
        foreach (var used in _facts.GetInfo(instruction).GetUsedRegisters())
        {
            if (used.Register.GetFullRegister() is Register.R15)
                return false;
        }
        return true;
    }

    /// <summary>Whether it may go elsewhere: it is then the last one.</summary>
    private static bool Leaves(in Instruction instruction) => instruction.FlowControl is not (FlowControl.Next or FlowControl.Interrupt or FlowControl.Exception);

    private void Append(in Instruction instruction)
    {
        var placed = Encoded(instruction);
        ulong after = FlagKnowledge.After(placed, _case.Undefined);
        _case.Append(placed, _bytes.Written);
        _case.Undefined = after;
    }

    /// <summary>The same instruction at the end of the code, its bytes in <see cref="_bytes"/>.</summary>
    private Instruction Encoded(in Instruction instruction)
    {
        _bytes.Clear();
        Encoder.Create(64, _bytes).Encode(instruction, _case.End);
        return Decoded([.. _bytes.Written], _case.End);
    }

    private static Instruction Decoded(byte[] bytes, ulong address)
    {
        Decoder.Create(64, bytes, address).Decode(out var instruction);
        return instruction;
    }

    private void AppendMove(Register register, ulong value)
    {
        var move = Instruction.Create(Code.Mov_r64_imm64, register, value);
        _bytes.Clear();
        Encoder.Create(64, _bytes).Encode(move, _case.End);
        _case.Append(_bytes.Written);
    }

    /// <summary>What must be in memory so that control goes where it should: a return address, flags.</summary>
    private void AppendContents(in Instruction instruction)
    {
        bool isTarget = instruction.Mnemonic is Mnemonic.Jmp or Mnemonic.Call && Preparation.MemoryOperand(instruction) >= 0;
        ulong address = isTarget ? Preparation.Address(_state, instruction) : _state[Register.RSP];
        bool popsFlags = instruction.Mnemonic is Mnemonic.Popf or Mnemonic.Popfq;
        if (!isTarget && !popsFlags && instruction.Mnemonic != Mnemonic.Ret)
            return;
        if (address - Layout.Data >= Layout.DataSize - 8)
            return;
        AppendMove(Register.R14, BinaryPrimitives.ReadUInt64LittleEndian(_state.Data.AsSpan((int)(address - Layout.Data))));
        // mov [address], r14
        _case.Append([0x4c, 0x89, 0x34, 0x25]);
        Span<byte> place = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)address);
        _case.Append(place);
        if (instruction.MemoryBase.GetFullRegister() == Register.R14)
            AppendMove(Register.R14, _state[Register.R14]);
    }

    private List<UsedMemory> MemoryOf(in Instruction instruction)
    {
        var used = new List<UsedMemory>();
        foreach (var memory in _facts.GetInfo(instruction).GetUsedMemory())
            used.Add(memory);
        return used;
    }

    /// <summary>The registers that it makes addresses of, or counts or goes by.</summary>
    private List<Register> AddressRegisters(in Instruction instruction)
    {
        var registers = new List<Register>();
        foreach (var memory in MemoryOf(instruction))
        {
            registers.Add(memory.Base.GetFullRegister());
            registers.Add(memory.Index.GetFullRegister());
        }
        bool isBitString = instruction.Op1Kind == OpKind.Register && instruction.Mnemonic is Mnemonic.Bt or Mnemonic.Bts or Mnemonic.Btr or Mnemonic.Btc;
        if (isBitString)
            registers.Add(instruction.Op1Register.GetFullRegister());
        if (instruction.HasRepPrefix || instruction.HasRepnePrefix || instruction.Mnemonic is Mnemonic.Shld or Mnemonic.Shrd)
            registers.Add(Register.RCX);
        if (instruction.Mnemonic is Mnemonic.Jmp or Mnemonic.Call && instruction.Op0Kind == OpKind.Register)
            registers.Add(instruction.Op0Register);
        return [.. registers.Distinct().Where(register => register.IsGPR64())];
    }

    /// <summary>Now and then puts a memory operand at the edge of a page.</summary>
    private void MoveOperand(in Instruction instruction)
    {
        // A nested ENTER that faults has stored below the stack pointer already on processors, and nothing here.
        bool isNested = instruction.Mnemonic == Mnemonic.Enter && (instruction.GetImmediate(1) & 31) != 0;
        // The count of a double shift beyond its operand leaves anything.
        bool isCount = instruction.Mnemonic is Mnemonic.Shld or Mnemonic.Shrd && instruction.MemoryBase.GetFullRegister() == Register.RCX;
        if (random.Next(4) != 0 || Leaves(instruction) || isNested || isCount || instruction.Mnemonic is Mnemonic.Popf or Mnemonic.Popfq)
            return;
        var memories = MemoryOf(instruction);
        if (memories.Count == 0)
            return;
        var register = memories[random.Next(memories.Count)].Base.GetFullRegister();
        if (!register.IsGPR64())
            return;
        bool isExplicit = Preparation.MemoryOperand(instruction) >= 0 && instruction.MemoryBase.GetFullRegister() == register;
        ulong now = isExplicit ? Preparation.Address(_state, instruction) : _state[register];
        _state[register] += Edge(16) - now;
        if (instruction.HasRepPrefix || instruction.HasRepnePrefix)
            _state[Register.RCX] = (ulong)random.Next(40);
    }

    /// <summary>An address from which so many bytes may cross one of the borders of the data pages, or not quite.</summary>
    private ulong Edge(int size)
    {
        ulong border = Layout.Data + 0x1000 * (ulong)random.GetItems([0, 1, 2, 2, 3, 3], 1)[0];
        return border - (ulong)random.Next(size + 2) + (random.Next(8) == 0 ? 1u : 0u);
    }

    /// <summary>Changes the immediate of an instruction that follows.</summary>
    private void AppendSelfModification()
    {
        bool increments = random.Next(2) == 0;
        int distance = 2 + random.Next(4);
        // inc byte [rip + d] or mov byte [rip + d], imm8, then xor eax, imm32.
        if (increments)
            Append(Decoded([0xfe, 0x05, (byte)distance, 0, 0, 0], _case.End));
        else
            Append(Decoded([0xc6, 0x05, (byte)distance, 0, 0, 0, (byte)random.Next(256)], _case.End));
        Append(Decoded([0x81, 0xf0, (byte)random.Next(256), 2, 3, 4], _case.End));
    }

    /// <summary>The parts of a stored image that tell where the last FPU instruction was, which processors keep as they like.</summary>
    private static (int Offset, int Size)[] AddressFields(in Instruction instruction) => instruction.Mnemonic switch
    {
        Mnemonic.Fxsave or Mnemonic.Fxsave64 => [(6, 18), (28, 4)],
        Mnemonic.Fnstenv or Mnemonic.Fstenv or Mnemonic.Fnsave or Mnemonic.Fsave => Is16Bit(instruction) ? [(6, 8)] : [(12, 16)],
        _ => [],
    };

    private static bool Is16Bit(in Instruction instruction) => instruction.Code.ToOpCode().OperandSize == 16 ||
        instruction.Code.ToString().Contains("m14byte", StringComparison.Ordinal) || instruction.Code.ToString().Contains("m94byte", StringComparison.Ordinal);

    private void Clear(int offset, int size)
    {
        // mov word [rbx + d], 0
        for (int at = 0; at < size; at += 2)
            _case.Append([0x66, 0xc7, 0x43, (byte)(VectorInstructions.Displacement + offset + at), 0, 0]);
    }

    private sealed class CodeBytes : CodeWriter
    {
        private readonly List<byte> _bytes = [];

        public ReadOnlySpan<byte> Written => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes);

        public override void WriteByte(byte value) => _bytes.Add(value);

        public void Clear() => _bytes.Clear();
    }
}
