using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>CRC32 and CRC32C: slot a is the checksum so far, slot b the data, of which immediate bytes count.</summary>
internal static class ChecksumHelpers
{
    private static readonly uint[] IeeeTable = Table(0xedb8_8320), CastagnoliTable = Table(0x82f6_3b78);

    public static int Ieee(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Sum(cpu, dst, a, b, immediate, IeeeTable);

    public static int Castagnoli(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Sum(cpu, dst, a, b, immediate, CastagnoliTable);

    private static int Sum(Cpu cpu, int dst, int a, int b, ulong bytes, uint[] table)
    {
        uint sum = (uint)cpu.File[a];
        ulong data = cpu.File[b];
        for (ulong i = 0; i < bytes; i++, data >>= 8)
            sum = (sum >> 8) ^ table[(byte)(sum ^ data)];
        cpu.File[dst] = sum;
        return InstructionSet.NoTrap;
    }

    // The polynomial has its bits reversed, as the data has.
    private static uint[] Table(uint polynomial)
    {
        var table = new uint[256];
        for (uint entry = 0; entry < table.Length; entry++)
        {
            uint sum = entry;
            for (int bit = 0; bit < 8; bit++)
                sum = (sum & 1) != 0 ? (sum >> 1) ^ polynomial : sum >> 1;
            table[entry] = sum;
        }
        return table;
    }
}
