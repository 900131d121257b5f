using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;

namespace TraceKernel.User;

// Files: open(2), pread(2), fstat(2) and their like, on the host process's own descriptors.
internal sealed partial class HostSystemCalls
{
    private PathArgument Named(string path) => new(process, Fcntl.AT_FDCWD, path);

    internal static Errno ChangeDirectory(Process child, string path)
    {
        var error = child.Kernel.FileSystem.Find(new PathArgument(child, Fcntl.AT_FDCWD, path), follow: true, out var vnode);
        return error == Errno.None ? FileSystem.ChangeDirectory(child, vnode) : error;
    }

    /// <summary>Opens what is to be standard input, output and error instead of the terminal.</summary>
    private Errno Redirect(Process child, SpawnRequest program)
    {
        string?[] paths = [program.StandardInput, program.StandardOutput, program.StandardError];
        for (var descriptor = 0; descriptor < paths.Length; descriptor++)
        {
            if (paths[descriptor] is not { } path) continue;
            var flags = descriptor == 0 ? Fcntl.O_RDONLY : Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_TRUNC;
            var error = kernel.FileSystem.Open(new PathArgument(child, Fcntl.AT_FDCWD, path), flags, 0x1a4, out var file);
            if (error != Errno.None) return error;
            error = child.Files.Add(file, out var opened);
            if (error == Errno.None) error = child.Files.Duplicate(opened, descriptor, closeOnExec: false);
            if (error != Errno.None) return error;
            child.Files.Close(opened);
        }
        return Errno.None;
    }

    public override Errno Open(string path, int flags, int mode, out int descriptor)
    {
        descriptor = -1;
        using var visit = kernel.Entrance.EnterToLook();
        var creates = (flags & Fcntl.O_CREAT) != 0 && kernel.FileSystem.Find(Named(path), follow: true, out _) == Errno.ENOENT;
        var error = kernel.FileSystem.Open(Named(path), flags, mode, out var file);
        if (error != Errno.None) return error;
        if (creates) GiveAway(path);
        return process.Files.Add(file, out descriptor);
    }

    /// <summary>What a host process makes is for the programs that it starts, and belongs to their user.</summary>
    private void GiveAway(string path)
    {
        var owner = kernel.Options.ProgramCredentials;
        if (kernel.FileSystem.Find(Named(path), follow: false, out var made) == Errno.None)
            made.SetOwner(Caller.Of(process), owner.UserId, owner.GroupId);
    }

    public override Errno Pread(int descriptor, Span<byte> buffer, long offset, out int count)
    {
        count = 0;
        using var visit = kernel.Entrance.EnterToLook();
        if (process.Files.Get(descriptor, out var file) is not Errno.None and var error) return error;
        if (!file.CanRead) return Errno.EBADF;
        if (!file.Target.IsSeekable) return Errno.ESPIPE;
        return offset < 0 ? Errno.EINVAL : file.Target.Read(file, offset, buffer, out count);
    }

    public override Errno Pwrite(int descriptor, ReadOnlySpan<byte> buffer, long offset, out int count)
    {
        count = 0;
        using var visit = kernel.Entrance.EnterToLook();
        if (process.Files.Get(descriptor, out var file) is not Errno.None and var error) return error;
        if (!file.CanWrite) return Errno.EBADF;
        if (!file.Target.IsSeekable) return Errno.ESPIPE;
        return offset < 0 ? Errno.EINVAL : file.Target.Write(file, offset, buffer, out count);
    }

    public override Errno Close(int descriptor)
    {
        using var visit = kernel.Entrance.EnterToLook();
        return process.Files.Close(descriptor);
    }

    public override Errno Fstat(int descriptor, Span<byte> stat)
    {
        using var visit = kernel.Entrance.EnterToLook();
        if (process.Files.Get(descriptor, out var file) is not Errno.None and var error) return error;
        var image = file.Target.Stat();
        return MemoryMarshal.TryWrite(stat, image) ? Errno.None : Errno.EFAULT;
    }

    public override Errno Stat(string path, bool follow, Span<byte> stat)
    {
        using var visit = kernel.Entrance.EnterToLook();
        var error = kernel.FileSystem.Stat(Named(path), follow, out var image);
        if (error != Errno.None) return error;
        return MemoryMarshal.TryWrite(stat, image) ? Errno.None : Errno.EFAULT;
    }

    public override Errno Unlink(string path)
    {
        using var visit = kernel.Entrance.EnterToLook();
        return kernel.FileSystem.Unlink(Named(path));
    }

    public override Errno Symlink(string target, string path)
    {
        using var visit = kernel.Entrance.EnterToLook();
        var error = target.Contains('\0') ? Errno.EINVAL : kernel.FileSystem.MakeLink(target, Named(path));
        if (error == Errno.None) GiveAway(path);
        return error;
    }

    public override Errno Mkdir(string path, int mode)
    {
        using var visit = kernel.Entrance.EnterToLook();
        var error = kernel.FileSystem.MakeDirectory(Named(path), mode);
        if (error == Errno.None) GiveAway(path);
        return error;
    }

    public override Errno Scandir(string path, out IReadOnlyList<string> names)
    {
        names = [];
        using var visit = kernel.Entrance.EnterToLook();
        var error = kernel.FileSystem.Open(Named(path), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0, out var file);
        if (error != Errno.None) return error;
        kernel.FileSystem.Reader = process;
        names = [.. ((DirectoryVnode)file.Target).List(0).Select(entry => entry.Name).Order(StringComparer.Ordinal)];
        file.Release();
        return Errno.None;
    }

    public override Errno Chmod(string path, int mode)
    {
        using var visit = kernel.Entrance.EnterToLook();
        var error = kernel.FileSystem.Find(Named(path), follow: true, out var vnode);
        return error == Errno.None ? vnode.SetPermissions(Caller.Of(process), mode) : error;
    }

    public override Errno Readlink(string path, out string target)
    {
        using var visit = kernel.Entrance.EnterToLook();
        return kernel.FileSystem.ReadLink(Named(path), out target);
    }
}
