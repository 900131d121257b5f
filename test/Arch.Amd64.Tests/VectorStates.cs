using System.Buffers.Binary;
using Iced.Intel;

namespace Arch.Amd64.Tests;

/// <summary>Random states for vector and x87 instructions, and how to show them.</summary>
internal static class VectorStates
{
    private const int ControlAt = 0, StatusAt = 2, TagsAt = 4, MxcsrAt = 24, StackAt = 32, XmmAt = 160;

    /// <summary>Random registers and memory, with all exceptions masked.</summary>
    public static MachineState Any(Random random)
    {
        var state = new MachineState { Flags = (ulong)random.Next() & MachineState.Status };
        for (int i = 0; i < 16; i++)
            state.Registers[i] = (ulong)random.NextInt64() << random.Next(40) >> random.Next(60);
        state[Register.RSP] = Layout.Data + 2048;
        state[Register.RBX] = Layout.Data + 64 - VectorInstructions.Displacement;
        state[Register.RDI] = Layout.Data + 64;
        for (int offset = 0; offset < 128; offset += 16)
            VectorValues.Fill(random, state.Data.AsSpan(offset, 16));
        VectorValues.FillOperand(random, state.Data.AsSpan(64, 16));
        for (int number = 0; number < 16; number++)
            VectorValues.Fill(random, state.Fx.AsSpan(XmmAt + 16 * number, 16));
        for (int number = 0; number < 8; number++)
            VectorValues.FillExtended(random, state.Fx.AsSpan(StackAt + 16 * number, 10));
        int precision = random.GetItems([0, 2, 3], 1)[0];
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx.AsSpan(ControlAt), (ushort)(0x7f | precision << 8 | random.Next(4) << 10));
        BinaryPrimitives.WriteUInt16LittleEndian(state.Fx.AsSpan(StatusAt), (ushort)(random.Next(0x8000) & ~0x80));
        state.Fx[TagsAt] = (byte)(random.Next(4) == 0 ? random.Next(256) : random.Next(2) == 0 ? 0xff : 0xff ^ 1 << random.Next(8));
        uint control = random.Next(2) == 0 ? 0 : (uint)random.Next(4) << 13 | (uint)random.Next(2) << 15 | (uint)random.Next(2) << 6;
        uint seen = random.Next(2) == 0 ? 0 : (uint)random.Next(64);
        BinaryPrimitives.WriteUInt32LittleEndian(state.Fx.AsSpan(MxcsrAt), 0x1f80 | control | seen);
        return state;
    }

    /// <summary>A failure's states, for people.</summary>
    public static string Compare(MachineState before, MachineState expected, MachineState actual) =>
        $"\n{Show(before)}\nexpected\n{Show(expected)}\nactual\n{Show(actual)}";

    /// <summary>The instruction as text.</summary>
    public static string Describe(byte[] bytes)
    {
        var decoder = Decoder.Create(64, bytes);
        decoder.IP = Layout.Instruction;
        return $"{decoder.Decode()} ({Convert.ToHexStringLower(bytes)})";
    }

    private static string Show(MachineState state)
    {
        byte[] fx = state.Fx;
        var lines = new List<string>
        {
            $"fcw {BitConverter.ToUInt16(fx, ControlAt):x} fsw {BitConverter.ToUInt16(fx, StatusAt):x} tags {fx[TagsAt]:x}",
            $"mxcsr {BitConverter.ToUInt32(fx, MxcsrAt):x} flags {state.Flags:x}",
        };
        for (int at = XmmAt; at < XmmAt + 256; at += 16)
            lines.Add($"xmm{(at - XmmAt) / 16} {BitConverter.ToUInt64(fx, at + 8):x16}_{BitConverter.ToUInt64(fx, at):x16}");
        for (int at = StackAt; at < StackAt + 128; at += 16)
            lines.Add($"st{(at - StackAt) / 16} {BitConverter.ToUInt16(fx, at + 8):x4}_{BitConverter.ToUInt64(fx, at):x16}");
        lines.Add($"memory {Convert.ToHexStringLower(state.Data.AsSpan(64, 16))}");
        return string.Join('\n', lines);
    }
}
