using System.Text;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Vm;

/// <summary>struct vmspace: a process's address space.</summary>
public sealed partial class VmSpace : IUserMemory, IDisposable
{
    /// <summary>MAXDSIZ, the hard RLIMIT_DATA: most bytes of data and break, and the room left for them below other mappings.</summary>
    public const ulong MaximumDataSize = 32UL << 30;

    /// <summary>MAXSSIZ, the hard RLIMIT_STACK.</summary>
    public const ulong MaximumStackSize = 512UL << 20;

    private const ulong PageMask = ~(ulong)(Frame.Size - 1);

    private readonly PhysicalMemory _memory;
    private readonly IArchitecture _architecture;
    private int _references = 1;

    /// <summary>vmspace_alloc: an empty space; page 0 is never mapped (security.bsd.map_at_zero).</summary>
    public VmSpace(PhysicalMemory memory, IArchitecture architecture)
    {
        _memory = memory;
        _architecture = architecture;
        Pmap = new AddressSpace(memory, architecture.InstructionSet.AddressBits);
        Engine = new Engine(architecture.InstructionSet, Pmap);
        Map = new VmMap(memory, Pmap, Frame.Size, architecture.UserTop);
        StackTop = architecture.SharedPage;
        MaximumStackAddress = StackTop - MaximumStackSize;
    }

    /// <summary>The translations in force: what the CPU runs in.</summary>
    public AddressSpace Pmap { get; }

    /// <summary>Runs instructions of this space.</summary>
    public Engine Engine { get; }

    public VmMap Map { get; }

    /// <summary>vm_taddr: where the program's text begins.</summary>
    public ulong TextAddress { get; internal set; }

    /// <summary>vm_daddr: where its data begins; the break is counted from here.</summary>
    public ulong DataAddress { get; internal set; }

    /// <summary>vm_dsize in bytes: data, bss and what break(2) added.</summary>
    public ulong DataSize { get; internal set; }

    /// <summary>sv_usrstack: first address above the main stack.</summary>
    public ulong StackTop { get; }

    /// <summary>vm_maxsaddr: lowest address that the main stack may have.</summary>
    public ulong MaximumStackAddress { get; internal set; }

    /// <summary>Where mmap(2) without an address begins to look: after the largest possible heap (kern_mmap).</summary>
    public ulong MappingsStart => (DataAddress + MaximumDataSize + Frame.Size - 1) & PageMask;

    /// <summary>RLIMIT_STACK in force, in bytes.</summary>
    public ulong StackSizeLimit { get; set; } = MaximumStackSize;

    /// <summary>map->timestamp.</summary>
    public int Timestamp => Map.Timestamp;

    /// <summary>vmspace_fork; null when the host has no room for another address space.</summary>
    public VmSpace? TryFork()
    {
        var child = new VmSpace(_memory, _architecture)
        {
            TextAddress = TextAddress,
            DataAddress = DataAddress,
            DataSize = DataSize,
            MaximumStackAddress = MaximumStackAddress,
            StackSizeLimit = StackSizeLimit,
        };
        Map.CopyTo(child.Map);
        child.Attachments.AddRange(Attachments);
        foreach (var attachment in Attachments) attachment.Forked();
        return child;
    }

    /// <summary>Another process lives in this very space (RFMEM): it is freed when the last one has left.</summary>
    public VmSpace Share()
    {
        _references++;
        return this;
    }

    /// <summary>vm_shm: segments of shared memory that it shows.</summary>
    internal List<IVmAttachment> Attachments { get; } = [];

    /// <summary>vm_refcnt: processes that live in it.</summary>
    public int References => _references;

