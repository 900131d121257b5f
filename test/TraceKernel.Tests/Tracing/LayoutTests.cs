using System.Reflection;
using System.Runtime.InteropServices;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Tests.Tracing;

/// <summary>
/// Sizes and offsets of the structures that cross the system-call border, as FreeBSD's headers give them for 64-bit CPUs (section 20).
/// </summary>
public sealed class LayoutTests
{
    [TestCase("siginfo", 80, "si_signo 0, si_errno 4, si_code 8, si_pid 12, si_uid 16, si_status 20, si_addr 24, si_value 32, si_trapno 40")]
    [TestCase("ptrace_lwpinfo", 160, "pl_lwpid 0, pl_event 4, pl_flags 8, pl_sigmask 12, pl_siglist 28, pl_siginfo 48, pl_tdname 128, "
        + "pl_child_pid 148, pl_syscall_code 152, pl_syscall_narg 156")]
    [TestCase("ptrace_io_desc", 32, "piod_op 0, piod_offs 8, piod_addr 16, piod_len 24")]
    [TestCase("ptrace_vm_entry", 64, "pve_entry 0, pve_timestamp 4, pve_start 8, pve_end 16, pve_offset 24, pve_prot 32, pve_pathlen 36, "
        + "pve_fileid 40, pve_fsid 48, pve_path 56")]
    [TestCase("ptrace_sc_ret", 24, "sr_retval0 0, sr_retval1 8, sr_error 16")]
    [TestCase("Word128", 16, "")]
    [TestCase("Name20", 20, "")]
    [TestCase("sigset", 16, "")]
    [TestCase("kevent", 64, "ident 0, filter 8, flags 10, fflags 12, data 16, udata 24, ext0 32, ext1 40, ext2 48, ext3 56")]
    [TestCase("stat", 224, "st_dev 0, st_ino 8, st_nlink 16, st_mode 24, st_uid 28, st_gid 32, st_rdev 40, st_atim 48, st_mtim 64, st_ctim 80, "
        + "st_birthtim 96, st_size 112, st_blocks 120, st_blksize 128, st_flags 132, st_gen 136")]
    [TestCase("rusage", 144, "ru_utime 0, ru_stime 16, ru_maxrss 32")]
    [TestCase("rlimit", 16, "rlim_cur 0, rlim_max 8")]
    [TestCase("timespec", 16, "tv_sec 0, tv_nsec 8")]
    [TestCase("timeval", 16, "tv_sec 0, tv_usec 8")]
    [TestCase("pollfd", 8, "fd 0, events 4, revents 6")]
    [TestCase("kinfo_proc", 1088, "ki_structsize 0, ki_pid 72, ki_ppid 76, ki_pgid 80, ki_tpgid 84, ki_sid 88, ki_siglist 104, ki_sigmask 120, "
        + "ki_sigignore 136, ki_sigcatch 152, ki_ruid 172, ki_ngroups 188, ki_size 256, ki_rssize 264, ki_start 336, ki_flag 368, ki_stat 388, "
        + "ki_tdname 394, ki_wmesg 411, ki_login 420, ki_comm 447, ki_emul 467, ki_oncpu 568, ki_lastcpu 572, ki_tracer 576, ki_flag2 580, "
        + "ki_numthreads 596, ki_tid 600")]
    [TestCase("kinfo_vmentry", 136, "kve_structsize 0, kve_type 4, kve_start 8, kve_end 16, kve_offset 24, kve_vn_fileid 32, kve_flags 44, "
        + "kve_resident 48, kve_private_resident 52, kve_protection 56, kve_ref_count 60, kve_shadow_count 64, kve_vn_type 68, kve_vn_size 72, "
        + "kve_vn_mode 84, kve_status 86, kve_vn_fsid 88, kve_vn_rdev 96")]
    [TestCase("thr_param", 104, "Start 0, Argument 8, StackBase 16, StackSize 24, TlsBase 32, ChildTid 48, ParentTid 56")]
    [TestCase("sigaction", 32, "Handler 0, Flags 8, Mask 12")]
    [TestCase("stack_t", 24, "Base 0, Size 8, Flags 16")]
    [TestCase("_umtx_time", 24, "Timeout 0, Flags 16, Clock 20")]
    [TestCase("iovec", 16, "iov_base 0, iov_len 8")]
    public void Structure(string name, int size, string fields)
    {
        var type = Find(name);
        Assert.That(SizeOf(type), Is.EqualTo(size));
        foreach (var field in fields.Split(", ", StringSplitOptions.RemoveEmptyEntries))
        {
            var (word, offset) = (field.Split(' ')[0], int.Parse(field.Split(' ')[1]));
            Assert.That(OffsetOf(type, word), Is.EqualTo(offset), word);
        }
    }

    [Test]
    public void Sizes_of_variable_records() =>
        Assert.That((kinfo_file.Bytes, kinfo_vmentry.Bytes, kevent.OldBytes, Marshal.SizeOf<freebsd11_stat>()), Is.EqualTo((1392, 1160, 32, 120)));

    private static Type Find(string name)
    {
        // The kernel's own copies of structures that no other part needs have names of their own.
        name = name switch
        {
            "thr_param" => "ThreadParameters",
            "sigaction" => "SigactionImage",
            "stack_t" => "StackImage",
            "_umtx_time" => "UmtxTime",
            _ => name,
        };
        return typeof(Process).Assembly.GetTypes().Single(type => type.Name == name && type.IsValueType);
    }

    // What a span of one element takes, whatever the marshaller would make of it.
    private static int SizeOf(Type type) => (int)typeof(LayoutTests).GetMethod(nameof(ManagedSize), BindingFlags.Static | BindingFlags.NonPublic)!
        .MakeGenericMethod(type).Invoke(null, null)!;

    private static int ManagedSize<T>() => System.Runtime.CompilerServices.Unsafe.SizeOf<T>();

    private static int OffsetOf(Type type, string field)
    {
        var found = type.GetField(field, Any) ?? type.GetField($"<{field}>k__BackingField", Any);
        Assert.That(found, Is.Not.Null, field);
        return (int)Marshal.OffsetOf(type, found!.Name);
    }

    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
}
