using System.Text;
using Microsoft.Win32.SafeHandles;
using TraceKernel.Abi;

namespace TraceKernel.Files;

/// <summary>Between host files and guest files: names and errors.</summary>
internal static class HostFiles
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Guest names are bytes, kept as Latin-1; the host's are taken for UTF-8. False when the name cannot be a host's.</summary>
    public static bool TryHostName(string guestName, out string hostName)
    {
        hostName = "";
        if (OperatingSystem.IsWindows() && (guestName.IndexOfAny(Path.GetInvalidFileNameChars()) >= 0 || guestName[^1] is '.' or ' '))
            return false;
        try
        {
            hostName = s_utf8.GetString(Encoding.Latin1.GetBytes(guestName));
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    public static string GuestName(string hostName) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(hostName));

    /// <summary>What a failed host call means to the guest; null: not a failure of files.</summary>
    public static Errno? Error(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => Errno.ENOENT,
        PathTooLongException => Errno.ENAMETOOLONG,
        UnauthorizedAccessException => Errno.EACCES,
        // ENOSPC and EEXIST of the host, where it numbers its errors as Unix does.
        IOException { HResult: 28 } => Errno.ENOSPC,
        IOException { HResult: 17 } => Errno.EEXIST,
        IOException => Errno.EIO,
        _ => null,
    };

    /// <summary>A new file for reading and writing, with these permissions; an IOException when the name is taken, by a link too.</summary>
    public static SafeFileHandle Create(string path, int permissions)
    {
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        SetMode(handle, permissions);
        return handle;
    }

    /// <summary>A file that is no link; for writing too, if that is wanted and the host allows it.</summary>
    public static (SafeFileHandle Handle, bool CanWrite) Open(string path, bool forWriting)
    {
        if (forWriting && (File.GetAttributes(path) & FileAttributes.ReparsePoint) != 0) throw new FileNotFoundException();
        try
        {
            if (forWriting) return (File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete), true);
        }
        catch (UnauthorizedAccessException)
        {
            // Then for reading alone.
        }
        return (File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), false);
    }

    /// <summary>Permissions of a file or directory, where the host has such; set-id bits are the guests' own affair.</summary>
    public static void SetMode(string path, int permissions)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, (UnixFileMode)(permissions & 0x1ff));
    }

    /// <inheritdoc cref="SetMode(string, int)"/>
    public static void SetMode(SafeFileHandle file, int permissions)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, (UnixFileMode)(permissions & 0x1ff));
    }

    /// <summary>Of nanoseconds since 1970.</summary>
    public static DateTime Time(long nanoseconds) => DateTime.UnixEpoch.AddTicks(nanoseconds / 100);

    /// <summary>Nanoseconds since 1970.</summary>
    public static long Nanoseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks * 100;
}
