using System.Runtime.InteropServices;
using Gee.External.Capstone;
using Gee.External.Capstone.Arm64;

namespace Arch.Arm64.Tests.Decoding;

/// <summary>Capstone's opinion of words.</summary>
internal sealed class CapstoneDecoder : IDisposable
{
    private readonly CapstoneArm64Disassembler _disassembler;

    private CapstoneDecoder(CapstoneArm64Disassembler disassembler) => _disassembler = disassembler;

    /// <summary>Null where Capstone's package has no library for this machine.</summary>
    public static CapstoneDecoder? TryCreate()
    {
        try
        {
            var disassembler = CapstoneDisassembler.CreateArm64Disassembler(Arm64DisassembleMode.LittleEndian);
            disassembler.EnableInstructionDetails = false;
            // A word that is no instruction is passed over.
            disassembler.EnableSkipDataMode = true;
            return new CapstoneDecoder(disassembler);
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            return null;
        }
    }

    /// <summary>The text of each word, mnemonic first; null of what is no instruction.</summary>
    public string?[] Decode(ReadOnlySpan<uint> words)
    {
        var texts = new string?[words.Length];
        foreach (var instruction in _disassembler.Disassemble(MemoryMarshal.AsBytes(words).ToArray(), 0))
        {
            if (!instruction.IsSkippedData)
                texts[(int)instruction.Address / sizeof(uint)] = $"{instruction.Mnemonic} {instruction.Operand}".TrimEnd();
        }
        return texts;
    }

    public void Dispose() => _disassembler.Dispose();
}
