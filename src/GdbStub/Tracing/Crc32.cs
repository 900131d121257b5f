namespace GdbStub.Tracing;

/// <summary>The CRC-32 of zlib and of .gnu_debuglink: polynomial 0x04c11db7, lowest bit first.</summary>
internal static class Crc32
{
    private static readonly uint[] Table = CreateTable();

    /// <summary>Goes on from <paramref name="crc"/>, which begins with all ones and is inverted at the end.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes) crc = Table[(byte)(crc ^ value)] ^ crc >> 8;
        return crc;
    }

    private static uint[] CreateTable()
    {
        var table = new uint[256];
        for (var index = 0U; index < table.Length; index++)
        {
            var value = index;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? value >> 1 ^ 0xedb88320 : value >> 1;
            table[index] = value;
        }
        return table;
    }
}
