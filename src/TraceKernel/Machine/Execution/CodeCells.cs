using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// Where translated code finds the code at other addresses: a cell for each target of a direct exit, and a direct-mapped table for computed
/// ones. Both lie still; a cell whose target is not translated holds a way back to the engine.
/// </summary>
internal sealed unsafe class CodeCells
{
    /// <summary>How an address becomes a place in the table of computed targets.</summary>
    public const int IndirectShift = 11, IndirectEntryShift = 4;

    /// <inheritdoc cref="IndirectShift"/>
    public const long IndirectMask = IndirectEntries - 1;

    private const int IndirectEntries = 4096;
    private const int ChunkCells = 512;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, nint> _cells = [];
    private readonly IndirectCode[] _indirect = GC.AllocateArray<IndirectCode>(IndirectEntries, pinned: true);
    private readonly List<nint[]> _chunks = [];
    private int _used = ChunkCells;

    public CodeCells() => Array.Fill(_indirect, new IndirectCode { Code = Unknown });

    /// <summary>The table of computed targets.</summary>
    public nint Indirect => (nint)Unsafe.AsPointer(ref _indirect[0]);

    private static nint Unknown => (nint)(delegate*<nint, nint, long, long>)&LeaveAtUnknown;

    /// <summary>The cell of an address.</summary>
    public nint Of(ulong address)
    {
        lock (_lock)
        {
            if (_cells.TryGetValue(address, out nint cell))
                return cell;
            if (_used == ChunkCells)
            {
                _chunks.Add(GC.AllocateArray<nint>(ChunkCells, pinned: true));
                _used = 0;
            }
            cell = (nint)Unsafe.AsPointer(ref _chunks[^1][_used++]);
            *(nint*)cell = Unknown;
            _cells.Add(address, cell);
            return cell;
        }
    }

    /// <summary>From now on exits to an address lead to <paramref name="code"/>; computed ones when <see cref="SetIndirect"/> says so.</summary>
    /// <param name="code">0: they go by the engine again.</param>
    public void Set(ulong address, nint code)
    {
        *(nint*)Of(address) = code != 0 ? code : Unknown;
        ref var entry = ref IndirectOf(address);
        if (entry.Address == address)
            entry = new IndirectCode { Code = Unknown };
    }

    /// <summary>
    /// From now on computed jumps to an address lead to <paramref name="code"/>, until another takes its place in the table.
    /// </summary>
    public void SetIndirect(ulong address, nint code) => IndirectOf(address) = new IndirectCode { Address = address, Code = code };

    private ref IndirectCode IndirectOf(ulong address) => ref _indirect[(address ^ (address >> IndirectShift)) & IndirectMask];

    private static long LeaveAtUnknown(nint file, nint translations, long remaining) => ~remaining;

    [StructLayout(LayoutKind.Sequential, Size = 1 << IndirectEntryShift)]
    private struct IndirectCode
    {
        public ulong Address;
        public nint Code;
    }
}
