using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Machine.Memory;
using TraceKernel.Processes;
using TraceKernel.Vm;

namespace TraceKernel.Syscalls;

/// <summary>Address spaces as struct kinfo_vmentry, kinfo_ovmentry and kinfo_vm_layout show them, and kinfo_ofile (kern_proc.c).</summary>
internal static class MapInformation
{
    private const int BytesOfOldEntry = 1168, BytesOfOldFile = 1328, BytesOfLayout = 184, OldPathOffset = 48, OldPathBytes = 1024;

    /// <summary>kern_proc_vmmap_out, by way of PT_VM_ENTRY's walk.</summary>
    public static Errno Put(in SysctlRequest request, Process process)
    {
        if (process.IsHost || process.Vm is null) return Errno.None;
        Span<byte> path = stackalloc byte[Fcntl.PATH_MAX];
        var entry = new ptrace_vm_entry { pve_pathlen = (uint)path.Length };
        while (process.Vm.Entry(ref entry, path) == Errno.None)
        {
            var mapped = process.Vm.Map.Entries[entry.pve_entry - 1];
            var name = entry.pve_pathlen > 1 ? request.Caller.Directory.Seen(NullTerminated.ToText(path[..(int)entry.pve_pathlen])) : "";
            FileInformation.PutPacked(request, name, kinfo_vmentry.PathOffset, Describe(process, entry, mapped, name));
            entry.pve_pathlen = (uint)path.Length;
        }
        return Errno.None;
    }

    /// <summary>sysctl_kern_proc_ovmmap: the same in the layout of FreeBSD 7.</summary>
    public static Errno PutOld(in SysctlRequest request, Process process) =>
        Repack<kinfo_vmentry>(request, process, Put, kinfo_vmentry.PathOffset, BytesOfOldEntry, (image, value, _) =>
        {
            Write(image, 8, value.kve_start);
            Write(image, 16, value.kve_end);
            foreach (var (offset, number) in (ReadOnlySpan<(int, int)>)[
                (4, value.kve_type), (24, value.kve_flags), (28, value.kve_resident), (32, value.kve_private_resident), (36, value.kve_protection),
                (40, value.kve_ref_count), (44, value.kve_shadow_count), (1152, (int)value.kve_vn_fsid)])
            {
                Write(image, offset, number);
            }
            Write(image, 1136, value.kve_offset);
            Write(image, 1144, value.kve_vn_fileid);
        });

    /// <summary>sysctl_kern_proc_ofiledesc: open files in the layout of FreeBSD 7.</summary>
    public static Errno PutOldFiles(in SysctlRequest request, Process process) =>
        Repack<kinfo_file>(request, process, FileInformation.PutFiles, kinfo_file.PathOffset, BytesOfOldFile, (image, value, record) =>
        {
            foreach (var (offset, number) in (ReadOnlySpan<(int, int)>)[
                (4, value.kf_type), (8, value.kf_fd), (12, value.kf_ref_count), (16, value.kf_flags)])
            {
                Write(image, offset, number);
            }
            Write(image, 24, value.kf_offset);
            if (value.kf_type == kinfo_file.KF_TYPE_VNODE) Write(image, 32, value.kf_file_type);
            if (value.kf_type != kinfo_file.KF_TYPE_SOCKET) return;
            record[36..48].CopyTo(image[36..]);
            record.Slice(kinfo_file.LocalAddressOffset, 2 * kinfo_file.AddressBytes).CopyTo(image[1072..]);
        });

    /// <summary>sysctl_kern_proc_vm_layout: where program, data, stack and shared page are.</summary>
    public static Errno PutLayout(in SysctlRequest request, Process process)
    {
        if (process.IsHost || process.Vm is null) return Errno.EINVAL;
        var map = process.Vm.Map;
        Span<byte> image = stackalloc byte[BytesOfLayout];
        image.Clear();
        Write(image, 0, map.Minimum);
        Write(image, 8, map.Maximum);
        WriteRange(image, 16, map, entry => (entry.Protection & Access.Execute) != 0);
        WriteRange(image, 32, map, entry => (entry.Protection & (Access.Write | Access.Execute)) == Access.Write && !entry.Has(EntryFlags.GrowsDown));
        WriteRange(image, 48, map, entry => entry.Has(EntryFlags.GrowsDown));
        Write(image, 72, process.Kernel.Architecture.SharedPage);
        Write(image, 80, (ulong)Frame.Size);
        return request.Put(image);
    }

