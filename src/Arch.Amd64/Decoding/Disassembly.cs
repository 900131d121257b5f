using Gee.External.Capstone;
using Gee.External.Capstone.X86;
using Iced.Intel;

namespace Arch.Amd64.Decoding;

/// <summary>Instructions as text for people, in Intel syntax.</summary>
internal static class Disassembly
{
    /// <summary>The first instruction of <paramref name="code"/>; bytes that are none are shown in hexadecimal.</summary>
    public static string Of(ulong pc, ReadOnlySpan<byte> code)
    {
        try
        {
            return ByCapstone(pc, code) ?? Hexadecimal(code);
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            // No native library for this host.
            return ByIced(pc, code) ?? Hexadecimal(code);
        }
    }

    private static string? ByCapstone(ulong pc, ReadOnlySpan<byte> code)
    {
        using var disassembler = CapstoneDisassembler.CreateX86Disassembler(X86DisassembleMode.Bit64);
        var instructions = disassembler.Disassemble(code.ToArray(), (long)pc, 1);
        return instructions.Length == 0 ? null : $"{instructions[0].Mnemonic} {instructions[0].Operand}".TrimEnd();
    }

    private static string? ByIced(ulong pc, ReadOnlySpan<byte> code)
    {
        if (!new InstructionReader().TryRead(pc, code, out var instruction) || instruction.IsInvalid)
            return null;
        var text = new StringOutput();
        new IntelFormatter().Format(instruction, text);
        return text.ToString();
    }

    private static string Hexadecimal(ReadOnlySpan<byte> code) => $"(bytes {Convert.ToHexStringLower(code)})";
}
