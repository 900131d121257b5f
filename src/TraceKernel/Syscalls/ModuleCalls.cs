using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;

namespace TraceKernel.Syscalls;

/// <summary>
/// Files that the kernel consists of, and the modules in them: kern_linker.c and kern_module.c. There is one file, the kernel, and it has the
/// modules that programs ask for.
/// </summary>
internal static class ModuleCalls
{
    private const int KernelFile = 1, KLDSYM_LOOKUP = 1, LINKER_UNLOAD_NORMAL = 0, LINKER_UNLOAD_FORCE = 1;
    private const string KernelName = "kernel", KernelPath = "/boot/kernel/kernel";

    /// <summary>Where amd64 kernels are loaded, and the size shown.</summary>
    private const ulong KernelAddress = 0xffffffff80200000, KernelBytes = 0x1f30000;

    /// <summary>struct kld_file_stat_1 and struct kld_file_stat: where the numbers stand behind the name, and where the path does.</summary>
    private const int FileStatBytes = 1056, FileStatWithPathBytes = 2080, NumbersAt = 1028, PathAt = 1056;

    /// <summary>struct module_stat_v1 and struct module_stat.</summary>
    private const int MaximumName = 32, OldModuleStatBytes = 44, ModuleStatBytes = 56;

    /// <summary>Modules by id, from 1 on.</summary>
    private static readonly string[] s_modules =
    [
        "kernel", "elf64", "elf32", "shell", "pseudofs", "tmpfs", "devfs", "nullfs", "procfs", "fdescfs", "null", "random", "tty", "ptmx",
        "sysvmsg", "sysvsem", "sysvshm", "aio", "mqueue", "sem", "if_lo", "unixdomain", "cpu", "ufs",
    ];

    [Syscall(300, "int modnext(int modid)")]
    internal static Errno modnext(SystemCall call) => Next(call, call.Int(0) == 0 ? 0 : call.Int(0));

    [Syscall(302, "int modfnext(int modid)")]
    internal static Errno modfnext(SystemCall call) => call.Int(0) == 0 ? Errno.ENOENT : Next(call, call.Int(0));

    private static Errno Next(SystemCall call, int id) =>
        id < 0 || id > s_modules.Length ? Errno.ENOENT : call.Return(id == s_modules.Length ? 0 : id + 1);

    [Syscall(303, "int modfind(const char *modname)")]
    internal static Errno modfind(SystemCall call)
    {
        if (call.Memory.CopyInString(call[0], MaximumName, out var name) is not Errno.None and var error) return error;
        var index = Array.IndexOf(s_modules, name);
        return index < 0 ? Errno.ENOENT : call.Return(index + 1);
    }

    [Syscall(301, "int modstat(int modid, struct module_stat *stat)")]
    internal static Errno modstat(SystemCall call)
    {
        var id = call.Int(0);
        if (id < 1 || id > s_modules.Length) return Errno.ENOENT;
        if (call.CopyIn<int>(call[1], out var version) is not Errno.None and var error) return error;
        if (version is not (OldModuleStatBytes or ModuleStatBytes)) return Errno.EINVAL;
        if ((error = call.Memory.CopyOut(call[1] + 4, Encoding.Latin1.GetBytes(s_modules[id - 1] + '\0'))) != Errno.None) return error;
        // refs, id; then the module's own data, which none of these has.
        if ((error = call.CopyOut(call[1] + 4 + MaximumName, 1)) != Errno.None) return error;
        if ((error = call.CopyOut(call[1] + 8 + MaximumName, id)) != Errno.None) return error;
        return version == ModuleStatBytes ? call.CopyOut(call[1] + 48, 0L) : Errno.None;
    }

    [Syscall(306, "int kldfind(const char *file)")]
    internal static Errno kldfind(SystemCall call)
    {
        if (call.Memory.CopyInString(call[0], Fcntl.PATH_MAX, out var path) is not Errno.None and var error) return error;
        return path[(path.LastIndexOf('/') + 1)..] is KernelName or KernelName + ".ko" ? call.Return(KernelFile) : Errno.ENOENT;
    }

    [Syscall(307, "int kldnext(int fileid)")]
    internal static Errno kldnext(SystemCall call) => call.Int(0) switch
    {
        0 => call.Return(KernelFile),
        KernelFile => call.Return(0),
        _ => Errno.ENOENT,
    };

    [Syscall(308, "int kldstat(int fileid, struct kld_file_stat *stat)")]
    internal static Errno kldstat(SystemCall call)
    {
        if (call.CopyIn<int>(call[1], out var version) is not Errno.None and var error) return error;
        if (version is not (FileStatBytes or FileStatWithPathBytes)) return Errno.EINVAL;
        if (call.Int(0) != KernelFile) return Errno.ENOENT;
        var image = new byte[FileStatWithPathBytes];
        // kern_kldstat leaves the version 0: the structure is made anew.
        Encoding.Latin1.GetBytes(KernelName, image.AsSpan(4));
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(NumbersAt), s_modules.Length);
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(NumbersAt + 4), KernelFile);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(NumbersAt + 12), KernelAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(NumbersAt + 20), KernelBytes);
        Encoding.Latin1.GetBytes(KernelPath, image.AsSpan(PathAt));
        return call.Memory.CopyOut(call[1], image.AsSpan(0, version));
    }

    [Syscall(309, "int kldfirstmod(int fileid)")]
    internal static Errno kldfirstmod(SystemCall call) => call.Int(0) == KernelFile ? call.Return(1) : Errno.ENOENT;

    [StructLayout(LayoutKind.Explicit, Size = 32)]
    private struct SymbolLookup
    {
        [FieldOffset(0)] public int Version;
        [FieldOffset(8)] public ulong Name;
    }

    /// <summary>The kernel has no symbols that a program could use: ENOENT for each.</summary>
    [Syscall(337, "int kldsym(int fileid, int cmd, void *data)")]
    internal static Errno kldsym(SystemCall call)
    {
        if (call.CopyIn<SymbolLookup>(call[2], out var lookup) is not Errno.None and var error) return error;
        if (lookup.Version != Marshal.SizeOf<SymbolLookup>() || call.Int(1) != KLDSYM_LOOKUP) return Errno.EINVAL;
        error = call.Memory.CopyInString(lookup.Name, Fcntl.PATH_MAX, out _);
        return error == Errno.None ? Errno.ENOENT : error;
    }

    /// <summary>No module comes as a file: ENOENT for root.</summary>
    [Syscall(304, "int kldload(const char *file)")]
    internal static Errno kldload(SystemCall call)
    {
        if (call.Memory.CopyInString(call[0], Fcntl.PATH_MAX, out _) is not Errno.None and var error) return error;
        return MayChange(call) ? Errno.ENOENT : Errno.EPERM;
    }

    [Syscall(305, "int kldunload(int fileid)")]
    internal static Errno kldunload(SystemCall call) => Unload(call);

    [Syscall(444, "int kldunloadf(int fileid, int flags)")]
    internal static Errno kldunloadf(SystemCall call) => call.Int(1) is LINKER_UNLOAD_NORMAL or LINKER_UNLOAD_FORCE ? Unload(call) : Errno.EINVAL;

    private static Errno Unload(SystemCall call) => !MayChange(call) ? Errno.EPERM : call.Int(0) == KernelFile ? Errno.EBUSY : Errno.ENOENT;

    // securelevel_gt and PRIV_KLD_LOAD
    private static bool MayChange(SystemCall call) => call.Kernel.Security.SecureLevel <= 0 && call.Process.Credentials.IsHostSuperUser;
}
