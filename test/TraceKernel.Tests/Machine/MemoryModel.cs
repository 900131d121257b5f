using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Tests.Machine;

/// <summary>What an address space is, said in the simplest way: a dictionary of pages.</summary>
internal sealed class MemoryModel
{
    private readonly Dictionary<ulong, Page> _pages = [];

    public DebugComparator[] Comparators { get; set; } = [];

    public uint Hits { get; set; }

    /// <summary>Bytes of marked pages that were reported.</summary>
    public List<(ulong Address, int Length)> CodeWritten { get; } = [];

    public void Enter(ulong page, byte[] bytes, Access access)
    {
        bool same = _pages.TryGetValue(page, out var before) && before.Bytes == bytes;
        if (!same)
            Forget(page);
        _pages[page] = new Page(bytes, access, same && before.HoldsCode);
        CheckExecutable(page);
    }

    public void Remove(ulong start, ulong end)
    {
        foreach (ulong page in In(start, end))
        {
            Forget(page);
            _pages.Remove(page);
        }
    }

    public void Protect(ulong start, ulong end, Access access)
    {
        foreach (ulong page in In(start, end))
        {
            _pages[page] = _pages[page] with { Access = _pages[page].Access & access };
            CheckExecutable(page);
        }
    }

    public void MarkCode(ulong address, int length)
    {
        for (int i = 0; i < length; i++)
        {
            ulong page = PageOf(address + (ulong)i);
            if (_pages.TryGetValue(page, out var entry))
                _pages[page] = entry with { HoldsCode = true };
        }
    }

    public bool Has(ulong address, Access access) => _pages.TryGetValue(PageOf(address), out var page) && (page.Access & access) == access;

    public ulong FirstInaccessible(ulong address, int length, Access access)
    {
        for (int i = 0; i < length; i++)
        {
            if (!Has(address + (ulong)i, access))
                return address + (ulong)i;
        }
        return address + (ulong)length;
    }

    public byte Read(ulong address) => _pages[PageOf(address)].Bytes[address % Frame.Size];

    public void Write(ulong address, byte value) => _pages[PageOf(address)].Bytes[address % Frame.Size] = value;

    public byte[] BytesAt(ulong address) => _pages[PageOf(address)].Bytes;

    /// <summary>A typed access was made.</summary>
    public void Note(ulong address, int size, Access access)
    {
        for (int n = 0; n < Comparators.Length; n++)
        {
            for (int i = 0; i < size; i++)
            {
                if ((Comparators[n].Access & access) != 0 && address + (ulong)i - Comparators[n].Address < (ulong)Comparators[n].Length)
                    Hits |= 1u << n;
            }
        }
    }

    /// <summary>A byte of a frame was written by somebody.</summary>
    public void NoteWritten(byte[] bytes, int offset)
    {
        foreach (var (address, page) in _pages)
        {
            if (page.Bytes == bytes && page.HoldsCode)
                CodeWritten.Add((address + (ulong)offset, 1));
        }
    }

    private void CheckExecutable(ulong page)
    {
        if ((_pages[page].Access & Access.Execute) == 0)
            Forget(page);
    }

    private void Forget(ulong page)
    {
        if (!_pages.TryGetValue(page, out var entry) || !entry.HoldsCode)
            return;
        _pages[page] = entry with { HoldsCode = false };
        CodeWritten.Add((page, Frame.Size));
    }

    private List<ulong> In(ulong start, ulong end) => [.. _pages.Keys.Where(page => page >= PageOf(start) && page < end)];

    private static ulong PageOf(ulong address) => address & ~4095UL;

    private readonly record struct Page(byte[] Bytes, Access Access, bool HoldsCode);
}
