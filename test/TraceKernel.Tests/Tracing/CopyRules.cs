using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Tests.Kernels;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Tests.Tracing.DebuggerMemory;

namespace TraceKernel.Tests.Tracing;

/// <summary>sys_ptrace (section 2): what is copied in before, and out after, everything else.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class CopyRules
{
    private const int NoSuchPid = 4711;

    [CommonRule("2 SETREGS copies in first", EFAULT, PT_SETREGS, 0)]
    [CommonRule("2 SETFPREGS copies in first", EFAULT, PT_SETFPREGS, 0)]
    [CommonRule("2 SETDBREGS copies in first", EFAULT, PT_SETDBREGS, 0)]
    [CommonRule("2 IO copies in first", EFAULT, PT_IO, 0)]
    [Rule("2 VM_ENTRY copies in first", ESRCH, ESRCH, EFAULT, EFAULT, EFAULT, PT_VM_ENTRY, 0)]
    [Rule("2 SET_EVENT_MASK copies in first", ESRCH, ESRCH, ESRCH, EFAULT, EFAULT, PT_SET_EVENT_MASK, 4)]
    [Rule("2 SET_EVENT_MASK of a wrong size", ESRCH, ESRCH, ESRCH, EINVAL, EINVAL, PT_SET_EVENT_MASK, 5)]
    [Rule("2 SET_EVENT_MASK of no size", ESRCH, ESRCH, ESRCH, EINVAL, EINVAL, PT_SET_EVENT_MASK, 0)]
    [CommonRule("2 GETREGS copies nothing in", ESRCH, PT_GETREGS, 0)]
    [CommonRule("2 GETFPREGS copies nothing in", ESRCH, PT_GETFPREGS, 0)]
    [CommonRule("2 GETDBREGS copies nothing in", ESRCH, PT_GETDBREGS, 0)]
    [CommonRule("2 LWPINFO copies nothing in", ESRCH, PT_LWPINFO, 160)]
    [CommonRule("2 LWPINFO of a wrong size copies nothing in", ESRCH, PT_LWPINFO, -1)]
    [CommonRule("2 GETLWPLIST copies nothing in", ESRCH, PT_GETLWPLIST, 4)]
    [CommonRule("2 GET_EVENT_MASK copies nothing in", ESRCH, PT_GET_EVENT_MASK, 5)]
    [CommonRule("2 GET_SC_ARGS copies nothing in", ESRCH, PT_GET_SC_ARGS, 64)]
    [CommonRule("2 GET_SC_RET copies nothing in", ESRCH, PT_GET_SC_RET, 24)]
    [CommonRule("2 READ_D passes its address on", ESRCH, PT_READ_D, 0)]
    [CommonRule("2 WRITE_D passes its address on", ESRCH, PT_WRITE_D, 0)]
    [CommonRule("2 CONTINUE passes its address on", ESRCH, PT_CONTINUE, 0)]
    [CommonRule("2 an unknown request passes its address on", ESRCH, 63, 0)]
    public object Of_a_bad_address_when_there_is_no_such_process(string kernel, int request, int data)
    {
        using var machine = new TestMachine(kernel: kernel);
        return new GuestDebugger(machine).Ptrace(request, NoSuchPid, Bad, data);
    }

    [CommonRule("2 GETREGS copies out", EFAULT, PT_GETREGS, 0)]
    [CommonRule("2 GETFPREGS copies out", EFAULT, PT_GETFPREGS, 0)]
    [CommonRule("2 GETDBREGS copies out", EFAULT, PT_GETDBREGS, 0)]
    [LaterRule("2 LWPINFO copies out", EFAULT, PT_LWPINFO, 100)]
    [LaterRule("8 GETLWPLIST copies out", EFAULT, PT_GETLWPLIST, 1)]
    [LaterRule("8 GETNUMLWPS copies nothing", None, PT_GETNUMLWPS, 0)]
    [RecentRule("2 GET_EVENT_MASK copies out", EFAULT, PT_GET_EVENT_MASK, 4)]
    [RecentRule("2 GET_EVENT_MASK of a wrong size", EINVAL, PT_GET_EVENT_MASK, 5)]
    public object To_a_bad_address(string kernel, int request, int data)
    {
        using var machine = new TestMachine(kernel: kernel);
        var debugger = new GuestDebugger(machine);
        return debugger.Ptrace(request, debugger.Attach("target.O2", "sleep"), Bad, data);
    }

    [CommonRule("2 SETREGS copies nothing out", None, PT_GETREGS, PT_SETREGS)]
    [CommonRule("2 SETFPREGS copies nothing out", None, PT_GETFPREGS, PT_SETFPREGS)]
    [CommonRule("2 SETDBREGS copies nothing out", None, PT_GETDBREGS, PT_SETDBREGS)]
    public object From_memory_that_can_only_be_read(string kernel, int get, int set)
    {
        using var machine = new TestMachine(kernel: kernel);
        var debugger = new GuestDebugger(machine);
        var pid = debugger.Attach("target.O2", "sleep");
        Assert.That(debugger.Ptrace(get, pid, Good), Is.EqualTo(None));
        debugger.Memory[Good, 1024].CopyTo(debugger.Memory[ReadOnly, 1024]);
        return debugger.Ptrace(set, pid, ReadOnly);
    }

    // Which error there is when the size is wrong and the target is not traced.
    [Rule("2 GET_EVENT_MASK looks at its size after the permission", EINVAL, EINVAL, EPERM, EPERM, EPERM)]
    public object Size_of_an_event_mask(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var debugger = new GuestDebugger(machine);
        return debugger.Ptrace(PT_GET_EVENT_MASK, machine.Start("target.O2", false, "sleep"), Good, 5);
    }

    [Rule("2 IO's descriptor cannot be written back", "None done", "None done", "EFAULT done", "EFAULT done", "EFAULT done", ReadOnly, 4, 0)]
    [CommonRule("2 IO says how much it has done", "None done 8", Good, 8, 0)]
    [CommonRule("2 IO that fails leaves its descriptor alone", "EFAULT done 8192", Good, 8192, 0)]
    [CommonRule("2 IO with a bad buffer", "EFAULT 8", Good, 8, 1)]
    public object Io(string kernel, ulong at, int length, int badBuffer)
    {
        using var machine = new TestMachine(kernel: kernel);
        var debugger = new GuestDebugger(machine);
        var pid = debugger.Attach("traced.O2", "page");
        debugger.Memory[Good + 0x1000, 0x4000].Fill(0xee);
        debugger.Memory.Set(at, new ptrace_io_desc
        {
            piod_op = PIOD_READ_D, piod_offs = 0x1000_0000, piod_addr = badBuffer != 0 ? Bad : Good + 0x1000, piod_len = (ulong)length,
        });
        var error = debugger.Ptrace(PT_IO, pid, at);
        var done = debugger.Memory[Good + 0x1000, 1][0] == 0 ? " done" : "";
        return at == ReadOnly ? $"{error}{done}" : $"{error}{done} {debugger.Memory.Get<ptrace_io_desc>(at).piod_len}";
    }

    [LaterRule("2 LWPINFO copies as many bytes as it is asked for", "None 4 of 4", 4)]
    [LaterRule("2 LWPINFO copies an odd number of bytes", "None 13 of 13", 13)]
    [LaterRule("2 LWPINFO copies whole", "None 132 of 132", 132)]
    public object Lwpinfo(string kernel, int size)
    {
        using var machine = new TestMachine(kernel: kernel);
        var debugger = new GuestDebugger(machine);
        var pid = debugger.Attach("target.O2", "sleep");
        debugger.Memory[Good, 256].Fill(0xee);
        var error = debugger.Ptrace(PT_LWPINFO, pid, Good, size);
        return $"{error} {256 - Untouched(debugger.Memory[Good, 256])} of {size}";
    }

    [RecentRule("2 GET_SC_ARGS of a negative length", "None 64", PT_GET_SC_ARGS, -1)]
    [RecentRule("2 GET_SC_ARGS of length 0", "None 0", PT_GET_SC_ARGS, 0)]
    [RecentRule("2 GET_SC_ARGS of one register", "None 8", PT_GET_SC_ARGS, 8)]
    [RecentRule("2 GET_SC_ARGS of more than there are", "None 64", PT_GET_SC_ARGS, 100)]
    [RecentRule("2 GET_SC_RET of a negative length", "None 24", PT_GET_SC_RET, -1)]
    [RecentRule("2 GET_SC_RET of length 0", "None 0", PT_GET_SC_RET, 0)]
    [RecentRule("2 GET_SC_RET of a part", "None 16", PT_GET_SC_RET, 16)]
    [RecentRule("2 GET_SC_RET of more than there is", "None 24", PT_GET_SC_RET, 25)]
    public object System_call(string kernel, int request, int size)
    {
        using var machine = new TestMachine(kernel: kernel);
        var debugger = new GuestDebugger(machine);
        var pid = debugger.Attach("target.O2", "yield");
        debugger.Ptrace(PT_TO_SCX, pid, SamePc);
        Assert.That(debugger.Next(pid), Is.EqualTo("SIGTRAP"));
        debugger.Memory[Good, 256].Fill(0xee);
        var error = debugger.Ptrace(request, pid, Good, size);
        return $"{error} {256 - Untouched(debugger.Memory[Good, 256])}";
    }

    // None is put back: one buffer that is too short for the path, and the entry as it was.
    [LaterRule("2 VM_ENTRY that fails copies nothing out", "ENAMETOOLONG 3", 3, 0)]
    [LaterRule("2 VM_ENTRY copies the whole structure out", "None 15", 1024, 0)]
    [LaterRule("7 VM_ENTRY with a bad path buffer", "EFAULT 1024", 1024, 1)]
    public object Vm_entry(string kernel, int room, int badBuffer)
    {
        using var machine = new TestMachine(kernel: kernel);
        var debugger = new GuestDebugger(machine);
        var pid = debugger.Attach("target.O2", "sleep");
        debugger.Memory.Set(Good, new ptrace_vm_entry { pve_pathlen = (uint)room, pve_path = badBuffer != 0 ? Bad : Good + 0x1000 });
        var error = debugger.Ptrace(PT_VM_ENTRY, pid, Good);
        return $"{error} {debugger.Memory.Get<ptrace_vm_entry>(Good).pve_pathlen}";
    }

    [CommonRule("2 the value returned is 0", 0, PT_GETREGS, Good)]
    [CommonRule("2 the value returned by CONTINUE is 0", 0, PT_CONTINUE, SamePc)]
    public object Returned(string kernel, int request, ulong address)
    {
        using var machine = new TestMachine(kernel: kernel);
        var debugger = new GuestDebugger(machine);
        Assert.That(debugger.Ptrace(request, debugger.Attach("target.O2", "sleep"), address), Is.EqualTo(None));
        return debugger.Value;
    }

    // What the register code does not fill is zero: the older kernels copied what lay on their stack.
    [CommonRule("2 GETDBREGS is filled with zeros", 0, PT_GETDBREGS, 128)]
    [CommonRule("2 GETFPREGS is filled with zeros", 0, PT_GETFPREGS, 512)]
    public object Padding(string kernel, int request, int size)
    {
        using var machine = new TestMachine(kernel: kernel);
        var debugger = new GuestDebugger(machine);
        debugger.Memory[Good, size].Fill(0xee);
        Assert.That(debugger.Ptrace(request, debugger.Attach("target.O2", "sleep"), Good), Is.EqualTo(None));
        return debugger.Memory[Good, size].Count((byte)0xee);
    }

    private static int Untouched(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.Length;
        while (end > 0 && bytes[end - 1] == 0xee) end--;
        return bytes.Length - end;
    }

    // uiomove copies from the debugger into the target's page: what could be read has been written.
    [CommonRule("2 IO writes from a buffer whose second page is missing", "EFAULT, ee there", 0x1000)]
    [CommonRule("2 IO writes from a buffer of which a part of a page is there", "EFAULT, ee there", 100)]
    [CommonRule("2 IO writes from a buffer that is not there", "EFAULT, 0 there", 0)]
    public object Write_from_half_a_buffer(string kernel, int readable)
    {
        using var machine = new TestMachine(kernel: kernel);
        var debugger = new GuestDebugger(machine);
        var pid = debugger.Attach("traced.O2", "page");
        var from = Bad - (ulong)readable;
        if (readable > 0) debugger.Memory[from, readable].Fill(0xee);
        debugger.Memory.Set(Good, new ptrace_io_desc { piod_op = PIOD_WRITE_D, piod_offs = 0x1000_0000, piod_addr = from, piod_len = (ulong)readable + 8 });
        var error = debugger.Ptrace(PT_IO, pid, Good);
        Assert.That(debugger.Ptrace(PT_READ_D, pid, 0x1000_0000 + (ulong)Math.Max(readable - 4, 0)), Is.EqualTo(None));
        return $"{error}, {debugger.Value & 0xff:x} there";
    }
}
