using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Tracing;

/// <summary>
/// The breakpoint instructions in one address space and the bytes they displace. Every debugger access to memory passes here, so that
/// nobody sees the instructions and nobody overwrites them. A vfork child shares its parent's until it executes another program.
/// </summary>
public sealed class SoftwareBreakpoints
{
    private readonly SystemCalls _system;
    private readonly IDebugTarget _target;
    private readonly List<Site> _sites = [];
    private byte[] _patched = [];

    internal SoftwareBreakpoints(SystemCalls system, IDebugTarget target)
    {
        _system = system;
        _target = target;
    }

    public int Count => _sites.Count;

    /// <summary>Addresses in ascending order.</summary>
    public IEnumerable<ulong> Addresses => _sites.Select(site => site.Address);

    /// <summary>True while the instructions are out of the memory because a vfork child is using it.</summary>
    internal bool Lifted { get; private set; }

    private int Length => _target.BreakpointInstruction.Length;

    public bool Contains(ulong address) => Find(address) >= 0;

    /// <summary>The same sites in the copy of the memory that a fork made.</summary>
    internal SoftwareBreakpoints Copy()
    {
        var copy = new SoftwareBreakpoints(_system, _target) { Lifted = Lifted };
        copy._sites.AddRange(_sites);
        return copy;
    }

    /// <summary>What was handed over with the breakpoint at <paramref name="address"/>; null: nothing, or there is none.</summary>
    internal BreakpointActions? ActionsAt(ulong address) => Find(address) is var index and >= 0 ? _sites[index].Actions : null;

    /// <summary>Whether the program itself has a breakpoint instruction beneath the breakpoint at <paramref name="address"/>.</summary>
    internal bool IsProgramsOwn(ulong address) =>
        Find(address) is var index and >= 0 && _sites[index].Displaced == Pack(_target.BreakpointInstruction);

    /// <summary>Puts a breakpoint at <paramref name="address"/>; where there is one in the memory already, that is the one.</summary>
    /// <param name="actions">Take the place of those that it has; null: every hit is reported.</param>
    /// <returns>The error of PT_IO: EFAULT where nothing is mapped.</returns>
    internal Errno Insert(int pid, ulong address, BreakpointActions? actions = null)
    {
        var index = Find(address);
        if (index >= 0 && (Lifted || IsInMemory(pid, address)))
        {
            _sites[index] = _sites[index] with { Actions = actions };
            return Errno.None;
        }
        // Its memory was unmapped, and something else is there now: gdb takes no breakpoint out of a library that is gone.
        if (index >= 0) _sites.RemoveAt(index);
        index = Find(address);
        Span<byte> original = stackalloc byte[sizeof(uint)];
        original = original[..Length];
        var error = _system.Io(pid, PIOD_READ_D, address, original);
        if (error == Errno.None && !Lifted) error = WriteInstruction(pid, address);
        if (error != Errno.None) return error;
        // A neighbour's instruction may have been read where two sites overlap.
        Hide(address, original);
        _sites.Insert(~index, new Site(address, Pack(original), actions));
        return Errno.None;
    }

    /// <summary>Takes the breakpoint at <paramref name="address"/> out; nothing happens where there is none.</summary>
    internal void Remove(int pid, ulong address)
    {
        var index = Find(address);
        if (index < 0) return;
        var site = _sites[index];
        _sites.RemoveAt(index);
        if (!Lifted) Restore(pid, site);
    }

    /// <summary>Takes all of them out for good.</summary>
    internal void RemoveAll(int pid)
    {
        if (!Lifted)
            foreach (var site in _sites) Restore(pid, site);
        _sites.Clear();
    }

    /// <summary>Takes the instructions out of the memory but keeps the sites, until <see cref="PutBack"/>.</summary>
    internal void Lift(int pid)
    {
        if (Lifted) return;
        foreach (var site in _sites) Restore(pid, site);
        Lifted = true;
    }

    internal void PutBack(int pid)
    {
        if (!Lifted) return;
        Lifted = false;
        // A page that is gone meanwhile has nothing to break in.
        foreach (var site in _sites) _ = WriteInstruction(pid, site.Address);
    }

    /// <summary>Takes the instruction at <paramref name="address"/> out of the memory while a thread passes it.</summary>
    internal void LiftOne(int pid, ulong address)
    {
        if (!Lifted && Find(address) is var index and >= 0) WriteDisplaced(pid, _sites[index]);
    }

    /// <summary>Puts it back.</summary>
    internal void PutBackOne(int pid, ulong address)
    {
        // A page that is gone meanwhile has nothing to break in.
        if (!Lifted && Find(address) >= 0) _ = WriteInstruction(pid, address);
    }

