using TraceKernel.Abi;

namespace TraceKernel.Host;

/// <summary>Failures of .NET's file calls in the guests' error numbers.</summary>
public static class HostErrors
{
    /// <summary>Null for an exception that is no failure of a file call.</summary>
    public static Errno? Of(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => Errno.ENOENT,
        PathTooLongException => Errno.ENAMETOOLONG,
        UnauthorizedAccessException => Errno.EACCES,
        // ENOSPC and EFBIG of the host, where it numbers its errors as Unix does.
        IOException { HResult: 28 } => Errno.ENOSPC,
        IOException { HResult: 27 } => Errno.EFBIG,
        IOException => Errno.EIO,
        _ => null,
    };
}
