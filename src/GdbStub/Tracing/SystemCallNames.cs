using System.Globalization;

namespace GdbStub.Tracing;

/// <summary>System calls in words.</summary>
public static class SystemCallNames
{
    /// <summary>write, out of "ssize_t write(int fd, const void *buf, size_t nbyte)"; #999 where there is no prototype.</summary>
    public static string Of(string? prototype, int number)
    {
        if (prototype is null) return string.Create(CultureInfo.InvariantCulture, $"#{number}");
        var end = prototype.IndexOf('(', StringComparison.Ordinal);
        return prototype[(prototype.AsSpan(0, end).LastIndexOfAny(' ', '*') + 1)..end];
    }
}
