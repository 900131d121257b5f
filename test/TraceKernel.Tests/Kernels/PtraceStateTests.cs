using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Tests.Kernels;

/// <summary>What a debugger reads and writes of a stopped tracee: memory, map, registers, PT_LWPINFO (FreeBSD 13).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class PtraceStateTests
{
    // The pages of the guest: readable and writable; a hole; readable; none; shared; shared and read-only.
    private const ulong Private = 0x1000_0000, Hole = Private + 0x1000, ReadOnly = Private + 0x2000, NoAccess = Private + 0x3000,
        Shared = Private + 0x4000, SharedReadOnly = Private + 0x5000;

    [TestCase(Private, None, None)]
    [TestCase(Private + 1, None, None)]
    [TestCase(Private + 0xffd, ENOMEM, ENOMEM)]
    [TestCase(Hole, ENOMEM, ENOMEM)]
    [TestCase(Hole + 0xffe, ENOMEM, ENOMEM)]
    [TestCase(ReadOnly, None, None)]
    [TestCase(NoAccess, ENOMEM, ENOMEM)]
    [TestCase(Shared, None, None)]
    [TestCase(0xffff_8000_0000_0000UL, ENOMEM, ENOMEM)]
    [TestCase(0x7fff_ffff_f000UL - 2, None, ENOMEM)]
    [TestCase(0UL, ENOMEM, ENOMEM)]
    public void Words(ulong address, Errno read, Errno write)
    {
        using var tracee = Tracee.AtReady("map");
        Assert.That((tracee.Request(PT_READ_I, address), tracee.Request(PT_READ_D, address)), Is.EqualTo((read, read)));
        Assert.That((tracee.Request(PT_WRITE_I, address, -2), tracee.Request(PT_WRITE_D, address, -2)), Is.EqualTo((write, write)));
        if (write != None) return;
        Assert.That(tracee.Calls.Ptrace(PT_READ_D, tracee.Pid, address, 0, default, default, out var value), Is.EqualTo(None));
        Assert.That(value, Is.EqualTo(-2), "an int, with its sign");
    }

    [Test]
    public void A_write_that_fails_on_the_second_page_has_changed_the_first()
    {
        using var tracee = Tracee.AtReady("map");
        Assert.That(tracee.Request(PT_WRITE_D, Private + 0xffe, 0x04030201), Is.EqualTo(ENOMEM));
        Span<byte> bytes = stackalloc byte[2];
        Assert.That(tracee.Io(PIOD_READ_D, Private + 0xffe, bytes, out _), Is.EqualTo(None));
        Assert.That((bytes[0], bytes[1]), Is.EqualTo(((byte)1, (byte)2)));
    }

    [TestCase(PIOD_READ_D, Private, 16, None)]
    [TestCase(PIOD_READ_I, Private, 4096, None)]
    [TestCase(PIOD_WRITE_D, Private + 9, 4000, None)]
    [TestCase(PIOD_WRITE_I, ReadOnly, 4096, None)]
    [TestCase(PIOD_READ_D, Private, 4097, EFAULT)]
    [TestCase(PIOD_READ_D, NoAccess, 1, EFAULT)]
    [TestCase(PIOD_WRITE_D, NoAccess, 1, EFAULT)]
    [TestCase(PIOD_READ_D, ReadOnly, 4097, EFAULT)]
    [TestCase(PIOD_READ_D, Private, 0, None)]
    [TestCase(PIOD_READ_D, Hole, 0, EFAULT)]
    [TestCase(PIOD_READ_D, NoAccess, 0, EFAULT)]
    [TestCase(PIOD_WRITE_D, Shared, 4096, None)]
    [TestCase(0, Private, 4, EINVAL)]
    [TestCase(5, Private, 4, EINVAL)]
    [TestCase(-1, Private, 4, EINVAL)]
    public void Io(int operation, ulong address, int length, Errno expected)
    {
        using var tracee = Tracee.AtReady("map");
        Assert.That(tracee.Io(operation, address, new byte[length], out var transferred), Is.EqualTo(expected));
        Assert.That(transferred, Is.EqualTo((ulong)length), "all of it, or the descriptor is left alone");
    }

    [Test]
    public void Writing_read_only_memory_does_not_make_it_writable()
    {
        using var tracee = Tracee.AtReady("map");
        Assert.That(tracee.Request(PT_WRITE_D, ReadOnly, 7), Is.EqualTo(None));
        Assert.That(Entries(tracee).Single(entry => entry.pve_start == ReadOnly).pve_prot, Is.EqualTo(1));
        Assert.That(tracee.Request(PT_WRITE_D, tracee.GetRegs()[Registers.Rip], 7), Is.EqualTo(None), "text");
    }

    private static List<ptrace_vm_entry> Entries(Tracee tracee)
    {
        var found = new List<ptrace_vm_entry>();
        var entry = default(ptrace_vm_entry);
        while (true)
        {
            var error = tracee.Request(PT_VM_ENTRY, ref entry);
            if (error == ENOENT) return found;
            Assert.That(error, Is.EqualTo(None));
            Assert.That(entry.pve_entry, Is.EqualTo(found.Count + 1), "the next index");
            found.Add(entry);
        }
    }

    [Test]
    public void The_map_is_listed_in_order()
    {
        using var tracee = Tracee.AtReady("map");
        var entries = Entries(tracee);
        Assert.That(entries.Select(entry => entry.pve_start), Is.Ordered);
        var private0 = entries.Single(entry => entry.pve_start == Private);
        Assert.That((private0.pve_end, private0.pve_prot, private0.pve_pathlen, private0.pve_fileid, private0.pve_fsid),
            Is.EqualTo((Private + 0xfff, 3u, 0u, -1L, uint.MaxValue)));
        Assert.That(entries.Single(entry => entry.pve_start == NoAccess).pve_prot, Is.Zero);
        Assert.That(tracee.Calls.Ptrace(PT_VM_TIMESTAMP, tracee.Pid, 0, 0, default, default, out var timestamp), Is.EqualTo(None));
        Assert.That(private0.pve_timestamp, Is.EqualTo(timestamp));
    }

    [TestCase(-5, None)]
    [TestCase(100000, EINVAL)]
    public void Map_index(int index, Errno expected)
    {
        using var tracee = Tracee.AtReady("map");
        var entry = new ptrace_vm_entry { pve_entry = index };
        Assert.That(tracee.Request(PT_VM_ENTRY, ref entry), Is.EqualTo(expected));
        if (expected == None) Assert.That(entry.pve_entry, Is.EqualTo(1));
    }

    [TestCase(1024, None)]
    [TestCase(3, ENAMETOOLONG)]
    public void Path_of_a_mapped_program(int room, Errno expected)
    {
        using var tracee = Tracee.AtReady("map");
        var text = tracee.GetRegs()[Registers.Rip];
        var index = Entries(tracee).FindIndex(entry => entry.pve_start <= text && text <= entry.pve_end);
        var wanted = new ptrace_vm_entry { pve_entry = index, pve_pathlen = (uint)room };
        var path = new byte[room];
        var image = System.Runtime.InteropServices.MemoryMarshal.AsBytes(new Span<ptrace_vm_entry>(ref wanted));
        Assert.That(tracee.Calls.Ptrace(PT_VM_ENTRY, tracee.Pid, 0, 0, image, path, out _), Is.EqualTo(expected));
        if (expected != None) return;
        Assert.That(System.Text.Encoding.Latin1.GetString(path.AsSpan(0, (int)wanted.pve_pathlen)), Is.EqualTo("/bin/target.O2\0"));
        Assert.That(wanted.pve_fileid, Is.Positive);
    }

    [TestCase(0, EINVAL)]
    [TestCase(-1, EINVAL)]
    [TestCase(161, EINVAL)]
    [TestCase(160, None)]
    [TestCase(127, None)]
    [TestCase(128, None)]
    [TestCase(4, None)]
    public void Lwpinfo_size(int size, Errno expected)
    {
        using var tracee = Tracee.AtReady("handle");
        var image = new byte[200];
        image.AsSpan().Fill(0xee);
        Assert.That(tracee.Calls.Ptrace(PT_LWPINFO, tracee.Pid, image, size), Is.EqualTo(expected));
        if (expected != None) return;
        Assert.That(BitConverter.ToInt32(image), Is.GreaterThan(100000));
        Assert.That(image[size], Is.EqualTo(0xee), "no more than that");
        if (size >= 12) Assert.That(BitConverter.ToInt32(image, 8), Is.EqualTo(size >= 128 ? PL_FLAG_SI : 0), "siginfo only where there is room");
    }

    [Test]
    public void Lwpinfo_of_a_stop_by_a_signal()
    {
        using var tracee = Tracee.AtReady("handle");
        var info = tracee.Info();
        Assert.That((info.pl_event, info.pl_flags, info.pl_tdname.ToString(), info.pl_child_pid, info.pl_syscall_code, info.pl_syscall_narg),
            Is.EqualTo((PL_EVENT_SIGNAL, PL_FLAG_SI, "target.O2", 0, 0u, 0u)));
        Assert.That((info.pl_siginfo.si_signo, info.pl_siginfo.si_code), Is.EqualTo((SIGSTOP, 0)));
    }

    [Test]
    public void Lwpinfo_of_the_exec_stop()
    {
        using var tracee = new Tracee("exit");
        var info = tracee.Info();
        Assert.That((info.pl_event, info.pl_flags, info.pl_syscall_code, info.pl_siginfo.si_signo),
            Is.EqualTo((PL_EVENT_SIGNAL, PL_FLAG_EXEC | PL_FLAG_SCX, 59u, 0)));
        var result = default(ptrace_sc_ret);
        Assert.That(tracee.Request(PT_GET_SC_RET, ref result, ptrace_sc_ret.Bytes), Is.EqualTo(None));
        Assert.That(result.sr_error, Is.EqualTo(-2), "EJUSTRETURN");
        Assert.That(tracee.Request(PT_GET_SC_ARGS, ref result, 0), Is.EqualTo(None), "nothing is wanted");
    }

    [Test]
    public void System_call_arguments_are_known_at_system_call_stops_only()
    {
        using var tracee = Tracee.AtReady("handle");
        var result = default(ptrace_sc_ret);
        Assert.That(tracee.Request(PT_GET_SC_ARGS, ref result, ptrace_sc_ret.Bytes), Is.EqualTo(EINVAL));
        Assert.That(tracee.Request(PT_GET_SC_RET, ref result, ptrace_sc_ret.Bytes), Is.EqualTo(EINVAL));
    }

    [TestCase(0, EINVAL, 0)]
    [TestCase(-4, EINVAL, 0)]
    [TestCase(1, None, 1)]
    [TestCase(50, None, 1)]
    public void Thread_list(int room, Errno expected, int count)
    {
        using var tracee = new Tracee("exit");
        var image = new byte[Math.Max(0, room) * 4];
        Assert.That(tracee.Calls.Ptrace(PT_GETLWPLIST, tracee.Pid, 0, room, image, default, out var result), Is.EqualTo(expected));
        if (expected != None) return;
        Assert.That(result, Is.EqualTo(count));
        Assert.That(BitConverter.ToInt32(image), Is.EqualTo(tracee.Info().pl_lwpid));
        Assert.That(tracee.Calls.Ptrace(PT_GETNUMLWPS, tracee.Pid, 0, 0, default, default, out result), Is.EqualTo(None));
        Assert.That(result, Is.EqualTo(count));
    }

    [TestCase(3, EINVAL)]
    [TestCase(8, EINVAL)]
    [TestCase(4, None)]
    public void Event_mask_size(int size, Errno expected)
    {
        using var tracee = new Tracee("exit");
        var image = new byte[8];
        Assert.That(tracee.Calls.Ptrace(PT_GET_EVENT_MASK, tracee.Pid, image, size), Is.EqualTo(expected));
        Assert.That(tracee.Calls.Ptrace(PT_SET_EVENT_MASK, tracee.Pid, image, size), Is.EqualTo(expected));
    }

    [TestCase(0x3f, None)]
    [TestCase(0, None)]
    [TestCase(0x40, EINVAL)]
    [TestCase(-1, EINVAL)]
    public void Event_mask_bits(int mask, Errno expected)
    {
        using var tracee = new Tracee("exit");
        Assert.That(tracee.Request(PT_SET_EVENT_MASK, ref mask, 4), Is.EqualTo(expected));
        Assert.That(tracee.Events, Is.EqualTo(expected == None ? mask : PTRACE_EXEC));
    }

    [Test]
    public void Registers_at_the_first_instruction()
    {
        using var tracee = new Tracee("exit");
        var registers = tracee.GetRegs();
        Assert.That((registers[Registers.Cs], registers[Registers.Rflags], registers[21]), Is.EqualTo((0x43UL, 0x202UL, 0x3bUL)));
        Assert.That(registers[Registers.Rsp] % 16, Is.EqualTo(8));
        Assert.That(registers[8], Is.EqualTo((registers[Registers.Rsp] + 8) & ~15UL).Or.EqualTo(registers[Registers.Rsp]), "rdi points to argc");
        for (var i = 0; i < 15; i++)
            if (i != 8) Assert.That(registers[i], Is.Zero, $"word {i}");
    }

    [TestCase(Registers.Rflags, 0x202UL | 0x254dd5UL, None)]
    [TestCase(Registers.Rflags, 0x002UL, EINVAL)]
    [TestCase(Registers.Rflags, 0x3202UL, EINVAL)]
    [TestCase(Registers.Rflags, 0x1_0000_0202UL, None)]
    [TestCase(Registers.Cs, 0x40UL, EINVAL)]
    [TestCase(Registers.Cs, 0x33UL, None)]
    [TestCase(Registers.Rip, 0xdead_0000_0000_0000UL, None)]
    [TestCase(Registers.Rsp, 1UL, None)]
    public void Registers_are_checked_before_any_is_set(int register, ulong value, Errno expected)
    {
        using var tracee = new Tracee("exit");
        var before = tracee.GetRegs();
        var registers = before;
        registers[register] = value;
        registers[Registers.Rax] = 77;
        Assert.That(tracee.Request(PT_SETREGS, ref registers), Is.EqualTo(expected));
        Assert.That(tracee.GetRegs()[Registers.Rax], Is.EqualTo(expected == None ? 77 : before[Registers.Rax]));
    }

    [Test]
    public void A_system_call_is_fetched_again_when_its_entry_stop_changed_the_registers()
    {
        using var tracee = new Tracee("exit", "4");
        Assert.That(tracee.Request(PT_TO_SCE, SamePc), Is.EqualTo(None));
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGTRAP));
        var info = tracee.Info();
        Assert.That((info.pl_flags, info.pl_syscall_code), Is.EqualTo((PL_FLAG_SCE, 1u)), "exit");
        var registers = tracee.GetRegs();
        registers[8] = 9;
        Assert.That(tracee.Request(PT_SETREGS, ref registers), Is.EqualTo(None));
        tracee.Continue();
        Assert.That(tracee.Wait(), Is.EqualTo(Abi.Wait.ExitStatus(9)));
    }

    [Test]
    public void A_system_call_that_does_not_exist_is_SIGSYS()
    {
        using var tracee = new Tracee("exit", "4");
        Assert.That(tracee.Request(PT_SYSCALL, SamePc), Is.EqualTo(None));
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGTRAP));
        var registers = tracee.GetRegs();
        registers[Registers.Rax] = 9999;
        Assert.That(tracee.Request(PT_SETREGS, ref registers), Is.EqualTo(None));
        tracee.Continue();
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGTRAP));
        var info = tracee.Info();
        Assert.That((info.pl_flags, info.pl_syscall_code, info.pl_syscall_narg), Is.EqualTo((PL_FLAG_SCX, 9999u, 0u)));
        var result = default(ptrace_sc_ret);
        Assert.That(tracee.Request(PT_GET_SC_RET, ref result, ptrace_sc_ret.Bytes), Is.EqualTo(None));
        Assert.That((Errno)result.sr_error, Is.EqualTo(ENOSYS));
        tracee.Continue();
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGSYS));
    }

    [TestCase(7, 0x2_0000UL, EINVAL, TestName = "I/O breakpoints are refused")]
    [TestCase(7, 1UL << 32, EINVAL, TestName = "High bits of dr7")]
    [TestCase(6, 1UL << 40, EINVAL, TestName = "High bits of dr6")]
    [TestCase(7, 0x1UL, None, TestName = "An execution breakpoint")]
    [TestCase(9, 0x1UL, None, TestName = "dr9 is ignored")]
    public void Debug_registers(int register, ulong value, Errno expected)
    {
        using var tracee = new Tracee("exit");
        var image = new byte[128];
        BitConverter.TryWriteBytes(image.AsSpan(register * 8), value);
        Assert.That(tracee.Calls.Ptrace(PT_SETDBREGS, tracee.Pid, image), Is.EqualTo(expected));
        var read = new byte[128];
        Assert.That(tracee.Calls.Ptrace(PT_GETDBREGS, tracee.Pid, read), Is.EqualTo(None));
        Assert.That(BitConverter.ToUInt64(read, 9 * 8), Is.Zero);
    }
}