    /// <inheritdoc/>
    public Errno CopyIn(ulong address, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int offset = (int)(address & ~PageMask), count = Math.Min(destination.Length, Frame.Size - offset);
            if (Reach(address, Access.Read) is not { } frame)
                return Errno.EFAULT;
            frame.Read(offset, destination[..count]);
            destination = destination[count..];
            address += (ulong)count;
        }
        return Errno.None;
    }

    /// <inheritdoc/>
    public Errno CopyOut(ulong address, ReadOnlySpan<byte> source)
    {
        while (source.Length > 0)
        {
            int offset = (int)(address & ~PageMask), count = Math.Min(source.Length, Frame.Size - offset);
            if (Reach(address, Access.Write) is not { } frame)
                return Errno.EFAULT;
            frame.Write(offset, source[..count]);
            source = source[count..];
            address += (ulong)count;
        }
        return Errno.None;
    }

    /// <inheritdoc/>
    public Errno CopyInString(ulong address, int maximum, out string text)
    {
        text = "";
        var builder = new StringBuilder();
        Span<byte> page = stackalloc byte[Frame.Size];
        while (builder.Length < maximum)
        {
            int offset = (int)(address & ~PageMask), count = Math.Min(maximum - builder.Length, Frame.Size - offset);
            if (Reach(address, Access.Read) is not { } frame)
                return Errno.EFAULT;
            var bytes = page[..count];
            frame.Read(offset, bytes);
            int end = bytes.IndexOf((byte)0);
            builder.Append(Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]));
            if (end >= 0)
            {
                text = builder.ToString();
                return Errno.None;
            }
            address += (ulong)count;
        }
        return Errno.ENAMETOOLONG;
    }

    /// <summary>
    /// MINCORE_* of a page: what this process and others have done with it, as far as is known without the hardware's marks.
    /// </summary>
    internal int Residency(ulong page)
    {
        if (Pmap.Lookup(page, out var access) is not null)
        {
            int touched = Mman.MINCORE_INCORE | Mman.MINCORE_REFERENCED | Mman.MINCORE_REFERENCED_OTHER;
            return (access & Access.Write) == 0 ? touched : touched | Mman.MINCORE_MODIFIED | Mman.MINCORE_MODIFIED_OTHER;
        }
        return Map.Lookup(page) is { Object: { } pages } entry && pages.TryGet(entry.PageIndex(page), out _) ? Mman.MINCORE_INCORE : 0;
    }

    /// <summary>
    /// proc_rwmem: a debugger's read or write, page by page; bytes before the bad page are transferred. Reading needs the current right to
    /// read. Writing needs that too, and a private copy is made where the program itself could not write; pages that are shared without a
    /// right to write stay as they are. An empty buffer probes the page. EFAULT, or ENOMEM when memory is short.
    /// </summary>
    /// <param name="rule">What writing needs.</param>
    public Errno ReadWrite(ulong address, Span<byte> buffer, bool write, out int transferred, DebuggerWrite rule = DebuggerWrite.Copy)
    {
        transferred = 0;
        var kind = (write, rule) switch
        {
            (false, _) => FaultKind.DebuggerRead,
            (_, DebuggerWrite.Copy) => FaultKind.DebuggerWrite,
            (_, DebuggerWrite.Override) => FaultKind.Override,
            _ => FaultKind.OverrideReadable,
        };
        var access = kind is FaultKind.Override or FaultKind.OverrideReadable ? Access.None : Access.Read;
        do
        {
            ulong at = address + (ulong)transferred;
            int offset = (int)(at & ~PageMask), count = Math.Min(buffer.Length - transferred, Frame.Size - offset);
            if (!write && IsReadableUntouched(at))
            {
                // A page that was never touched is zero. FreeBSD would make it resident; here a debugger's look takes no memory.
                buffer.Slice(transferred, count).Clear();
                transferred += count;
                continue;
            }
            var result = Fault(at, access, kind, out var frame);
            if (result != FaultResult.Resolved)
                return result == FaultResult.OutOfMemory ? Errno.ENOMEM : Errno.EFAULT;
            var bytes = buffer.Slice(transferred, count);
            if (write && count > 0)
                frame!.Write(offset, bytes);
            else
                frame!.Read(offset, bytes);
            transferred += count;
        }
        while (transferred < buffer.Length);
        return Errno.None;
    }

    /// <summary>
    /// PT_VM_ENTRY: pve in and out, the path and its NUL into <paramref name="path"/>. EINVAL for a number beyond the entries, ENOENT for
    /// the one after the last, ENAMETOOLONG when pve_pathlen or the buffer cannot take the path (kern_ptrace, ptrace_vm_entry).
    /// </summary>
    public Errno Entry(ref ptrace_vm_entry entry, Span<byte> path)
    {
        int index = Math.Max(entry.pve_entry, 0);
        if (index > Map.Entries.Count)
            return Errno.EINVAL;
        if (index == Map.Entries.Count)
            return Errno.ENOENT;
        var found = Map.Entries[index];
        uint room = entry.pve_pathlen;
        entry.pve_entry = index + 1;
        entry.pve_timestamp = Map.Timestamp;
        entry.pve_start = found.Start;
        entry.pve_end = found.End - 1;
        entry.pve_offset = found.Offset;
        entry.pve_prot = (uint)found.Protection;
        entry.pve_pathlen = 0;
        entry.pve_fileid = -1;
        entry.pve_fsid = uint.MaxValue;
        if (room == 0)
            return Errno.None;

        IBackingFile? file = null;
        for (var pages = found.Object; pages is not null; pages = pages.Backing)
        {
            entry.pve_offset += pages.BackingOffset;
            file = pages.File;
        }
        if (file is null)
            return Errno.None;
        entry.pve_fileid = file.FileId;
        entry.pve_fsid = file.FileSystemId;
        if (file.Path.Length == 0)
            return Errno.None;
        uint length = (uint)file.Path.Length + 1;
        if (length > room || length > (uint)path.Length)
            return Errno.ENAMETOOLONG;
        entry.pve_pathlen = length;
        Encoding.Latin1.GetBytes(file.Path, path);
        path[(int)length - 1] = 0;
        return Errno.None;
    }

    /// <summary>
    /// Writes into a private mapping whatever its protection: exec fills pages that the program may only read. EFAULT or ENOMEM.
    /// </summary>
    internal Errno Fill(ulong address, ReadOnlySpan<byte> source)
    {
        while (source.Length > 0)
        {
            int offset = (int)(address & ~PageMask), count = Math.Min(source.Length, Frame.Size - offset);
            var result = Fault(address, Access.None, FaultKind.Loader, out var frame);
            if (result != FaultResult.Resolved)
                return result == FaultResult.OutOfMemory ? Errno.ENOMEM : Errno.EFAULT;
            frame!.Write(offset, source[..count]);
            source = source[count..];
            address += (ulong)count;
        }
        return Errno.None;
    }

    /// <summary>vmspace_free: the last process to leave gives all memory back.</summary>
    public void Dispose()
    {
        if (--_references > 0) return;
        Map.Delete(Map.Minimum, Map.Maximum);
        foreach (var attachment in Attachments) attachment.Gone();
        Attachments.Clear();
        Pmap.Dispose();
    }

    // Pages that the CPU could reach need no fault. No watchpoint is hit by the kernel's own accesses.
    private Frame? Reach(ulong address, Access access)
    {
        var frame = Pmap.Lookup(address, out var rights);
        if (frame is not null && (rights & access) == access)
            return frame;
        return address < Map.Maximum && Fault(address, access, FaultKind.Program, out frame) == FaultResult.Resolved ? frame : null;
    }
}
