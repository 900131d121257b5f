using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using static TraceKernel.Abi.Fcntl;
using static TraceKernel.Abi.FileModes;
using static TraceKernel.Abi.kinfo_file;

namespace TraceKernel.Syscalls;

/// <summary>Open files as struct kinfo_file and xfile show them (kern_descrip.c: export_file_to_kinfo and its like).</summary>
internal static class FileInformation
{
    /// <summary>Every open file of the kernel, each once (openfiles).</summary>
    public static HashSet<OpenFile> OpenFiles(Kernel kernel)
    {
        var files = new HashSet<OpenFile>(ReferenceEqualityComparer.Instance);
        foreach (var process in kernel.Processes)
            for (var descriptor = 0; descriptor < process.Files.End; descriptor++)
                if (process.Files.Get(descriptor, out var file) == Errno.None) files.Add(file);
        return files;
    }

    /// <summary>sysctl_kern_file: a struct xfile for each descriptor of the processes that the caller sees.</summary>
    public static Errno PutTable(in SysctlRequest request)
    {
        foreach (var process in request.Kernel.Processes)
        {
            if (Permission.CanSee(request.Caller, process) != Errno.None) continue;
            for (var descriptor = 0; descriptor < process.Files.End; descriptor++)
            {
                if (process.Files.Get(descriptor, out var file) != Errno.None) continue;
                var address = request.Kernel.AddressOf(file.Target);
                request.Put(new xfile
                {
                    xf_size = xfile.Bytes,
                    xf_pid = process.Pid,
                    xf_uid = process.UserId,
                    xf_fd = descriptor,
                    xf_file = request.Kernel.AddressOf(file),
                    xf_type = (short)file.Target.Kind,
                    xf_count = file.References,
                    xf_offset = file.Offset,
                    xf_data = address,
                    xf_vnode = file.Target is Vnode ? address : 0,
                    xf_flag = (uint)OpenFlags(file),
                });
            }
        }
        return Errno.None;
    }

    /// <summary>sysctl_kern_proc_filedesc: the program's file, the current directory and the root, then the descriptors.</summary>
    public static Errno PutFiles(in SysctlRequest request, Process process)
    {
        var directory = process.Directory;
        if (process.ExecutablePath.Length > 0) PutName(request, KF_FD_TYPE_TEXT, process.ExecutablePath);
        PutCurrentDirectory(request, process);
        PutName(request, KF_FD_TYPE_ROOT, directory.RootPath);
        if (directory.FirstRoot is { } first) PutName(request, KF_FD_TYPE_JAIL, first.Path);
        for (var descriptor = 0; descriptor < process.Files.End; descriptor++)
            if (process.Files.Get(descriptor, out var file) == Errno.None) PutFile(request, process, descriptor, file);
        return Errno.None;
    }

    /// <summary>sysctl_kern_proc_cwd.</summary>
    public static Errno PutCurrentDirectory(in SysctlRequest request, Process process) =>
        PutName(request, KF_FD_TYPE_CWD, process.CurrentDirectory);

    /// <summary>vntype_to_kinfo, of st_mode.</summary>
    public static int VnodeType(int mode) => (mode & S_IFMT) switch
    {
        S_IFREG => KF_VTYPE_VREG,
        S_IFDIR => KF_VTYPE_VDIR,
        S_IFBLK => KF_VTYPE_VBLK,
        S_IFCHR => KF_VTYPE_VCHR,
        S_IFLNK => KF_VTYPE_VLNK,
        S_IFSOCK => KF_VTYPE_VSOCK,
        S_IFIFO => KF_VTYPE_VFIFO,
        _ => KF_VTYPE_VNON,
    };

    /// <summary>The structure up to its path, the path, and zeros up to a multiple of 8 bytes.</summary>
    public static Errno PutPacked<T>(in SysctlRequest request, string path, int pathOffset, T value) where T : unmanaged
    {
        Span<byte> image = new byte[PackedBytes(pathOffset, path)];
        MemoryMarshal.Write(image, in value);
        Encoding.Latin1.GetBytes(path, image[pathOffset..]);
        return request.Put(image);
    }

    /// <summary>Bytes that such a structure has.</summary>
    public static int PackedBytes(int pathOffset, string path) => (pathOffset + path.Length + 1 + 7) & ~7;

    /// <summary>F_KINFO: a whole struct kinfo_file, its path padded with zeros.</summary>
    public static byte[] Describe(Process process, int descriptor, OpenFile file)
    {
        var packed = new ArrayBufferWriter<byte>();
        PutFile(new SysctlRequest(process.Kernel, process, default, default, isWrite: false, int.MaxValue, packed), process, descriptor, file);
        var image = new byte[Bytes];
        packed.WrittenSpan[..Math.Min(packed.WrittenCount, Bytes)].CopyTo(image);
        MemoryMarshal.Write(image, Bytes);
        return image;
    }

    // export_vnode_to_kinfo
    /// <param name="path">Full, from the machine's root.</param>
    private static Errno PutName(in SysctlRequest request, int descriptor, string path)
    {
        if (request.Kernel.FileSystem.FindAsKernel(path, out var vnode) is not Errno.None and var error) return error;
        var stat = vnode.Stat();
        var value = new kinfo_file { kf_type = KF_TYPE_VNODE, kf_fd = descriptor, kf_flags = KF_FLAG_READ, kf_ref_count = -1, kf_offset = -1 };
        Describe(ref value, stat);
        return Put(request, request.Caller.Directory.Seen(path), value);
    }

