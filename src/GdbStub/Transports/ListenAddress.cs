using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace GdbStub.Transports;

/// <summary>
/// Where to listen, as the command line writes it: <c>127.0.0.1:1234</c>, <c>[::1]:0</c>, <c>localhost:0</c>, <c>unix:PATH</c> or
/// <c>stdio</c>.
/// </summary>
public sealed record ListenAddress
{
    public static readonly ListenAddress Default = new() { Ip = new IPEndPoint(IPAddress.Loopback, 1234) };

    /// <summary>For TCP; port 0 lets the system choose.</summary>
    public IPEndPoint? Ip { get; private init; }

    /// <summary>For a Unix socket.</summary>
    public string? Path { get; private init; }

    /// <summary>One client, on standard input and output.</summary>
    public bool IsStandardIo => Ip is null && Path is null;

    /// <summary>True when clients of other machines can connect.</summary>
    public bool IsPublic => Ip is { } ip && !IPAddress.IsLoopback(ip.Address);

    /// <param name="reason">What is wrong with <paramref name="text"/>, for a message; null when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address, [NotNullWhen(false)] out string? reason)
    {
        (address, reason) = (null, null);
        if (text == "stdio")
        {
            address = new ListenAddress();
        }
        else if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            var path = text["unix:".Length..];
            if (path.Length == 0) reason = "the path after unix: is missing";
            else address = new ListenAddress { Path = path };
        }
        else
        {
            reason = ParseIp(text, out var ip);
            if (reason is null) address = new ListenAddress { Ip = ip };
        }
        return address is not null;
    }

    public override string ToString() => Ip?.ToString() ?? (Path is null ? "stdio" : "unix:" + Path);

    private static string? ParseIp(string text, out IPEndPoint? ip)
    {
        ip = null;
        var colon = text.LastIndexOf(':');
        if (colon < 0) return "expected ADDRESS:PORT, unix:PATH or stdio";
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return $"'{text[(colon + 1)..]}' is not a port number from 0 to 65535";
        var host = text[..colon];
        // Names are not looked up: what is listened on must be plain from the command line. Everybody is never meant by silence.
        if (host is "" or "localhost")
        {
            ip = new IPEndPoint(IPAddress.Loopback, port);
            return null;
        }
        var isBracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!IPAddress.TryParse(isBracketed ? host[1..^1] : host, out var parsed) || isBracketed != host.Contains(':'))
            return $"'{host}' is not an IP address (IPv6 in brackets: [::1]:{port})";
        ip = new IPEndPoint(parsed, port);
        return null;
    }
}
