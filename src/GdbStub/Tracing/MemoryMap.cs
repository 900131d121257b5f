using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Tracing;

/// <summary>A stretch of addresses with one mapping, or with none.</summary>
/// <param name="End">First address after it; the highest of all for the last hole.</param>
/// <param name="Protection">PROT_READ, PROT_WRITE and PROT_EXEC.</param>
/// <param name="Path">The mapped file; empty for memory of no file.</param>
public readonly record struct MemoryRegion(ulong Start, ulong End, bool IsMapped, int Protection, string Path)
{
    public bool IsReadable => (Protection & Mman.PROT_READ) != 0;

    public bool IsWritable => (Protection & Mman.PROT_WRITE) != 0;

    public bool IsExecutable => (Protection & Mman.PROT_EXEC) != 0;
}

/// <summary>A stopped process's map as PT_VM_ENTRY walks it, in ascending order.</summary>
internal static class MemoryMap
{
    private const int LongestPath = 1024;

    /// <summary>The mapping at <paramref name="address"/>, or the hole around it.</summary>
    public static Errno Find(SystemCalls system, int pid, ulong address, out MemoryRegion region)
    {
        var entry = default(ptrace_vm_entry);
        ulong end = 0;
        while (true)
        {
            var error = Next(system, pid, ref entry, out region);
            if (error == Errno.ENOENT) region = new MemoryRegion(ulong.MaxValue, ulong.MaxValue, false, 0, "");
            else if (error != Errno.None) return error;
            if (address < region.End && address >= region.Start) return Errno.None;
            if (address < region.Start || error == Errno.ENOENT)
            {
                region = new MemoryRegion(end, region.Start, false, 0, "");
                return Errno.None;
            }
            end = region.End;
        }
    }

    /// <summary>The first mapping of a file; null if it is not mapped.</summary>
    public static MemoryRegion? FindFile(SystemCalls system, int pid, string path)
    {
        var entry = default(ptrace_vm_entry);
        while (Next(system, pid, ref entry, out var region) == Errno.None)
            if (region.Path == path) return region;
        return null;
    }

    /// <summary>The next mapping; ENOENT when there are no more.</summary>
    private static Errno Next(SystemCalls system, int pid, ref ptrace_vm_entry entry, out MemoryRegion region)
    {
        Span<byte> path = stackalloc byte[LongestPath];
        entry.pve_pathlen = LongestPath;
        var error = system.Ptrace(PT_VM_ENTRY, pid, 0, 0, MemoryMarshal.AsBytes(new Span<ptrace_vm_entry>(ref entry)), path, out _);
        region = default;
        if (error != Errno.None) return error;
        var name = entry.pve_pathlen > 1 ? NullTerminated.ToText(path[..(int)entry.pve_pathlen]) : "";
        region = new MemoryRegion(entry.pve_start, entry.pve_end + 1, true, (int)entry.pve_prot, name);
        return Errno.None;
    }
}
