using System.Buffers.Binary;
using System.Text;

namespace Benchmarks.Machine;

/// <summary>The symbols of an ELF file by name.</summary>
internal static class Symbols
{
    private const int HeaderSize = 64, SymbolSize = 24;
    private const uint SymbolTable = 2;

    /// <summary>The address of a symbol.</summary>
    public static ulong Find(string program, string name)
    {
        byte[] image = File.ReadAllBytes(program);
        var elf = (ReadOnlySpan<byte>)image;
        int headers = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf[40..]), count = BinaryPrimitives.ReadUInt16LittleEndian(elf[60..]);
        for (int i = 0; i < count; i++)
        {
            var header = elf[(headers + HeaderSize * i)..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != SymbolTable)
                continue;
            var names = Contents(elf, elf[(headers + HeaderSize * BinaryPrimitives.ReadInt32LittleEndian(header[40..]))..]);
            for (var symbols = Contents(elf, header); symbols.Length >= SymbolSize; symbols = symbols[SymbolSize..])
            {
                var text = names[BinaryPrimitives.ReadInt32LittleEndian(symbols)..];
                if (Encoding.ASCII.GetString(text[..text.IndexOf((byte)0)]) == name)
                    return BinaryPrimitives.ReadUInt64LittleEndian(symbols[8..]);
            }
        }
        throw new InvalidDataException($"{program} has no symbol {name}");
    }

    private static ReadOnlySpan<byte> Contents(ReadOnlySpan<byte> elf, ReadOnlySpan<byte> header) =>
        elf.Slice((int)BinaryPrimitives.ReadUInt64LittleEndian(header[24..]), (int)BinaryPrimitives.ReadUInt64LittleEndian(header[32..]));
}