    private static kinfo_vmentry Describe(Process process, in ptrace_vm_entry entry, VmEntry mapped, string name)
    {
        var isFile = entry.pve_fileid != -1;
        var value = new kinfo_vmentry
        {
            kve_structsize = FileInformation.PackedBytes(kinfo_vmentry.PathOffset, name),
            kve_type = isFile ? kinfo_vmentry.KVME_TYPE_VNODE
                : entry.pve_prot == 0 ? kinfo_vmentry.KVME_TYPE_NONE : kinfo_vmentry.KVME_TYPE_DEFAULT,
            kve_start = entry.pve_start,
            kve_end = entry.pve_end + 1,
            kve_offset = entry.pve_offset,
            kve_protection = (int)entry.pve_prot,
            kve_flags = Flags(mapped.Flags),
            kve_resident = mapped.Object?.ResidentPages ?? 0,
            kve_private_resident = mapped.Object is { Backing: null } own ? own.ResidentPages : 0,
            kve_ref_count = mapped.Object?.References ?? 0,
        };
        if (!isFile) return value;
        (value.kve_vn_fileid, value.kve_vn_fsid, value.kve_vn_fsid_freebsd11) = ((ulong)entry.pve_fileid, entry.pve_fsid, entry.pve_fsid);
        value.kve_vn_type = kinfo_file.KF_VTYPE_VREG;
        if (name.Length == 0) return value;
        if (process.Kernel.FileSystem.Stat(new PathArgument(process, Fcntl.AT_FDCWD, name) { IsKernels = true }, follow: true, out var stat) != Errno.None) return value;
        (value.kve_vn_size, value.kve_vn_mode, value.kve_status) = ((ulong)stat.st_size, stat.st_mode, kinfo_file.KF_ATTR_VALID);
        value.kve_vn_rdev = stat.st_rdev;
        return value;
    }

    private static int Flags(EntryFlags flags) =>
        ((flags & EntryFlags.CopyOnWrite) != 0 ? kinfo_vmentry.KVME_FLAG_COW : 0)
        | ((flags & EntryFlags.NeedsCopy) != 0 ? kinfo_vmentry.KVME_FLAG_NEEDS_COPY : 0)
        | ((flags & EntryFlags.NoCoreDump) != 0 ? kinfo_vmentry.KVME_FLAG_NOCOREDUMP : 0)
        | ((flags & EntryFlags.GrowsDown) != 0 ? kinfo_vmentry.KVME_FLAG_GROWS_DOWN : 0);

    private delegate Errno Source(in SysctlRequest request, Process process);

    private delegate void Conversion<T>(Span<byte> image, T value, ReadOnlySpan<byte> record);

    /// <summary>Packed structures, each copied to one of a fixed size whose path is at <see cref="OldPathOffset"/>.</summary>
    private static Errno Repack<T>(
        in SysctlRequest request, Process process, Source source, int pathOffset, int size, Conversion<T> convert) where T : unmanaged
    {
        var packed = new ArrayBufferWriter<byte>();
        var error = source(new SysctlRequest(request.Kernel, request.Caller, default, default, isWrite: false, int.MaxValue, packed), process);
        var image = new byte[size];
        for (var records = packed.WrittenSpan; error == Errno.None && !records.IsEmpty;)
        {
            var record = records[..MemoryMarshal.Read<int>(records)];
            records = records[record.Length..];
            image.AsSpan().Clear();
            Write(image, 0, size);
            convert(image, MemoryMarshal.Read<T>(record), record);
            var path = NullTerminated.ToText(record[pathOffset..]);
            Encoding.Latin1.GetBytes(path.AsSpan(0, Math.Min(path.Length, OldPathBytes - 1)), image.AsSpan(OldPathOffset));
            error = request.Put(image);
        }
        return error;
    }

    private static void WriteRange(Span<byte> image, int offset, VmMap map, Func<VmEntry, bool> isMeant)
    {
        foreach (var entry in map.Entries)
        {
            if (!isMeant(entry)) continue;
            Write(image, offset, entry.Start);
            Write(image, offset + 8, entry.Size);
            return;
        }
    }

    private static void Write<T>(Span<byte> image, int offset, T value) where T : unmanaged => MemoryMarshal.Write(image[offset..], in value);
}
