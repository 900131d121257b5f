using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Syscalls;

/// <summary>struct cmsghdr: open files and credentials on their way between local sockets (unp_internalize and unp_externalize).</summary>
internal static class ControlMessages
{
    /// <summary>MCLBYTES: most that sendmsg(2) takes.</summary>
    public const int MaximumBytes = 2048;

    /// <summary>What a program sends: EINVAL for what makes no sense, EBADF, EOPNOTSUPP for a file that cannot be handed on.</summary>
    public static Errno Internalize(Process process, ReadOnlySpan<byte> control, out Attachment attachment)
    {
        attachment = Attachment.None;
        var rights = new List<PassedFile>();
        var data = new List<ControlData>();
        var error = Errno.None;
        while (control.Length >= cmsghdr.Bytes && error == Errno.None)
        {
            var header = MemoryMarshal.Read<cmsghdr>(control);
            if (header.cmsg_level != SOL_SOCKET || header.cmsg_len < cmsghdr.DataOffset || header.cmsg_len > control.Length)
            {
                error = Errno.EINVAL;
                break;
            }
            switch (header.cmsg_type)
            {
                case SCM_CREDS:
                    data.Add(new ControlData(SOL_SOCKET, SCM_CREDS, ControlContents.Sender(process)));
                    break;
                case SCM_TIMESTAMP or SCM_BINTIME or SCM_REALTIME or SCM_MONOTONIC:
                    data.Add(new ControlData(SOL_SOCKET, header.cmsg_type, ControlContents.Time(process.Kernel, header.cmsg_type)));
                    break;
                case SCM_RIGHTS:
                    error = Take(process, MemoryMarshal.Cast<byte, int>(control[cmsghdr.DataOffset..header.cmsg_len]), rights);
                    break;
                default:
                    error = Errno.EINVAL;
                    break;
            }
            control = control[Math.Min(control.Length, header.cmsg_len + 7 & ~7)..];
        }
        if (error == Errno.None && (rights.Count > 0 || data.Count > 0)) attachment = new Attachment(null, rights, data);
        else foreach (var passed in rights) passed.File.Release();
        return error;
    }

    /// <summary>What a program receives: new descriptors, in messages as far as there is room for them.</summary>
    /// <param name="room">Bytes of its buffer.</param>
    /// <param name="isTruncated">Not all found room (MSG_CTRUNC); open files that did not are closed.</param>
    public static byte[] Externalize(Process process, Attachment attachment, int room, bool closeOnExec, out bool isTruncated)
    {
        isTruncated = false;
        var image = new List<byte>();
        foreach (var (level, type, bytes) in attachment.Control) Add(image, room, level, type, bytes, ref isTruncated);
        if (attachment.Rights.Count == 0) return [.. image];
        var descriptors = new List<int>();
        var taken = 0;
        if (image.Count + cmsghdr.DataOffset + 4 * attachment.Rights.Count <= room)
        {
            foreach (var (file, capabilities) in attachment.Rights)
            {
                var limit = process.Limits.Descriptors;
                taken++;
                if (process.Files.Add(file, out var descriptor, closeOnExec, 0, limit, capabilities) != Errno.None) break;
                descriptors.Add(descriptor);
            }
        }
        if (descriptors.Count == attachment.Rights.Count)
        {
            Add(image, room, SOL_SOCKET, SCM_RIGHTS, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(descriptors)), ref isTruncated);
            return [.. image];
        }
        // All or none: closing a descriptor gives up its reference, and the full table gave up one. The others are given up here.
        isTruncated = true;
        foreach (var descriptor in descriptors) process.Files.Close(descriptor);
        foreach (var passed in attachment.Rights.Skip(taken)) passed.File.Release();
        return [.. image];
    }

    private static Errno Take(Process process, ReadOnlySpan<int> descriptors, List<PassedFile> rights)
    {
        foreach (var descriptor in descriptors)
        {
            if (process.Files.Get(descriptor, out var file) is not Errno.None and var error) return error;
            if (!file.Target.IsPassable) return Errno.EOPNOTSUPP;
            file.AddReference();
            rights.Add(new PassedFile(file, process.Files.CapabilitiesOf(descriptor)));
        }
        return Errno.None;
    }

    private static void Add(List<byte> image, int room, int level, int type, ReadOnlySpan<byte> data, ref bool isTruncated)
    {
        var length = cmsghdr.DataOffset + data.Length;
        if (image.Count + length > room)
        {
            isTruncated = true;
            return;
        }
        var message = new byte[length];
        MemoryMarshal.Write(message, new cmsghdr(length, level, type));
        data.CopyTo(message.AsSpan(cmsghdr.DataOffset));
        image.AddRange(message);
        // CMSG_SPACE
        while (image.Count % 8 != 0 && image.Count < room) image.Add(0);
    }
}
