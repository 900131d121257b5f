using System.Runtime.InteropServices;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Processes;
using TraceKernel.Syscalls;
using TraceKernel.Tests.Kernels;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Tests.Tracing;

/// <summary>The target's memory: words and PT_IO, and the rights that they need (section 6).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class MemoryRules
{
    // The pages of the guest: readable and writable; a hole; readable; none; shared; shared and read-only; the last of user space.
    private const ulong Private = 0x1000_0000, Hole = Private + 0x1000, ReadOnly = Private + 0x2000, NoAccess = Private + 0x3000,
        Shared = Private + 0x4000, SharedReadOnly = Private + 0x5000, Shadow = 0x7fff_ffff_f000, KernelAddress = 0xffff_8000_0000_0000;

    private const int R = 1, W = 2, X = 4;

    private static Tracee Start(string kernel) => Tracee.ReadyOn(kernel, "target.O2", "map");

    [CommonRule("6.1 READ of private memory", None, PT_READ_D, Private)]
    [CommonRule("6.1 READ_I is READ_D", None, PT_READ_I, Private)]
    [CommonRule("6.1 READ at any alignment", None, PT_READ_D, Private + 1)]
    [CommonRule("6.1 READ of read-only memory", None, PT_READ_D, ReadOnly)]
    [CommonRule("6.1 READ of shared memory", None, PT_READ_D, Shared)]
    [CommonRule("6.1 READ of shared read-only memory", None, PT_READ_D, SharedReadOnly)]
    [Rule("6.1 READ into a hole", EFAULT, EFAULT, EFAULT, ENOMEM, ENOMEM, PT_READ_D, Private + 0xffd)]
    [Rule("6.1 READ of a hole", EFAULT, EFAULT, EFAULT, ENOMEM, ENOMEM, PT_READ_D, Hole)]
    [Rule("6.1 READ of PROT_NONE", EFAULT, EFAULT, EFAULT, ENOMEM, ENOMEM, PT_READ_D, NoAccess)]
    [Rule("6.1 READ of a kernel address", EFAULT, EFAULT, EFAULT, ENOMEM, ENOMEM, PT_READ_D, KernelAddress)]
    [Rule("6.1 READ of NULL", EFAULT, EFAULT, EFAULT, ENOMEM, ENOMEM, PT_READ_I, 0UL)]
    [Rule("6.1 READ over the end of the address space", EFAULT, EFAULT, EFAULT, ENOMEM, ENOMEM, PT_READ_D, ulong.MaxValue - 1)]
    [CommonRule("6.1 WRITE of private memory", None, PT_WRITE_D, Private)]
    [CommonRule("6.1 WRITE_I is WRITE_D", None, PT_WRITE_I, Private + 3)]
    [CommonRule("6.1 WRITE of read-only memory", None, PT_WRITE_D, ReadOnly)]
    [CommonRule("6.1 WRITE of shared memory", None, PT_WRITE_D, Shared)]
    [CommonRule("6.1 WRITE of shared read-only memory", None, PT_WRITE_D, SharedReadOnly)]
    [Rule("6.1 WRITE into a hole", EFAULT, EFAULT, EFAULT, ENOMEM, ENOMEM, PT_WRITE_D, Private + 0xffe)]
    [Rule("6.1 WRITE of a hole", EFAULT, EFAULT, EFAULT, ENOMEM, ENOMEM, PT_WRITE_D, Hole)]
    [Rule("6.3 WRITE of PROT_NONE", None, None, EFAULT, ENOMEM, ENOMEM, PT_WRITE_D, NoAccess)]
    [Rule("6.1 WRITE of a kernel address", EFAULT, EFAULT, EFAULT, ENOMEM, ENOMEM, PT_WRITE_D, KernelAddress)]
    [Rule("6.1 WRITE of the shared page", EFAULT, EFAULT, EFAULT, ENOMEM, ENOMEM, PT_WRITE_D, Shadow)]
    public object Word(string kernel, int request, ulong address)
    {
        using var tracee = Start(kernel);
        return tracee.Request(request, address, -2);
    }

    [CommonRule("6.1 READ returns an int with its sign", -2L)]
    public object Value(string kernel)
    {
        using var tracee = Start(kernel);
        Assert.That(tracee.Request(PT_WRITE_I, Private + 5, -2), Is.EqualTo(None));
        Assert.That(tracee.Calls.Ptrace(PT_READ_D, tracee.Pid, Private + 5, 0, default, default, out var value), Is.EqualTo(None));
        return value;
    }

    [CommonRule("6.1 four bytes are written, no more", "00 01 02 03 04 00")]
    public object Width(string kernel)
    {
        using var tracee = Start(kernel);
        Assert.That(tracee.Request(PT_WRITE_D, Private + 1, 0x04030201), Is.EqualTo(None));
        var bytes = new byte[6];
        Assert.That(tracee.Io(PIOD_READ_D, Private, bytes, out _), Is.EqualTo(None));
        return string.Join(' ', bytes.Select(value => $"{value:x2}"));
    }

    [Rule("6.1 a write that fails on its second page has changed the first", "EFAULT 1 2", "EFAULT 1 2", "EFAULT 1 2", "ENOMEM 1 2", "ENOMEM 1 2", false)]
    [CommonRule("6.3 a transfer that fails on its second page has changed the first", "EFAULT 1 2", true)]
    public object Halfway(string kernel, bool io)
    {
        using var tracee = Start(kernel);
        var error = io ? tracee.Io(PIOD_WRITE_D, Private + 0xffe, new byte[] { 1, 2, 3, 4 }, out _) : tracee.Request(PT_WRITE_D, Private + 0xffe, 0x04030201);
        var bytes = new byte[2];
        Assert.That(tracee.Io(PIOD_READ_D, Private + 0xffe, bytes, out _), Is.EqualTo(None));
        return $"{error} {bytes[0]} {bytes[1]}";
    }

    [CommonRule("6.2 IO reads", "None 16", PIOD_READ_D, Private, 16)]
    [CommonRule("6.2 IO reads a page", "None 4096", PIOD_READ_I, Private, 4096)]
    [CommonRule("6.2 IO writes", "None 4000", PIOD_WRITE_D, Private + 9, 4000)]
    [CommonRule("6.2 IO writes over the border of two pages", "None 6000", PIOD_WRITE_I, Shared, 6000)]
    [CommonRule("6.2 IO writes what is read-only", "None 4096", PIOD_WRITE_I, ReadOnly, 4096)]
    [CommonRule("6.2 IO reads into a hole", "EFAULT", PIOD_READ_D, Private, 4097)]
    [CommonRule("6.2 IO reads PROT_NONE", "EFAULT", PIOD_READ_D, NoAccess, 1)]
    [Rule("6.3 IO writes PROT_NONE", "None 1", "None 1", "EFAULT", "EFAULT", "EFAULT", PIOD_WRITE_D, NoAccess, 1)]
    [CommonRule("6.2 IO reads kernel addresses", "EFAULT", PIOD_READ_D, KernelAddress, 1)]
    [CommonRule("6.2 IO of length 0", "None 0", PIOD_READ_D, Private, 0)]
    [Rule("6.2 IO of length 0 in a hole", "EFAULT", "None 0", "EFAULT", "EFAULT", "EFAULT", PIOD_READ_D, Hole, 0)]
    [Rule("6.2 IO of length 0 where reading is not allowed", "EFAULT", "None 0", "EFAULT", "EFAULT", "EFAULT", PIOD_READ_D, NoAccess, 0)]
    [CommonRule("6.2 IO without an operation", "EINVAL", 0, Private, 4)]
    [CommonRule("6.2 IO of an unknown operation", "EINVAL", 5, Private, 4)]
    [CommonRule("6.2 IO of a negative operation", "EINVAL", -1, Private, 4)]
    [CommonRule("6.2 IO looks at its operation before the memory", "EINVAL", 9, Hole, 4)]
    public object Io(string kernel, int operation, ulong address, int length)
    {
        using var tracee = Start(kernel);
        var error = tracee.Io(operation, address, new byte[length], out var transferred);
        return error == None ? $"None {transferred}" : error.ToString();
    }

    [CommonRule("6.2 IO of more than there can be", EINVAL)]
    public object Huge(string kernel)
    {
        using var tracee = Start(kernel);
        var descriptor = new ptrace_io_desc { piod_op = PIOD_READ_D, piod_offs = Private, piod_len = 1UL << 63 };
        return tracee.Request(PT_IO, ref descriptor);
    }

    // What the entry allows now, what it may ever allow: does reading work, does writing?
    [CommonRule("6.3 rw-, at most rwx", "reads, writes", R | W, R | W | X, Private)]
    [CommonRule("6.3 r-x, at most rwx", "reads, writes", R | X, R | W | X, Private)]
    [CommonRule("6.3 r--, at most r-x, not copied", "reads", R, R | X, Shared)]
    [CommonRule("6.3 r--, at most rw-, shared", "reads, writes", R, R | W, Shared)]
    [Rule("6.3 ---, at most rwx", "writes", "writes", "", "", "", 0, R | W | X, Private)]
    [Rule("6.3 --x, at most rwx", "writes", "writes", "", "", "", X, R | W | X, Private)]
    [Rule("6.3 ---, at most -w-", "writes", "", "", "", "", 0, W, Shared)]
    [CommonRule("6.3 ---, at most nothing", "", 0, 0, Shared)]
    public object Rights(string kernel, int now, int ever, ulong page)
    {
        using var tracee = Start(kernel);
        var entry = tracee.Process.Vm.Map.Lookup(page)!;
        (entry.Protection, entry.MaxProtection) = ((Access)now, (Access)ever);
        var (read, write) = (tracee.Io(PIOD_READ_D, page, new byte[1], out _), tracee.Io(PIOD_WRITE_D, page, new byte[1], out _));
        Assert.That((read, write), Is.EqualTo((read == None ? None : EFAULT, write == None ? None : EFAULT)));
        Assert.That((int)entry.Protection, Is.EqualTo(now), "what the program may do has not changed");
        return string.Join(", ", new[] { read == None ? "reads" : "", write == None ? "writes" : "" }.Where(word => word.Length > 0));
    }

    [CommonRule("6.3 writing what is read-only: the program may not write it after", "written, SIGSEGV", ReadOnly)]
    public object Not_writable_for_the_program(string kernel, ulong page)
    {
        using var tracee = Start(kernel);
        Assert.That(tracee.Request(PT_WRITE_D, page, 7), Is.EqualTo(None));
        var written = tracee.Calls.Ptrace(PT_READ_D, tracee.Pid, page, 0, default, default, out var value) == None && value == 7 ? "written" : "lost";
        // mov [rax], eax at the pc
        var registers = tracee.GetRegs();
        registers[Registers.Rax] = page;
        Assert.That(tracee.Request(PT_SETREGS, ref registers), Is.EqualTo(None));
        Assert.That(tracee.Request(PT_WRITE_I, registers[Registers.Rip], 0x0089), Is.EqualTo(None));
        tracee.Continue();
        return $"{written}, {tracee.Next()}";
    }

    [CommonRule("6.3 text that a debugger writes is the process's own: the file keeps its bytes", "the file is as it was")]
    public object File(string kernel)
    {
        using var tracee = Start(kernel);
        var pc = tracee.GetRegs()[Registers.Rip];
        Assert.That(tracee.Calls.Ptrace(PT_READ_I, tracee.Pid, pc, 0, default, default, out var before), Is.EqualTo(None));
        Assert.That(tracee.Request(PT_WRITE_I, pc, (int)before ^ 0x55), Is.EqualTo(None));
        var second = tracee.Machine.Start("target.O2", traced: true, "map");
        tracee.Machine.Wait(second);
        Assert.That(tracee.Calls.Ptrace(PT_READ_I, second, pc, 0, default, default, out var after), Is.EqualTo(None));
        return after == before ? "the file is as it was" : "the file has changed";
    }

    [LaterRule("6.1 WRITE counts as writing the thread's state", "True", PT_WRITE_D)]
    [LaterRule("6.1 WRITE counts even when it fails", "True", PT_WRITE_I)]
    [LaterRule("6.1 READ does not", "False", PT_READ_D)]
    public object User_write(string kernel, int request)
    {
        using var tracee = Start(kernel);
        tracee.Request(request, request == PT_WRITE_I ? Hole : Private, 1);
        return tracee.Process.FirstThread.Has(DebugFlags.UserWrite).ToString();
    }

    [LaterRule("6.2 IO that writes counts as writing the thread's state", "True", PIOD_WRITE_D)]
    [LaterRule("6.2 IO that reads does not", "False", PIOD_READ_D)]
    [LaterRule("6.2 IO of an unknown operation does not", "False", 7)]
    public object User_write_by_io(string kernel, int operation)
    {
        using var tracee = Start(kernel);
        tracee.Io(operation, Private, new byte[1], out _);
        return tracee.Process.FirstThread.Has(DebugFlags.UserWrite).ToString();
    }

    [CommonRule("6.3 instructions that a debugger writes are the ones that run", "SIGILL")]
    public object Instructions(string kernel)
    {
        using var tracee = Start(kernel);
        // ud2
        Assert.That(tracee.Request(PT_WRITE_I, tracee.GetRegs()[Registers.Rip], 0x0b0f), Is.EqualTo(None));
        tracee.Continue();
        return tracee.Next();
    }

    [CommonRule("6.3 the stack does not grow for a debugger", EFAULT)]
    public object Stack(string kernel)
    {
        using var tracee = Start(kernel);
        var stack = tracee.Process.Vm.Map.Lookup(tracee.GetRegs()[Registers.Rsp])!;
        return tracee.Io(PIOD_READ_D, stack.Start - 8, new byte[4], out _);
    }

    [LaterRule("7 VM_TIMESTAMP grows when the map changes", "grows")]
    public object Timestamp(string kernel)
    {
        using var tracee = Start(kernel);
        tracee.Calls.Ptrace(PT_VM_TIMESTAMP, tracee.Pid, 0, 0, default, default, out var before);
        tracee.Calls.Ptrace(PT_VM_TIMESTAMP, tracee.Pid, 0, 0, default, default, out var same);
        Assert.That(same, Is.EqualTo(before));
        var call = new SystemCall(tracee.Process.FirstThread);
        (call.Arguments[0], call.Arguments[1]) = (Private, 0x1000);
        Assert.That(MemoryCalls.Munmap(call), Is.EqualTo(None));
        tracee.Calls.Ptrace(PT_VM_TIMESTAMP, tracee.Pid, 0, 0, default, default, out var after);
        return after > before ? "grows" : "does not";
    }

    [LaterRule("7 VM_ENTRY 0 is the first", "1 None", 0)]
    [Rule("7 VM_ENTRY of a negative index", null, null, "EINVAL", "1 None", "1 None", -5)]
    [Rule("7 VM_ENTRY of the least index", null, null, "EINVAL", "1 None", "1 None", int.MinValue)]
    [LaterRule("7 VM_ENTRY after the last", "ENOENT", 1000)]
    [LaterRule("7 VM_ENTRY beyond that", "EINVAL", 1001)]
    [LaterRule("7 VM_ENTRY far beyond that", "EINVAL", int.MaxValue)]
    public object Entry(string kernel, int index)
    {
        using var tracee = Start(kernel);
        // 1000: as many as there are
        var entry = new ptrace_vm_entry { pve_entry = index is 1000 or 1001 ? tracee.Process.Vm.Map.Entries.Count + index - 1000 : index };
        var error = tracee.Request(PT_VM_ENTRY, ref entry);
        return error == None ? $"{entry.pve_entry} None" : error.ToString();
    }

    [LaterRule("7 VM_ENTRY of private memory", "1000 rw-, offset 0, no file", Private)]
    [LaterRule("7 VM_ENTRY of read-only memory", "1000 r--, offset 0, no file", ReadOnly)]
    [LaterRule("7 VM_ENTRY of PROT_NONE", "1000 ---, offset 0, no file", NoAccess)]
    public object Described(string kernel, ulong address)
    {
        using var tracee = Start(kernel);
        var entry = Find(tracee, address, room: 0);
        var rights = $"{(entry.pve_prot & R) switch { 0 => '-', _ => 'r' }}{(entry.pve_prot & W) switch { 0 => '-', _ => 'w' }}{(entry.pve_prot & X) switch { 0 => '-', _ => 'x' }}";
        var file = (entry.pve_fileid, entry.pve_fsid, entry.pve_pathlen) == (-1, uint.MaxValue, 0) ? "no file" : "a file";
        return $"{entry.pve_end + 1 - entry.pve_start:x} {rights}, offset {entry.pve_offset}, {file}";
    }

    [RecentRule("7 VM_ENTRY of the gap below a stack", "---, no file")]
    public object Gap(string kernel)
    {
        using var tracee = Start(kernel);
        var stack = Find(tracee, tracee.GetRegs()[Registers.Rsp], room: 0);
        var gap = Find(tracee, stack.pve_start - 1, room: 0);
        Assert.That(gap.pve_end + 1, Is.EqualTo(stack.pve_start));
        Assert.That(tracee.Io(PIOD_WRITE_D, gap.pve_start, new byte[1], out _), Is.EqualTo(EFAULT));
        return $"{(gap.pve_prot == 0 ? "---" : "accessible")}, {(gap.pve_fileid == -1 ? "no file" : "a file")}";
    }

    [LaterRule("7 VM_ENTRY of the program with room for its path", "path 15, file known", 1024)]
    [LaterRule("7 VM_ENTRY of the program with just enough room", "path 15, file known", 15)]
    [LaterRule("7 VM_ENTRY of the program with too little room", "ENAMETOOLONG", 14)]
    [LaterRule("7 VM_ENTRY of the program with no room asks for no path", "path 0, file unknown", 0)]
    public object Path(string kernel, int room)
    {
        using var tracee = Start(kernel);
        var text = tracee.GetRegs()[Registers.Rip];
        var index = Find(tracee, text, room: 0).pve_entry - 1;
        var wanted = new ptrace_vm_entry { pve_entry = index, pve_pathlen = (uint)room };
        var path = new byte[room];
        var error = tracee.Calls.Ptrace(PT_VM_ENTRY, tracee.Pid, 0, 0, MemoryMarshal.AsBytes(new Span<ptrace_vm_entry>(ref wanted)), path, out _);
        if (error != None) return error.ToString();
        if (room > 0) Assert.That(System.Text.Encoding.Latin1.GetString(path.AsSpan(0, 15)), Is.EqualTo("/bin/target.O2\0"));
        return $"path {wanted.pve_pathlen}, file {(wanted.pve_fileid == -1 ? "unknown" : "known")}";
    }

    private static ptrace_vm_entry Find(Tracee tracee, ulong address, int room)
    {
        var entry = new ptrace_vm_entry { pve_pathlen = (uint)room };
        do Assert.That(tracee.Request(PT_VM_ENTRY, ref entry), Is.EqualTo(None));
        while (address < entry.pve_start || address > entry.pve_end);
        return entry;
    }
}
