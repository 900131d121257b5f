using System.Text.Json;
using System.Text.RegularExpressions;
using EndToEnd.Tests.Harness;
using NUnit.Framework;
using YamlDotNet.RepresentationModel;

namespace EndToEnd.Tests.Documents;

/// <summary>The files and settings that documents hand out are well-formed, and the options in them exist.</summary>
public sealed partial class DeploymentTests
{
    [TestCase("docs/compose.yaml")]
    [TestCase("docs/kubernetes.yaml")]
    public void Options_in_a_manifest_exist(string file)
    {
        var manifest = new YamlStream();
        manifest.Load(new StringReader(File.ReadAllText(Repository.File(file))));
        var arguments = Arguments(manifest.Documents[0].RootNode).ToArray();
        Assert.That(arguments, Is.Not.Empty);
        // A port of its own; then the options as they stand.
        using var server = ServerProcess.With(arguments);
        Assert.That(server.Endpoint, Does.StartWith("127.0.0.1:"));
    }

    [TestCase("docs/vscode.md")]
    public void Settings_in_a_document_are_json(string file)
    {
        var blocks = Blocks().Matches(File.ReadAllText(Repository.File(file)));
        Assert.That(blocks, Is.Not.Empty);
        foreach (Match block in blocks) Assert.DoesNotThrow(() => JsonDocument.Parse(block.Groups[1].Value), block.Value);
    }

    /// <summary>The command line in "command" or "args" of whatever runs gdbstub.</summary>
    private static IEnumerable<string> Arguments(YamlNode node) => node switch
    {
        YamlMappingNode map => map.Children.SelectMany(child =>
            child is { Key: YamlScalarNode { Value: "args" or "command" }, Value: YamlSequenceNode list }
                && !list.Any(word => $"{word}" == "dotnet")
                ? list.Select(word => $"{word}") : Arguments(child.Value)),
        YamlSequenceNode list => list.SelectMany(Arguments),
        _ => [],
    };

    [GeneratedRegex("^```json\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