    /// <summary>The memory has been replaced (execve): there is nothing to take out.</summary>
    internal void Forget()
    {
        _sites.Clear();
        Lifted = false;
    }

    /// <summary>Replaces the instructions in bytes read from <paramref name="address"/> by what they displaced.</summary>
    internal void Hide(ulong address, Span<byte> bytes)
    {
        for (var index = FirstReaching(address); index < _sites.Count; index++)
        {
            var site = _sites[index];
            if (site.Address >= address && site.Address - address >= (ulong)bytes.Length) break;
            for (var i = 0; i < Length; i++)
            {
                var position = site.Address + (ulong)i - address;
                if (position < (ulong)bytes.Length) bytes[(int)position] = site[i];
            }
        }
    }

    /// <summary>Writes what the debugger wants to see at <paramref name="address"/>, leaving the instructions where they are.</summary>
    internal Errno Write(int pid, ulong address, Span<byte> bytes)
    {
        var first = FirstReaching(address);
        if (first == _sites.Count || _sites[first].Address >= address && _sites[first].Address - address >= (ulong)bytes.Length)
            return _system.Io(pid, PIOD_WRITE_D, address, bytes);

        if (_patched.Length < bytes.Length) _patched = new byte[bytes.Length];
        var patched = _patched.AsSpan(0, bytes.Length);
        bytes.CopyTo(patched);
        if (!Lifted) Exchange(first, address, patched, displace: false);
        var error = _system.Io(pid, PIOD_WRITE_D, address, patched);
        if (error == Errno.None) Exchange(first, address, bytes, displace: true);
        return error;
    }

    /// <summary>Puts the instructions into <paramref name="bytes"/>, or keeps those bytes as the displaced ones.</summary>
    private void Exchange(int first, ulong address, Span<byte> bytes, bool displace)
    {
        for (var index = first; index < _sites.Count; index++)
        {
            var site = _sites[index];
            for (var i = 0; i < Length; i++)
            {
                var position = site.Address + (ulong)i - address;
                if (position >= (ulong)bytes.Length) continue;
                if (displace) site = site.With(i, bytes[(int)position]);
                else bytes[(int)position] = _target.BreakpointInstruction[i];
            }
            _sites[index] = site;
        }
    }

    /// <summary>Puts the displaced bytes back, unless the program has written something else there or unmapped it.</summary>
    private void Restore(int pid, Site site)
    {
        if (!IsInMemory(pid, site.Address)) return;
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        bytes = bytes[..Length];
        WriteDisplaced(pid, site);
    }

    private void WriteDisplaced(int pid, Site site)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        bytes = bytes[..Length];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = site[i];
        _ = _system.Io(pid, PIOD_WRITE_D, site.Address, bytes);
    }

    private bool IsInMemory(int pid, ulong address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        bytes = bytes[..Length];
        return _system.Io(pid, PIOD_READ_D, address, bytes) == Errno.None && bytes.SequenceEqual(_target.BreakpointInstruction);
    }

    private Errno WriteInstruction(int pid, ulong address)
    {
        Span<byte> instruction = stackalloc byte[sizeof(uint)];
        instruction = instruction[..Length];
        _target.BreakpointInstruction.CopyTo(instruction);
        return _system.Io(pid, PIOD_WRITE_D, address, instruction);
    }

    /// <summary>Index of the first site that ends after <paramref name="address"/>.</summary>
    private int FirstReaching(ulong address)
    {
        var index = Find(address < (ulong)Length ? 0 : address - (ulong)Length + 1);
        return index < 0 ? ~index : index;
    }

    /// <summary>Index of the site at <paramref name="address"/>, or the complement of where it would stand.</summary>
    private int Find(ulong address)
    {
        var low = 0;
        var high = _sites.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (_sites[middle].Address == address) return middle;
            if (_sites[middle].Address < address) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }

    private static uint Pack(ReadOnlySpan<byte> bytes)
    {
        var packed = 0U;
        for (var i = 0; i < bytes.Length; i++) packed |= (uint)bytes[i] << 8 * i;
        return packed;
    }

    /// <summary>One breakpoint: where, and the bytes it displaces (no CPU here has a longer breakpoint instruction than four).</summary>
    private readonly record struct Site(ulong Address, uint Displaced, BreakpointActions? Actions)
    {
        public byte this[int index] => (byte)(Displaced >> 8 * index);

        public Site With(int index, byte value) => this with { Displaced = Displaced & ~(0xffU << 8 * index) | (uint)value << 8 * index };
    }
}
