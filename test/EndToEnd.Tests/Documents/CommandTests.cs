using System.Text.RegularExpressions;
using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Documents;

/// <summary>
/// Every command in the documents works. Convention: a fenced block marked <c>console</c> holds lines that begin with "$ " and are typed,
/// and below each what it prints, in part. A command that prints "listening on" is a server: it is left running for the commands after
/// it, and ended with the document.
/// </summary>
public sealed partial class CommandTests
{
    /// <summary>A typed line and the lines printed under it.</summary>
    private readonly record struct Step(string Command, string[] Printed)
    {
        public bool IsServer => Printed.Any(line => line.StartsWith("listening on ", StringComparison.Ordinal));
    }

    private static readonly Lazy<string> s_home = new(MakeHome);

    // Lines that no two runs print alike: addresses of this build, and the suite that this test is part of.
    private static bool IsSuite(string command) => command.Contains("scripts/test", StringComparison.Ordinal);

    private static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(Repository.Root, "*.md").Concat(
                Directory.Exists(Repository.File("docs")) ? Directory.EnumerateFiles(Repository.File("docs"), "*.md") : [])
            .Select(path => Path.GetRelativePath(Repository.Root, path));

    /// <summary>The documents' core files, which debuggers write where they are started.</summary>
    [OneTimeTearDown]
    public static void RemoveCores()
    {
        foreach (var core in Directory.EnumerateFiles(Repository.Root, "*.core")) File.Delete(core);
    }

    [TestCaseSource(nameof(Documents))]
    public void Commands_do_what_is_shown(string document)
    {
        var servers = new List<ChildProcess>();
        try
        {
            foreach (var step in Steps(File.ReadAllText(Repository.File(document))).Where(step => !IsSuite(step.Command)))
                Follow(step, servers);
        }
        finally
        {
            foreach (var server in servers) server.Dispose();
        }
    }

    private static void Follow(Step step, List<ChildProcess> servers)
    {
        // All is built already, and two builds of one project at the same time fall over each other's files.
        var command = step.Command.Replace("dotnet run ", "dotnet run --no-build ", StringComparison.Ordinal);
        var child = new ChildProcess("bash", ["-c", "exec " + command], Patient(command));
        if (step.IsServer)
        {
            servers.Add(child);
            child.WaitForOutput(step.Printed.First(line => line.StartsWith("listening on ", StringComparison.Ordinal)));
            return;
        }
        using (child)
        {
            Assert.That(child.WaitForEnd(), Is.Zero, $"{step.Command}\n{child.Output}{child.Error}");
            var printed = Normal(child.Output + child.Error);
            foreach (var line in step.Printed)
                Assert.That(printed, Does.Contain(Normal(line)), $"{step.Command} does not print what the document shows");
        }
    }

    /// <summary>For debuggers a home where they are told to wait for a server on a busy machine.</summary>
    private static Dictionary<string, string> Patient(string command) =>
        command.StartsWith("gdb", StringComparison.Ordinal) || command.StartsWith("lldb", StringComparison.Ordinal)
            ? new() { ["HOME"] = s_home.Value } : [];

    private static string MakeHome()
    {
        var home = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "home")).FullName;
        File.WriteAllText(Path.Combine(home, ".gdbinit"), "set remotetimeout 240\n");
        File.WriteAllText(Path.Combine(home, ".lldbinit"), "settings set plugin.process.gdb-remote.packet-timeout 240\n");
        return home;
    }

    private static string Normal(string text) => Addresses().Replace(text, "0x…");

    private static IEnumerable<Step> Steps(string document)
    {
        foreach (Match block in Blocks().Matches(document))
        {
            var lines = block.Groups[1].Value.Split('\n');
            for (var index = 0; index < lines.Length; index++)
            {
                if (!lines[index].StartsWith("$ ", StringComparison.Ordinal)) continue;
                var printed = lines.Skip(index + 1).TakeWhile(line => !line.StartsWith("$ ", StringComparison.Ordinal))
                    .Where(line => line.Length > 0);
                yield return new Step(lines[index][2..], printed.ToArray());
            }
        }
    }

    [GeneratedRegex("^```console\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex("0x[0-9a-f]+")]
    private static partial Regex Addresses();
}
