using TraceKernel.Abi;
using TraceKernel.Files;

namespace TraceKernel.Syscalls;

/// <summary>Arguments that many calls have in common.</summary>
internal static class Arguments
{
    /// <summary>A path relative to a descriptor (AT_FDCWD: the current directory). EFAULT, ENAMETOOLONG.</summary>
    public static Errno PathAt(this SystemCall call, int directory, ulong address, out PathArgument path)
    {
        var error = call.Memory.CopyInString(address, Fcntl.PATH_MAX, out var text);
        path = new PathArgument(call.Process, directory, text);
        return error;
    }

    /// <summary>A path relative to the current directory.</summary>
    public static Errno Path(this SystemCall call, int argument, out PathArgument path) =>
        call.PathAt(Fcntl.AT_FDCWD, call[argument], out path);
}
