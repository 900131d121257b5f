using System.Text.RegularExpressions;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Packets;

/// <summary>Which processes qfProcessInfo wants: every key that is given must fit.</summary>
internal readonly record struct ProcessFilter(
    string? Name, NameMatch Match, int? Pid, int? Parent, int? User, int? Group, int? EffectiveUser, int? EffectiveGroup)
{
    // A client's pattern may be one that takes for ever.
    private static readonly TimeSpan PatternTime = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Reads "name_match:equals;name:HEX;pid:N;…". Keys that do not narrow anything here (all_users, triple) are passed over.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> arguments, out ProcessFilter filter)
    {
        filter = default;
        var reader = new PacketReader(arguments);
        while (!reader.IsEmpty)
        {
            var pair = new PacketReader(reader.Until(';'));
            var key = pair.Until(':');
            if (key.SequenceEqual("name"u8))
            {
                if (!PacketReader.TryText(pair.Rest, out var name)) return false;
                filter = filter with { Name = name };
                continue;
            }
            if (key.SequenceEqual("name_match"u8))
            {
                if (!TryMatch(pair.Rest, out var match)) return false;
                filter = filter with { Match = match };
                continue;
            }
            if (!TryNumber(key, ref pair, ref filter)) return false;
        }
        return filter.Match != NameMatch.Pattern || IsPattern(filter.Name);
    }

    public bool Fits(SystemCalls system, in kinfo_proc process) =>
        (Pid is null || Pid == process.ki_pid) && (Parent is null || Parent == process.ki_ppid)
        && (User is null || User == (int)process.ki_ruid) && (Group is null || Group == (int)process.ki_rgid)
        && (EffectiveUser is null || EffectiveUser == (int)process.ki_uid)
        && (EffectiveGroup is null || EffectiveGroup == (int)process.ki_svgid)
        && (Name is null || FitsName(ProcessInformation.PathOrCommand(system, process)));

    private bool FitsName(string path)
    {
        // lldb compares with the last part of the path.
        var name = path[(path.LastIndexOf('/') + 1)..];
        return Match switch
        {
            NameMatch.Equals => name == Name || path == Name,
            NameMatch.StartsWith => name.StartsWith(Name!, StringComparison.Ordinal),
            NameMatch.EndsWith => name.EndsWith(Name!, StringComparison.Ordinal),
            NameMatch.Contains => name.Contains(Name!, StringComparison.Ordinal),
            NameMatch.Pattern => Matches(name, Name!),
            _ => true,
        };
    }

    private static bool Matches(string name, string pattern)
    {
        try
        {
            return Regex.IsMatch(name, pattern, RegexOptions.CultureInvariant, PatternTime);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static bool IsPattern(string? pattern)
    {
        try
        {
            _ = new Regex(pattern ?? "");
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool TryMatch(ReadOnlySpan<byte> text, out NameMatch match)
    {
        match = text switch
        {
            _ when text.SequenceEqual("ignore"u8) => NameMatch.Ignore,
            _ when text.SequenceEqual("equals"u8) => NameMatch.Equals,
            _ when text.SequenceEqual("starts_with"u8) => NameMatch.StartsWith,
            _ when text.SequenceEqual("ends_with"u8) => NameMatch.EndsWith,
            _ when text.SequenceEqual("contains"u8) => NameMatch.Contains,
            _ when text.SequenceEqual("regex"u8) => NameMatch.Pattern,
            _ => NameMatch.Unknown,
        };
        return match != NameMatch.Unknown;
    }

    private static bool TryNumber(ReadOnlySpan<byte> key, ref PacketReader pair, ref ProcessFilter filter)
    {
        if (!pair.TryDecimal(out var number))
            return key.SequenceEqual("triple"u8) || key.SequenceEqual("all_users"u8);
        if (key.SequenceEqual("pid"u8)) filter = filter with { Pid = number };
        else if (key.SequenceEqual("parent_pid"u8)) filter = filter with { Parent = number };
        else if (key.SequenceEqual("uid"u8)) filter = filter with { User = number };
        else if (key.SequenceEqual("gid"u8)) filter = filter with { Group = number };
        else if (key.SequenceEqual("euid"u8)) filter = filter with { EffectiveUser = number };
        else if (key.SequenceEqual("egid"u8)) filter = filter with { EffectiveGroup = number };
        return true;
    }
}

/// <summary>How a process's name is compared.</summary>
internal enum NameMatch
{
    Ignore,
    Equals,
    StartsWith,
    EndsWith,
    Contains,
    Pattern,
    Unknown,
}
