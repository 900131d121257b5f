using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using GdbStub.Packets;
using GdbStub.Tests.Whole;
using NUnit.Framework;

namespace GdbStub.Tests.Packets;

/// <summary>
/// docs/protocol.md: every packet, what it does, which recorded clients send it and a test of it. Written anew by this test when
/// GDBSTUB_WRITE_DOCS is set (scripts/write-protocol.sh).
/// </summary>
public sealed partial class ProtocolDocumentTests
{
    private const string Head = """
        # The protocol

        Every packet that the server answers, from its source: the name and the arguments as the GDB manual or lldb's documents write them, what it
        does, which clients sent it in the sessions that are recorded in `test/GdbStub.Tests/Whole/Recordings`, and a test of it. A packet
        that is not here gets the empty reply, as the protocol wants it. Written by `scripts/write-protocol.sh`; a test fails when it is stale.

        | packet | what it does | gdb 13 | gdb 16 | lldb 14 | lldb 19 | test |
        |---|---|---|---|---|---|---|

        """;

    private const string TailHead = """

        ## Left unanswered

        | packet | why |
        |---|---|

        """;

    /// <summary>What clients know to send, and gets the empty reply on purpose.</summary>
    private static readonly (string Packet, string Why)[] Unanswered =
    [
        ("bc", "Going backwards: no run is recorded. gdb says that the target does not support it."),
        ("bs", "The same."),
        ("jLLDBTraceSupported", "Processor traces: the emulated processors make none."),
        ("jSignalsInfo",
            "lldb adds what it is told to gdb's signals, whose names and numbers stay: SIGTHR would be none, and SIGINFO 142. Without an answer it takes "
            + "FreeBSD's from the triple."),
        ("jThreadExtendedInfo", "What Apple's kernel knows of threads."),
        ("qGetTLSAddr", "gdb computes it from the thread's register and the linker's map."),
        ("qMemTags", "Memory tags are Armv8.5's; the processor here is an Armv8.0."),
        ("qShlibInfoAddr", "lldb finds the link map itself; an answer makes lldb 19 look for a kernel there, and fall."),
        ("qStructuredDataPlugins", "Apple's logs."),
        ("qTStatus", "Tracepoints: agent-style dprintf and conditions run in the server, collecting does not."),
        ("Qbtrace:", "Branch traces: the emulated processors make none."),
        ("QEnableCompression", "Most replies are shorter than what compressing costs, and gdb has none."),
        ("vFlashErase", "Flash memory, of machines without a system."),
    ];

    private static readonly string[] Clients = ["gdb-13", "gdb-16", "lldb-14", "lldb-19"];

    private static readonly string Root = Path.GetFullPath(Path.Combine(Recording.Folder, "../../../.."));

    [Test]
    public void TheTableIsUpToDate()
    {
        var path = Path.Combine(Root, "docs/protocol.md");
        var expected = Write(out var untested);
        Assert.That(untested, Is.Empty, $"packets without a test: {string.Join(' ', untested)}");
        if (Environment.GetEnvironmentVariable("GDBSTUB_WRITE_DOCS") is not null) File.WriteAllText(path, expected);
        Assert.That(File.ReadAllText(path), Is.EqualTo(expected), "scripts/write-protocol.sh writes it anew");
    }

    [Test]
    public void WhatIsSaidToBeLeftUnansweredIs()
    {
        var client = new PacketClient();
        foreach (var (packet, _) in Unanswered) Assert.That(client.Send(packet), Is.Empty, packet);
    }

    private static string Write(out List<string> untested)
    {
        var summaries = Summaries();
        var tests = Tests();
        var senders = Senders();
        untested = [];
        var text = new StringBuilder(Head);
        foreach (var (packet, method) in Packets())
        {
            var test = tests.FirstOrDefault(candidate => Mentions(candidate.Body, packet)).Name;
            if (test is null && senders.Values.Any(sent => sent.Contains(packet.Name))) test = $"{nameof(RecordingTests)}.{nameof(RecordingTests.IsAnsweredAsBefore)}";
            if (test is null) untested.Add(packet.Name);
            var arguments = packet.Arguments.Length == 0 || packet.Glued || packet.Name[^1] is ':' or ';' or ',' || packet.Name.Length == 1 ? packet.Arguments
                : (packet.Name[0] == 'Z' || packet.Name[0] == 'z' ? "," : packet.Name is "vCont" or "D" or "vRun" or "vAttach" or "vKill" ? ";" : ":") + packet.Arguments;
            var name = $"{method.DeclaringType!.FullName}.{method.Name}";
            var summary = summaries.GetValueOrDefault(name) ?? summaries.GetValueOrDefault(method.DeclaringType.FullName!) ?? "";
            text.Append($"| `{(packet.Name + arguments).Replace("|", "\\|", StringComparison.Ordinal)}` | {summary} |");
            foreach (var client in Clients) text.Append(senders[client].Contains(packet.Name) ? " yes |" : " |");
            text.Append($" `{test}` |\n");
        }
        text.Append(TailHead);
        foreach (var (packet, why) in Unanswered) text.Append($"| `{packet}` | {why} |\n");
        return text.ToString();
    }

