using NUnit.Framework;

namespace EndToEnd.Tests.Harness;

/// <summary>What a debugger printed, command by command.</summary>
public sealed class Transcript
{
    /// <summary>What the harness has gdb print before each command.</summary>
    public const string Mark = "#### ";

    private const string LldbPrompt = "\n(lldb) ";

    private readonly string _debugger;
    private readonly string[] _parts;

    private Transcript(string debugger, string text, string[] parts)
    {
        (_debugger, Text, _parts) = (debugger, text, parts);
        TestContext.Out.WriteLine(text);
    }

    public static Transcript OfGdb(string text) => new("gdb", text, text.Split("\n" + Mark));

    public static Transcript OfLldb(string text)
    {
        var parts = (text + "\n").Split(LldbPrompt);
        for (var index = 0; index < parts.Length - 1; index++) parts[index] += "\n";
        return new Transcript("lldb", text, parts);
    }

    public string Text { get; }

    /// <summary>What was printed between a command and the next.</summary>
    /// <param name="time">Which time that it was given, from 1.</param>
    public string this[string command, int time = 1]
    {
        get
        {
            foreach (var part in _parts)
                if (part.StartsWith(command + "\n", StringComparison.Ordinal) && --time == 0) return part[(command.Length + 1)..];
            Assert.Fail($"{_debugger} did not come to \"{command}\":\n{Text}");
            return "";
        }
    }
}
