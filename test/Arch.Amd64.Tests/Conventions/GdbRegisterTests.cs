using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Arch.Amd64.Conventions;
using Arch.Amd64.Registers;
using NUnit.Framework;

namespace Arch.Amd64.Tests.Conventions;

/// <summary>A stock gdb reads the description and gives every register the number, size and type that its own has.</summary>
internal sealed partial class GdbRegisterTests
{
    private const string Variable = "GDBSTUB_TEST_GDB";

    private static readonly Amd64DebugTarget Target = new();

    /// <summary>gdb's own description and ours list the same registers, types and wire offsets.</summary>
    [Test]
    public void GdbNumbersRegistersAsTheTableDoes()
    {
        var file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"amd64-{Guid.NewGuid():N}.xml");
        File.WriteAllText(file, Description());
        try
        {
            var text = Run(FindGdb(), "set confirm off", $"set tdesc filename {file}", "maint print registers");
            var known = Parse(Run(FindGdb(), "set architecture i386:x86-64", "maint print registers"));
            Assert.That(text, Does.Not.Contain("warning"));
            var registers = Parse(text);
            var offset = 0;
            for (var number = 0; number < Target.Registers.Count; number++)
            {
                var row = Target.Registers[number];
                var seen = registers.SingleOrDefault(register => register.Name == row.Name);
                Assert.That((seen.Bytes, seen.Offset), Is.EqualTo((row.Bits / 8, offset)), $"{row.Name} in\n{text}");
                // Before a target is there, gdb's own description has no segment bases.
                if (row.Feature != RegisterTable.Segments)
                {
                    var expected = known.Single(register => register.Name == row.Name);
                    Assert.That((seen.Number, seen.Type), Is.EqualTo((expected.Number, expected.Type)));
                }
                offset += row.Bits / 8;
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The description as the debugger side writes it, reduced to what gdb looks at.</summary>
    private static string Description()
    {
        var xml = new StringBuilder($"<?xml version=\"1.0\"?>\n<target>\n<architecture>{Target.GdbArchitecture}</architecture>\n");
        foreach (var feature in Target.Registers.GroupBy(row => row.Feature))
        {
            xml.Append($"<feature name=\"{feature.Key}\">\n{Target.FeatureTypes(feature.Key)}");
            foreach (var row in feature) xml.Append($"<reg name=\"{row.Name}\" bitsize=\"{row.Bits}\" type=\"{row.Type}\"/>\n");
            xml.Append("</feature>\n");
        }
        return xml.Append("</target>\n").ToString();
    }

    private static List<Seen> Parse(string text) =>
        [.. Row().Matches(text).Select(row => new Seen(row.Groups[1].Value, Int(row, 2), Int(row, 3), Int(row, 4), row.Groups[5].Value))];

    private static int Int(Match row, int group) => int.Parse(row.Groups[group].Value);

    private static string FindGdb()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named) return named;
        var folders = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator);
        var found = folders.Select(folder => Path.Combine(folder, "gdb-multiarch")).FirstOrDefault(File.Exists);
        if (found is null) Assert.Ignore($"no gdb-multiarch in PATH, and {Variable} names no gdb");
        return found!;
    }

    private static string Run(string gdb, params string[] commands)
    {
        var start = new ProcessStartInfo(gdb, ["-nx", "-batch", .. commands.SelectMany(command => (string[])["-ex", command])])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + error.Result;
    }

    /// <summary>A line of `maint print registers`: name, number, relative number, offset, size, type.</summary>
    [GeneratedRegex(@"^ *(\w+) +(\d+) +\d+ +(\d+) +(\d+) +(\S+)", RegexOptions.Multiline)]
    private static partial Regex Row();

    private readonly record struct Seen(string Name, int Number, int Offset, int Bytes, string Type);
}
