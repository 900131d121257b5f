using System.Text.RegularExpressions;
using NUnit.Framework;

namespace EndToEnd.Tests.LldbSessions;

/// <summary>The packets of a session that the server answered as unknown.</summary>
public static partial class EmptyReplies
{
    // What a FreeBSD server has nothing to say to: Darwin's threads and plug-ins, the link map, which lldb finds better by itself (an
    // answer makes lldb 19 look for a kernel there, and fall), signals, which it knows better by itself as well, and programs that were
    // not moved. The last are gdb's: its question whether unknown packets are answered so, and tracepoints.
    private static readonly string[] Right =
        ["jThreadExtendedInfo", "qStructuredDataPlugins", "qShlibInfoAddr", "jSignalsInfo", "qOffsets", "jLLDBTraceSupported",
            "qSyncThreadStateSupported", "vMustReplyEmpty", "qTStatus"];

    /// <summary>Prints the packets' names, and fails when one of them should have had an answer.</summary>
    /// <param name="log">What the server has logged, at level Verbose; its last line may not be whole yet.</param>
    public static void Check(string log)
    {
        var last = new Dictionary<string, string>(StringComparer.Ordinal);
        var empty = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Match line in PacketLine().Matches(log))
        {
            var session = line.Groups["session"].Value;
            var packet = line.Groups["packet"].Value;
            if (line.Groups["direction"].Value == "->") last[session] = packet;
            else if (packet.Length == 0) empty.Add(PacketName().Match(last[session]).Value);
        }
        Assert.That(last, Is.Not.Empty, "the server logs no packets");
        TestContext.Out.WriteLine($"empty replies: {string.Join(' ', empty)}");
        Assert.That(empty.Except(Right), Is.Empty, "packets without an answer");
    }

    [GeneratedRegex(@"^\S+ VRB (?<session>\d+) (?<direction>->|<-) ?(?<packet>.*?)\r?\n", RegexOptions.Multiline)]
    private static partial Regex PacketLine();

    [GeneratedRegex(@"^([a-zA-Z_]+|.)")]
    private static partial Regex PacketName();
}
