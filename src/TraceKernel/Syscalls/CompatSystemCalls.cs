using System.Buffers;
using System.Text;
using TraceKernel.Abi;
using static TraceKernel.Abi.Mib;

namespace TraceKernel.Syscalls;

/// <summary>What programs of FreeBSD 4 ask about the system, and their signals: COMPAT_FREEBSD4 of kern_xxx.c and kern_sig.c.</summary>
internal static class CompatSystemCalls
{
    /// <summary>SYS_NMLN of sys/utsname.h before FreeBSD 5: bytes of each name in struct utsname.</summary>
    private const int NameBytes = 32;

    [Syscall(162, "int freebsd4_getdomainname(char *domainname, int len)")]
    internal static Errno freebsd4_getdomainname(SystemCall call) => CopyOutValue(call, [CTL_KERN, KERN_NISDOMAINNAME], call[0], call.Int(1));

    [Syscall(163, "int freebsd4_setdomainname(char *domainname, int len)")]
    internal static Errno freebsd4_setdomainname(SystemCall call)
    {
        if ((uint)call.Int(1) >= Fcntl.PATH_MAX) return Errno.EINVAL;
        var name = new byte[call.Int(1)];
        if (call.Memory.CopyIn(call[0], name) is not Errno.None and var error) return error;
        return Sysctl.Request(call.Kernel, call.Process, [CTL_KERN, KERN_NISDOMAINNAME], name, 0, new ArrayBufferWriter<byte>());
    }

    /// <summary>struct utsname of five names. The last byte of each is 0, however long the value is.</summary>
    [Syscall(164, "int freebsd4_uname(struct utsname *name)")]
    internal static Errno freebsd4_uname(SystemCall call)
    {
        ReadOnlySpan<int> systemName = [CTL_KERN, KERN_OSTYPE], nodeName = [CTL_KERN, KERN_HOSTNAME], release = [CTL_KERN, KERN_OSRELEASE],
            machine = [CTL_HW, HW_MACHINE];
        var error = CopyOutName(call, systemName, 0);
        if (error == Errno.None) error = CopyOutName(call, nodeName, 1);
        if (error == Errno.None) error = CopyOutName(call, release, 2);
        if (error == Errno.None) error = CopyOutVersion(call);
        return error == Errno.None ? CopyOutName(call, machine, 4) : error;
    }

    // The flag KSA_FREEBSD4 chooses a signal frame on i386 only.
    [Syscall(342, "int freebsd4_sigaction(int sig, const struct sigaction *act, struct sigaction *oact)")]
    internal static Errno freebsd4_sigaction(SystemCall call) => SignalCalls.SigAction(call);

    // amd64/machdep.c: the same as today's, since no FreeBSD 4 ran on amd64.
    [Syscall(344, "int freebsd4_sigreturn(const struct ucontext4 *sigcntxp)")]
    internal static ValueTask<Errno> freebsd4_sigreturn(SystemCall call) => SignalCalls.SigReturn(call);

    // vm_unix.c
    [Syscall(72, "int freebsd11_vadvise(int anom)")]
    internal static Errno freebsd11_vadvise(SystemCall call) => Errno.EINVAL;

    private static Errno CopyOutName(SystemCall call, ReadOnlySpan<int> name, int place)
    {
        var address = call[0] + (ulong)(place * NameBytes);
        var error = CopyOutValue(call, name, address, NameBytes);
        // subyte's own failure is ignored there.
        if (error == Errno.None) call.Memory.CopyOut(address + NameBytes - 1, [0]);
        return error;
    }

    /// <summary>The part of the kernel's version from its '#' to the colon after it; empty when it has no such part.</summary>
    private static Errno CopyOutVersion(SystemCall call)
    {
        var version = new ArrayBufferWriter<byte>();
        Sysctl.Request(call.Kernel, call.Process, [CTL_KERN, KERN_VERSION], default, 0, version);
        var text = Encoding.Latin1.GetString(version.WrittenSpan).TrimEnd('\0');
        var start = text.IndexOf('#');
        var part = start < 0 ? "" : text[start..].Split(':')[0];
        return call.Memory.CopyOut(call[0] + 3 * NameBytes, Encoding.Latin1.GetBytes(part + '\0'));
    }

    /// <summary>userland_sysctl of a value: ENOMEM, with as much as fits, when there is no room for all of it.</summary>
    private static Errno CopyOutValue(SystemCall call, ReadOnlySpan<int> name, ulong address, int room)
    {
        var value = new ArrayBufferWriter<byte>();
        if (Sysctl.Request(call.Kernel, call.Process, name, default, room, value) is not Errno.None and var error) return error;
        // A null pointer asks for the length alone.
        if (address == 0) return Errno.None;
        var fitting = Math.Clamp(room, 0, value.WrittenCount);
        error = call.Memory.CopyOut(address, value.WrittenSpan[..fitting]);
        return error == Errno.None && fitting < value.WrittenCount ? Errno.ENOMEM : error;
    }
}
