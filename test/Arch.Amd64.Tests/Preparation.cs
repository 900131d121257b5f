using System.Buffers.Binary;
using Iced.Intel;

namespace Arch.Amd64.Tests;

/// <summary>Random states in which a given instruction can be executed: every address it forms lies in the data page.</summary>
internal static class Preparation
{
    /// <summary>Fills <paramref name="state"/> for <paramref name="instruction"/>; false when this form cannot be prepared.</summary>
    public static bool TryPrepare(MachineState state, in Instruction instruction, Random random)
    {
        random.NextBytes(state.Data);
        Fill(state, random);
        state.Pc = instruction.IP;
        state.Flags = (ulong)random.Next() & (MachineState.Status | MachineState.Direction);
        state[Register.RSP] = Somewhere(random) & ~7UL;
        PlaceImplicit(state, instruction, random);
        return TryPlaceOperand(state, instruction, random) && TryPlaceContents(state, instruction, random);
    }

    /// <summary>The address of the explicit memory operand in this state.</summary>
    public static ulong Address(MachineState state, in Instruction instruction)
    {
        int operand = MemoryOperand(instruction);
        return instruction.GetVirtualAddress(operand, 0, (register, _, _) => ValueOf(state, register));
    }

    public static int MemoryOperand(in Instruction instruction)
    {
        for (int operand = 0; operand < instruction.OpCount; operand++)
        {
            if (instruction.GetOpKind(operand) == OpKind.Memory)
                return operand;
        }
        return -1;
    }

    private static ulong Somewhere(Random random) => Layout.Data + (ulong)random.Next(0x400, 0xc00);

    private static void Fill(MachineState state, Random random)
    {
        for (int i = 0; i < 16; i++)
            state.Registers[i] = Values.Draw(random);
        random.NextBytes(state.Fx);
        state.Fx.AsSpan(0, 32).Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx, 0x37f);
        BinaryPrimitives.WriteUInt32LittleEndian(state.Fx.AsSpan(24), 0x1f80);
        for (int i = 0; i < 8; i++)
            state.Fx.AsSpan(32 + 16 * i + 10, 6).Clear();
    }

    private static void PlaceImplicit(MachineState state, in Instruction instruction, Random random)
    {
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Enter or Mnemonic.Leave: state[Register.RBP] = Somewhere(random); break;
            case Mnemonic.Ret: Write(state, state[Register.RSP], Layout.BranchTarget); break;
            // TF and AC would trap on the host.
            case Mnemonic.Popf or Mnemonic.Popfq: Write(state, state[Register.RSP], (ulong)random.Next() & 0xed5 | 2); break;
            case Mnemonic.Mul or Mnemonic.Imul or Mnemonic.Div or Mnemonic.Idiv when random.Next(2) == 0:
                state[Register.RDX] = (ulong)random.Next(-3, 3);
                break;
        }
        if (!instruction.Code.ToOpCode().IsString())
            return;
        state[Register.RSI] = Somewhere(random);
        state[Register.RDI] = Somewhere(random);
        if (instruction.HasRepPrefix || instruction.HasRepnePrefix)
            state[Register.RCX] = (ulong)random.Next(9);
        if (random.Next(2) == 0)
            state.Data.AsSpan().Fill((byte)state[Register.RAX]);
    }

    private static bool TryPlaceOperand(MachineState state, in Instruction instruction, Random random)
    {
        int operand = MemoryOperand(instruction);
        var (register, index) = (instruction.MemoryBase, instruction.MemoryIndex);
        if (operand < 0 || instruction.Mnemonic is Mnemonic.Lea)
            return true;
        if (index != Register.None && index != Register.AL)
            state[index] = (ulong)random.Next(0, 32);
        bool isBitString = instruction.Op1Kind == OpKind.Register &&
            instruction.Mnemonic is Mnemonic.Bt or Mnemonic.Bts or Mnemonic.Btr or Mnemonic.Btc;
        if (isBitString)
        {
            var position = instruction.Op1Register.GetFullRegister();
            if (position == register.GetFullRegister() || position == index.GetFullRegister())
                return false;
            state[position] = (ulong)random.Next(-0x300 * 8, 0x300 * 8);
        }
        if (register == Register.None || instruction.IsIPRelativeMemoryOperand)
            return true;
        if (register.GetFullRegister() == index.GetFullRegister())
            return false;
        ulong wanted = Somewhere(random);
        if (instruction.Mnemonic == Mnemonic.Cmpxchg16b)
            wanted &= ~15UL;
        // POP forms its address with the stack pointer already moved.
        if (instruction.Mnemonic == Mnemonic.Pop && register.GetFullRegister() == Register.RSP)
            wanted -= 8;
        ulong now = instruction.GetVirtualAddress(operand, 0, (name, _, _) => ValueOf(state, name));
        ulong value = state[register] + wanted - now;
        bool keepsUpperHalf = register.GetSize() == 4 && register != Register.ESP;
        state[register] = keepsUpperHalf ? (uint)value | Values.Draw(random) << 32 : register.GetSize() == 4 ? (uint)value : value;
        return true;
    }

    private static bool TryPlaceContents(MachineState state, in Instruction instruction, Random random)
    {
        bool isMemory = MemoryOperand(instruction) >= 0;
        switch (instruction.Mnemonic)
        {
            // Undefined results.
            case Mnemonic.Shld or Mnemonic.Shrd when UndefinedFlags.CountOf(instruction, state) > 8 * UndefinedFlags.SizeOf(instruction):
                return false;
            case Mnemonic.Cmpxchg16b when (Address(state, instruction) & 15) != 0:
                return false;
            case Mnemonic.Jmp or Mnemonic.Call when instruction.Op0Kind == OpKind.Register:
                if (instruction.Op0Register == Register.RSP)
                    return false;
                state[instruction.Op0Register] = Layout.BranchTarget;
                return true;
            case Mnemonic.Jmp or Mnemonic.Call when isMemory:
                Write(state, Address(state, instruction), Layout.BranchTarget);
                return true;
            case Mnemonic.Cmpxchg when isMemory && random.Next(2) == 0:
                Write(state, Address(state, instruction), state[Register.RAX]);
                return true;
            case Mnemonic.Cmpxchg when !isMemory && random.Next(2) == 0 && instruction.Op0Register.GetFullRegister() != Register.RSP:
                ulong beyond = instruction.Op0Register.GetSize() == 4 ? Values.Draw(random) << 32 : 0;
                state[instruction.Op0Register] = state[Register.RAX] ^ beyond;
                return true;
            case Mnemonic.Cmpxchg8b when random.Next(2) == 0:
                Write(state, Address(state, instruction), state[Register.RDX] << 32 | (uint)state[Register.RAX]);
                return true;
            case Mnemonic.Cmpxchg16b when random.Next(2) == 0:
                Write(state, Address(state, instruction), state[Register.RAX]);
                Write(state, Address(state, instruction) + 8, state[Register.RDX]);
                return true;
            default:
                return true;
        }
    }

    private static void Write(MachineState state, ulong address, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(state.Data.AsSpan((int)(address - Layout.Data)), value);

    private static ulong ValueOf(MachineState state, Register register) => register switch
    {
        Register.AL => (byte)state[Register.RAX],
        _ when register.IsSegmentRegister() => 0,
        _ when register.GetSize() == 4 => (uint)state[register],
        _ => state[register],
    };
}