    // export_file_to_kinfo
    private static void PutFile(in SysctlRequest request, Process process, int descriptor, OpenFile file)
    {
        var value = new kinfo_file
        {
            kf_type = InformationType(file.Target.Kind),
            kf_fd = descriptor,
            kf_ref_count = file.References,
            kf_flags = Flags(OpenFlags(file)),
            kf_offset = file.Offset,
            kf_cap_rights = process.Files.CapabilitiesOf(descriptor).Rights,
        };
        switch (file.Target)
        {
            case Socket socket:
                PutSocket(request, value, socket);
                return;
            case Pipe pipe:
                value.kf_pipe_addr = request.Kernel.AddressOf(pipe);
                value.kf_pipe_peer = request.Kernel.AddressOf(pipe.Peer);
                value.kf_pipe_buffer_cnt = (uint)pipe.Count;
                value.kf_pipe_buffer_size = Pipe.Capacity;
                value.kf_status = KF_ATTR_VALID;
                break;
            case ProcessDescriptor held:
                value.kf_pid = held.Pid;
                value.kf_status = KF_ATTR_VALID;
                break;
            case Kqueue:
                break;
            default:
                Describe(ref value, file.Target.Stat());
                break;
        }
        Put(request, request.Caller.Directory.Seen((file.Target as Vnode)?.Path ?? ""), value);
    }

    // soo_fill_kinfo; the path is the name of the domain.
    private static void PutSocket(in SysctlRequest request, kinfo_file value, Socket socket)
    {
        value.kf_sock_domain0 = socket.Domain;
        value.kf_sock_type0 = socket.Type;
        value.kf_sock_protocol0 = socket.Protocol;
        value.kf_sock_pcb = request.Kernel.AddressOf(socket);
        value.kf_sock_recvq = (uint)socket.Buffered;
        value.kf_sock_sendq = (uint)(socket.Peer?.Buffered ?? 0);
        if (socket.Domain == Sockets.AF_UNIX) value.kf_sock_unpconn = socket.Peer is { } peer ? request.Kernel.AddressOf(peer) : 0;
        else value.kf_sock_inpcb = value.kf_sock_pcb;
        value.kf_status = KF_ATTR_VALID;
        var path = socket.Domain switch { Sockets.AF_UNIX => "local", Sockets.AF_INET => "internet", _ => "internet6" };
        Finish(ref value, path);
        Span<byte> image = new byte[value.kf_structsize];
        MemoryMarshal.Write(image, in value);
        socket.Name.Image.CopyTo(image.Slice(LocalAddressOffset, AddressBytes));
        socket.PeerName?.Image.CopyTo(image.Slice(PeerAddressOffset, AddressBytes));
        Encoding.Latin1.GetBytes(path, image[PathOffset..]);
        request.Put(image);
    }

    // vn_fill_kinfo_vnode
    private static void Describe(ref kinfo_file value, in stat stat)
    {
        value.kf_file_type = VnodeType(stat.st_mode);
        value.kf_file_nlink = stat.st_nlink;
        value.kf_file_fsid = stat.st_dev;
        value.kf_file_fsid_freebsd11 = (uint)stat.st_dev;
        value.kf_file_rdev = stat.st_rdev;
        value.kf_file_rdev_freebsd11 = (uint)stat.st_rdev;
        value.kf_file_fileid = stat.st_ino;
        value.kf_file_size = (ulong)stat.st_size;
        value.kf_file_mode = stat.st_mode;
        value.kf_status = KF_ATTR_VALID;
    }

    private static Errno Put(in SysctlRequest request, string path, kinfo_file value)
    {
        Finish(ref value, path);
        return PutPacked(request, path, PathOffset, value);
    }

    private static void Finish(ref kinfo_file value, string path) => value.kf_structsize = PackedBytes(PathOffset, path);

    /// <summary>KF_TYPE_* of DTYPE_*: the two differ for devices and process descriptors.</summary>
    private static int InformationType(FileKind kind) => kind switch
    {
        FileKind.Device => KF_TYPE_DEV,
        FileKind.ProcessDescriptor => KF_TYPE_PROCDESC,
        _ => (int)kind,
    };

    /// <summary>f_flag: FREAD and FWRITE with what fcntl(2) sets.</summary>
    private static int OpenFlags(OpenFile file) => (file.CanRead ? 1 : 0) | (file.CanWrite ? 2 : 0) | file.Flags & ~O_ACCMODE;

    // xlate_fflags
    private static int Flags(int open)
    {
        var flags = open & (KF_FLAG_READ | KF_FLAG_WRITE);
        foreach (var (from, to) in (ReadOnlySpan<(int, int)>)[
            (O_APPEND, KF_FLAG_APPEND), (O_ASYNC, KF_FLAG_ASYNC), (O_FSYNC, KF_FLAG_FSYNC), (O_NONBLOCK, KF_FLAG_NONBLOCK),
            (O_DIRECT, KF_FLAG_DIRECT), (O_EXEC, KF_FLAG_EXEC)])
        {
            if ((open & from) != 0) flags |= to;
        }
        return flags;
    }
}
