using System.Text;
using TraceKernel.Abi;
using static TraceKernel.Abi.Mib;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl vfs.*: file systems.</summary>
internal static class FileSystemSysctls
{
    /// <summary>VFS_GENERIC and VFS_MAXTYPENUM, VFS_CONF.</summary>
    private const int VFS_GENERIC = 0, VFS_MAXTYPENUM = 1, VFS_CONF = 2;
    private const int VFCF_SYNTHETIC = 0x80000, VFCF_LOOPBACK = 0x100000, VFCF_JAIL = 0x400000;
    private const int MFSNAMELEN = 16, BytesOfVfsConf = 48;

    private static readonly (string Name, int Number, int Flags)[] s_types =
    [
        ("devfs", 4, VFCF_SYNTHETIC | VFCF_JAIL), ("nullfs", 41, VFCF_LOOPBACK | VFCF_JAIL), ("tmpfs", 135, VFCF_JAIL),
        ("procfs", 2, VFCF_SYNTHETIC | VFCF_JAIL), ("fdescfs", 7, VFCF_SYNTHETIC | VFCF_JAIL),
    ];

    public static readonly SysctlRow[] Rows =
    [
        Node("vfs", CTL_VFS, "File systems"),
        new("vfs.generic", VFS_GENERIC, CTLTYPE_NODE | CTLFLAG_RD | CTLFLAG_MPSAFE, "N", Generic, "File systems as old programs ask for them"),
        Opaque("vfs.conflist", Auto, "S,xvfsconf", (in SysctlRequest request) => PutTypes(request), "Kinds of file systems"),
        Int("vfs.usermount", 0, "Users mount"),
        IntVariable("vfs.ino64_trunc_error", Auto, kernel => kernel.InodeTruncation, (kernel, value) => kernel.InodeTruncation = value,
            "Numbers too large for old programs are an error"),
        Int("vfs.acl_nfs4_old_semantics", 0, "NFSv4 ACLs as of old"),
        Int("vfs.lookup_cap_dotdot", 1, "Capability mode looks up .. below its directory"),
        Long("vfs.numvnodes", Auto, Vnodes, "Vnodes"),
        Long("vfs.freevnodes", Auto, _ => 0, "Vnodes that nobody uses"),
        Long("vfs.bufspace", Auto, _ => 0, "Bytes of file buffers"),
        Long("vfs.maxbufspace", Auto, kernel => kernel.Options.MaximumMemory / 10, "Most bytes of file buffers"),
        Int("vfs.numdirtybuffers", 0, "File buffers that wait to be written"),
        Int("vfs.numfreebuffers", 4096, "File buffers that are free"),
        Int("vfs.read_max", 64, "Blocks that are read ahead"),
        Int("vfs.write_behind", 1, "Blocks are written together"),
        Node("vfs.cache", description: "Cache of names"),
        // struct nchstats: eight counters.
        Opaque("vfs.cache.nchstats", Auto, "LU", (in SysctlRequest request) => request.Put(stackalloc byte[8 * sizeof(ulong)]), "Counts of the cache of names"),
    ];

    private static long Vnodes(Kernel kernel) => kernel.FileSystem.Budget.Files;

    // vfs_sysctl
    private static Errno Generic(in SysctlRequest request)
    {
        var name = request.Arguments;
        if (name.IsEmpty) return Errno.EISDIR;
        switch (name[0])
        {
            case VFS_MAXTYPENUM:
                return name.Length == 1 ? request.Put(s_types.Max(type => type.Number) + 1) : Errno.ENOTDIR;
            case VFS_CONF:
                if (name.Length != 2) return Errno.ENOTDIR;
                var number = name[1];
                return s_types.Any(type => type.Number == number) ? PutTypes(request, number) : Errno.EOPNOTSUPP;
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    /// <summary>sysctl_vfs_conflist: a struct xvfsconf each.</summary>
    private static Errno PutTypes(in SysctlRequest request, int? wanted = null)
    {
        Span<byte> image = stackalloc byte[BytesOfVfsConf];
        foreach (var (name, number, flags) in s_types)
        {
            if (wanted is not null && wanted != number) continue;
            image.Clear();
            Encoding.Latin1.GetBytes(name, image.Slice(8, MFSNAMELEN));
            var mounts = 0;
            foreach (var mount in request.Kernel.FileSystem.Mounts)
                if (mount.TypeName == name) mounts++;
            BitConverter.TryWriteBytes(image[24..], number);
            BitConverter.TryWriteBytes(image[28..], mounts);
            BitConverter.TryWriteBytes(image[32..], flags);
            request.Put(image);
        }
        return Errno.None;
    }
}