    private static IEnumerable<(PacketAttribute Packet, MethodInfo Method)> Packets() =>
        from type in typeof(PacketTable).Assembly.GetTypes()
        where type.Namespace == typeof(PacketTable).Namespace
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        from packet in method.GetCustomAttributes<PacketAttribute>()
        orderby packet.Name.ToUpperInvariant(), packet.Name
        select (packet, method);

    /// <summary>The first sentence of each type's and method's documentation.</summary>
    private static Dictionary<string, string> Summaries()
    {
        var document = XDocument.Load(Path.ChangeExtension(typeof(PacketTable).Assembly.Location, ".xml"));
        var summaries = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in document.Descendants("member"))
        {
            if (member.Element("summary") is not { } summary) continue;
            foreach (var reference in summary.Descendants("see").ToArray()) reference.ReplaceWith(reference.Attribute("cref")!.Value.Split('.')[^1]);
            var name = member.Attribute("name")!.Value[2..].Split('(')[0];
            summaries[name] = Spaces().Replace(summary.Value, " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);
        }
        return summaries;
    }

    /// <summary>The packets that each client has sent.</summary>
    private static Dictionary<string, HashSet<string>> Senders()
    {
        var names = Packets().Select(packet => packet.Packet).OrderByDescending(packet => packet.Name.Length).ToArray();
        var senders = Clients.ToDictionary(client => client, _ => new HashSet<string>(StringComparer.Ordinal));
        foreach (var recording in Recording.All)
            foreach (var (sent, _) in recording.Exchanges)
                if (Array.Find(names, packet => Begins(sent, packet)) is { } packet) senders[recording.Name].Add(packet.Name);
        return senders;
    }

    private static bool Begins(string sent, PacketAttribute packet) =>
        sent.StartsWith(packet.Name, StringComparison.Ordinal)
        && (packet.Glued || packet.Name.Length == 1 || packet.Name[^1] is ':' or ';' or ',' || sent.Length == packet.Name.Length
            || sent[packet.Name.Length] is ':' or ';' or ',');

    /// <summary>Every test method of this project and of the end-to-end tests, with its cases and its body.</summary>
    private static List<(string Name, string Body)> Tests()
    {
        var tests = new List<(string, string)>();
        foreach (var file in new[] { "test/GdbStub.Tests/Packets", "test/GdbStub.Tests/Whole", "test/EndToEnd.Tests" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(Root, folder), "*Tests.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)))
        {
            var type = Path.GetFileNameWithoutExtension(file);
            if (type == nameof(ProtocolDocumentTests)) continue;
            var lines = File.ReadAllLines(file);
            var first = Array.FindIndex(lines, line => TestMethod().IsMatch(line));
            while (first >= 0)
            {
                var next = Array.FindIndex(lines, first + 1, line => TestMethod().IsMatch(line));
                var body = lines[Beginning(lines, first)..(next < 0 ? lines.Length : Beginning(lines, next))];
                tests.Add(($"{type}.{TestMethod().Match(lines[first]).Groups["name"].Value}", string.Join('\n', body)));
                first = next;
            }
        }
        return tests;
    }

    /// <summary>Whether a string in the test begins with the packet.</summary>
    private static bool Mentions(string body, PacketAttribute packet)
    {
        var end = packet.Glued || packet.Name[^1] is ':' or ';' or ',' ? "" : packet.Name.Length == 1 ? "(?![a-zA-Z_ .])" : "(?![a-zA-Z0-9?])";
        return Regex.IsMatch(body, "\"" + Regex.Escape(packet.Name) + end);
    }

    /// <summary>The line of a method's first attribute.</summary>
    private static int Beginning(string[] lines, int method)
    {
        while (method > 0 && lines[method - 1].TrimStart() is ['[', ..] or ['/', '/', ..]) method--;
        return method;
    }

    [GeneratedRegex(@"^    public (?:async )?(?:void|Task) (?<name>\w+)\(")]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
