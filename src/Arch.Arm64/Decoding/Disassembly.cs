using System.Buffers.Binary;
using Gee.External.Capstone;
using Gee.External.Capstone.Arm64;

namespace Arch.Arm64.Decoding;

/// <summary>Instructions as text for people.</summary>
internal static class Disassembly
{
    /// <summary>The first instruction of <paramref name="code"/>; length 0 and an empty text when the bytes are none.</summary>
    public static string Of(ReadOnlySpan<byte> code, ulong pc, out int length)
    {
        length = 0;
        if (code.Length < sizeof(uint))
            return "";
        try
        {
            using var disassembler = CapstoneDisassembler.CreateArm64Disassembler(Arm64DisassembleMode.Arm);
            var instructions = disassembler.Disassemble(code[..sizeof(uint)].ToArray(), (long)pc, 1);
            if (instructions.Length == 0)
                return "";
            length = sizeof(uint);
            return $"{instructions[0].Mnemonic} {instructions[0].Operand}".TrimEnd();
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            // Capstone's package has no native library for this host: the decoder's own name of the instruction must do.
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(code);
            var row = DecodeTable.Decode(word);
            length = row is null ? 0 : sizeof(uint);
            return row is null ? "" : $"{row.Name} ({word:x8})";
        }
    }

    /// <summary>The word, and what it would mean on a processor that had it.</summary>
    public static string Describe(ReadOnlySpan<byte> code, ulong pc)
    {
        if (code.Length < sizeof(uint))
            return $"(bytes {Convert.ToHexStringLower(code)})";
        string text = Of(code, pc, out int length);
        return $"{BinaryPrimitives.ReadUInt32LittleEndian(code):x8} {(length == 0 ? "(no instruction)" : text)}";
    }
}
