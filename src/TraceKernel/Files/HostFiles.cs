using System.Text;
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
        IOException => Errno.EIO,
        _ => null,
    };

    /// <summary>Nanoseconds since 1970.</summary>
    public static long Nanoseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks * 100;
}
