using System.Diagnostics.CodeAnalysis;

namespace GdbStub.CommandLine;

/// <summary>
/// The command lines of gdbserver and lldb-server in this program's words, for tools that start a debug server by themselves: delve and
/// editors. What such a command line asks for and cannot be had here is refused: it is never passed over in silence.
/// </summary>
internal static class ServerWords
{
    public const string GdbServer = "gdbserver", Platform = "platform";

    // They ask for what is so in any case: programs are started without a shell and at fixed places, registers are as the CPU has them, a
    // program has a session of its own, and the log is on standard error.
    private static readonly string[] Idle =
    [
        "--native-regs", "--setsid", "--no-startup-with-shell", "--disable-randomization", "--server", "--debug", "--remote-debug",
    ];

    // The programs that a platform's client starts are served at the platform's own endpoint.
    private static readonly string[] IdleWithValue = ["--min-gdbserver-port", "--max-gdbserver-port", "--gdbserver-port", "-m", "-M", "-P"];

    private static readonly (string Name, string Why)[] Refused =
    [
        ("--attach", "processes of this machine cannot be debugged; --boot FILE starts guests to which clients attach"),
        ("--wrapper", "no program of this machine is started"),
        ("--reverse-connect", "this server listens and does not connect"),
        ("--fd", "this server listens and does not take over a connection"),
        ("--pipe", "the port is on standard output"),
        ("--named-pipe", "the port is on standard output"),
        ("--socket-file", "the port is on standard output"),
        ("-f", "the port is on standard output"),
        ("--log-file", "the log is on standard error"),
        ("-l", "the log is on standard error"),
        ("--log-channels", "--log-level says what is in the log"),
        ("-c", "--log-level says what is in the log"),
        ("--startup-with-shell", "programs are started without a shell"),
        ("--no-disable-randomization", "programs are loaded at fixed places"),
    ];

    /// <summary>Translates a command line that begins with one of the words; others stay as they are.</summary>
    /// <param name="takesValue">Whether an option of this program has a value.</param>
    /// <param name="problem">What cannot be had, in one line.</param>
    public static bool TryTranslate(
        string[] arguments, Func<string, bool> takesValue, [NotNullWhen(true)] out string[]? translated, [NotNullWhen(false)] out string? problem)
    {
        (translated, problem) = (arguments, null);
        if (arguments.Length == 0 || arguments[0] is not (GdbServer or Platform)) return true;
        var isPlatform = arguments[0] == Platform;
        var words = new List<string>();
        string? endpoint = null;
        var index = 1;
        for (; index < arguments.Length && arguments[index] != "--"; index++)
        {
            var word = arguments[index];
            var isOption = word.StartsWith('-') && word.Length > 1;
            // Behind the endpoint of gdbserver there is nothing but the program.
            if (isPlatform ? !isOption : endpoint is not null) break;
            var (name, value) = word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && isOption ? (word[..at], word[(at + 1)..]) : (word, null);
            if (Array.Find(Refused, refused => refused.Name == name) is { Why: { } why })
            {
                (translated, problem) = (null, $"{arguments[0]} {name}: {why}");
                return false;
            }
            if (!isOption) endpoint = word;
            else if (name is "--listen" or "-L") endpoint = value ?? Next(arguments, ref index);
            else if (IdleWithValue.Contains(name)) _ = value ?? Next(arguments, ref index);
            else if (!Idle.Contains(name))
            {
                words.Add(word);
                if (value is null && takesValue(name) && index + 1 < arguments.Length) words.Add(arguments[++index]);
            }
        }
        if (endpoint is null)
        {
            (translated, problem) = (null, $"{arguments[0]}: where it is to listen is missing: {(isPlatform ? "--listen [HOST]:PORT" : "[HOST]:PORT")}");
            return false;
        }
        var program = arguments.Skip(index).SkipWhile(word => word == "--").ToArray();
        if (isPlatform && program.Length > 0)
        {
            (translated, problem) = (null, $"{Platform} starts no program: its clients do");
            return false;
        }
        var isMulti = isPlatform || program.Length == 0;
        if (isMulti && !words.Contains("--multi")) words.Add("--multi");
        // The other servers end with their program, but for gdbserver's --multi. A client of a platform has several connections.
        if (!isPlatform && !arguments.Contains("--multi") && !words.Contains("--once")) words.Add("--once");
        translated = [.. words, "--listen", Endpoint(endpoint), .. isMulti ? [] : (string[])["--", .. program]];
        return true;
    }

    private static string? Next(string[] arguments, ref int index) => ++index < arguments.Length ? arguments[index] : null;

    /// <summary>gdbserver's "-" is standard input and output, a number alone a port, and "*" every address of the machine.</summary>
    private static string Endpoint(string endpoint)
    {
        if (endpoint == "-") return "stdio";
        if (endpoint.StartsWith("unix://", StringComparison.Ordinal)) return "unix:" + endpoint["unix://".Length..];
        if (endpoint.Length > 0 && endpoint.All(char.IsAsciiDigit)) return ":" + endpoint;
        return endpoint.StartsWith("*:", StringComparison.Ordinal) ? "0.0.0.0" + endpoint[1..] : endpoint;
    }
}
