using Arch.Amd64.Decoding;
using Gee.External.Capstone;
using Gee.External.Capstone.X86;
using Iced.Intel;

namespace Arch.Amd64.Conventions;

/// <summary>Instructions as text in AT&amp;T syntax, which is what gdb shows unless told otherwise.</summary>
internal static class GasDisassembly
{
    /// <summary>The first instruction of <paramref name="code"/>; length 0 and an empty text when the bytes are none.</summary>
    public static string Of(ReadOnlySpan<byte> code, ulong address, out int length)
    {
        try
        {
            return ByCapstone(code, address, out length);
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            // Capstone's package has no native library for this host.
            return ByIced(code, address, out length);
        }
    }

    /// <summary>The text that a host without Capstone gets.</summary>
    public static string ByIced(ReadOnlySpan<byte> code, ulong address, out int length)
    {
        length = 0;
        if (!new InstructionReader().TryRead(address, code, out var instruction) || instruction.IsInvalid) return "";
        var text = new StringOutput();
        new GasFormatter().Format(instruction, text);
        length = instruction.Length;
        return text.ToString();
    }

    private static string ByCapstone(ReadOnlySpan<byte> code, ulong address, out int length)
    {
        using var disassembler = CapstoneDisassembler.CreateX86Disassembler(X86DisassembleMode.Bit64);
        disassembler.DisassembleSyntax = DisassembleSyntax.Att;
        var window = code[..Math.Min(code.Length, InstructionReader.MaximumLength)].ToArray();
        var instructions = disassembler.Disassemble(window, (long)address, 1);
        length = instructions.Length == 0 ? 0 : instructions[0].Bytes.Length;
        return length == 0 ? "" : $"{instructions[0].Mnemonic} {instructions[0].Operand}".TrimEnd();
    }
}
