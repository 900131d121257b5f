using NUnit.Framework;

namespace EndToEnd.Tests.Harness;

/// <summary>What a gdb printed, command by command.</summary>
public sealed class Transcript
{
    public const string Mark = "#### ";

    private readonly string[] _parts;

    public Transcript(string text)
    {
        Text = text;
        _parts = text.Split("\n" + Mark);
        TestContext.Out.WriteLine(text);
    }

    public string Text { get; }

    /// <summary>What a command printed.</summary>
    /// <param name="time">Which time that it was given, from 1.</param>
    public string this[string command, int time = 1]
    {
        get
        {
            foreach (var part in _parts)
                if (part.StartsWith(command + "\n", StringComparison.Ordinal) && --time == 0) return part[(command.Length + 1)..];
            Assert.Fail($"gdb did not come to \"{command}\":\n{Text}");
            return "";
        }
    }
}
