using System.Text;

namespace TraceKernel.Host;

/// <summary>Names between guest and host: a guest's are bytes, kept as Latin-1 characters; a host's are UTF-8 where .NET decodes them.</summary>
public static class HostNames
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A guest's name as .NET's own file calls take it; false when the host cannot have such a name.</summary>
    public static bool TryToHost(string guestName, out string hostName)
    {
        hostName = "";
        if (guestName.Contains('\0')) return false;
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

    public static string ToGuest(string hostName) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(hostName));
}
