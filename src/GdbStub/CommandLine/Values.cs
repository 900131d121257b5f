using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using GdbStub.Sessions;
using GdbStub.Transports;
using Serilog.Events;

namespace GdbStub.CommandLine;

/// <summary>Reads the value of an option.</summary>
/// <param name="reason">What is wrong with <paramref name="text"/>, to follow "--option: ".</param>
public delegate bool ValueParser<T>(string text, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out string? reason);

/// <summary>The kinds of value that options take.</summary>
public static class Values
{
    public static bool Endpoint(string text, [NotNullWhen(true)] out ListenAddress? value, [NotNullWhen(false)] out string? reason)
    {
        if (ListenAddress.TryParse(text, out value, out reason)) return true;
        reason = $"'{text}': {reason}";
        return false;
    }

    /// <summary>K=V.</summary>
    public static bool Assignment(string text, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? reason) =>
        Take(text.IndexOf('=', StringComparison.Ordinal) > 0, text, out value, $"'{text}' is not NAME=VALUE", out reason);

    /// <summary>A directory of the host that exists; made absolute.</summary>
    public static bool Directory(string text, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? reason) =>
        Take(System.IO.Directory.Exists(text), Path.GetFullPath(text), out value, $"'{text}' is not a directory", out reason);

    /// <summary>A file of the host, there or not; made absolute.</summary>
    public static bool File(string text, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? reason) =>
        Take(text.Length > 0, text.Length > 0 ? Path.GetFullPath(text) : "", out value, "the name of the file is empty", out reason);

    /// <summary>An absolute path in the guest.</summary>
    public static bool GuestPath(string text, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? reason) =>
        Take(text.StartsWith('/'), text, out value, $"'{text}' is not an absolute path of the guest", out reason);

    public static bool Seed(string text, out ulong value, [NotNullWhen(false)] out string? reason) =>
        Take(ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed), seed, out value,
            $"'{text}' is not a number", out reason);

    /// <summary>A number of at least 1.</summary>
    public static bool Count(string text, out int value, [NotNullWhen(false)] out string? reason) =>
        Take(
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0, count, out value,
            $"'{text}' is not a number of at least 1", out reason);

    /// <summary>A number of at least 1, or one with K, M, G or T for powers of 1000.</summary>
    public static bool Amount(string text, out long value, [NotNullWhen(false)] out string? reason)
    {
        var power = text.Length == 0 ? -1 : "KMGT".IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
        var isNumber = long.TryParse(
            power < 0 ? text : text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        var factor = 1L;
        for (; power >= 0; power--) factor *= 1000;
        return Take(
            isNumber && number > 0 && number <= long.MaxValue / factor, number * factor, out value, $"'{text}' is not a number such as 500M",
            out reason);
    }

    /// <summary>Seconds, or a number with s, m or h.</summary>
    public static bool Duration(string text, out TimeSpan value, [NotNullWhen(false)] out string? reason)
    {
        var unit = text.Length == 0 ? -1 : "smh".IndexOf(text[^1], StringComparison.Ordinal);
        var isNumber = int.TryParse(
            unit < 0 ? text : text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        var seconds = unit switch { 1 => 60, 2 => 3600, _ => 1 };
        return Take(
            isNumber && number > 0, TimeSpan.FromSeconds((double)number * seconds), out value, $"'{text}' is not a time such as 90s, 10m or 2h",
            out reason);
    }

    /// <summary>Bytes: a number, or one with K, M, G or T for powers of 1024.</summary>
    public static bool Size(string text, out long value, [NotNullWhen(false)] out string? reason)
    {
        var power = text.Length == 0 ? -1 : "KMGT".IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
        var isNumber = long.TryParse(
            power < 0 ? text : text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        var shift = 10 * (power + 1);
        return Take(
            isNumber && number > 0 && number <= long.MaxValue >> shift, number << shift, out value,
            $"'{text}' is not a size such as 512M or 2G", out reason);
    }

    /// <summary>One of the names of <typeparamref name="T"/>, in any case.</summary>
    public static bool Name<T>(string text, out T value, [NotNullWhen(false)] out string? reason)
        where T : struct, Enum =>
        Take(
            Enum.TryParse<T>(text, ignoreCase: true, out var named) && Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase),
            named, out value,
            $"'{text}' is none of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}", out reason);

    /// <summary>One of <paramref name="known"/>.</summary>
    public static ValueParser<string> OneOf(params string[] known) =>
        (string text, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? reason) =>
            Take(known.Contains(text), text, out value, $"'{text}' is none of {string.Join(", ", known)}", out reason);

    /// <summary>An option that is there or not, in the environment.</summary>
    public static bool Flag(string text, out bool value, [NotNullWhen(false)] out string? reason)
    {
        value = text is "1" or "true" or "yes";
        return Take(value || text is "0" or "false" or "no", value, out value, $"'{text}' is neither 1 nor 0", out reason);
    }

    public static bool Level(string text, out LogEventLevel value, [NotNullWhen(false)] out string? reason) =>
        Name(text, out value, out reason);

    public static bool Time(string text, out TimeMode value, [NotNullWhen(false)] out string? reason) => Name(text, out value, out reason);

    public static bool Machine(string text, out MachineSharing value, [NotNullWhen(false)] out string? reason)
    {
        value = text == "per-connection" ? MachineSharing.PerConnection : MachineSharing.Shared;
        return Take(text is "shared" or "per-connection", value, out value, $"'{text}' is none of shared, per-connection", out reason);
    }

    public static bool Abi(string text, out OsAbi value, [NotNullWhen(false)] out string? reason) => Name(text, out value, out reason);

    /// <summary>A table of processes to begin with, in a file or the one inside gdbstub.</summary>
    public static bool Boot(string text, [NotNullWhen(true)] out BootTable? value, [NotNullWhen(false)] out string? reason) =>
        BootFile.TryRead(text, out value, out reason);

    /// <summary>UID, or UID:GID,GID…; without groups, the one that has the user's number.</summary>
    public static bool User(string text, [NotNullWhen(true)] out GuestUser? value, [NotNullWhen(false)] out string? reason)
    {
        var (name, groups) = text.Split(':') is [var first, var rest] ? (first, rest.Split(',')) : (text, [text]);
        var numbers = new uint[groups.Length];
        var isGood = uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var user);
        for (var index = 0; index < groups.Length; index++)
            isGood &= uint.TryParse(groups[index], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[index]);
        return Take(isGood, new GuestUser(user, numbers), out value, $"'{text}' is not UID or UID:GID,GID", out reason);
    }

    private static bool Take<T>(bool isGood, T good, [NotNullWhen(true)] out T? value, string bad, [NotNullWhen(false)] out string? reason)
    {
        value = isGood ? good : default;
        reason = isGood ? null : bad;
        return isGood;
    }
}
