using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Architecture.Tests;

/// <summary>Rules about source files that no compiler checks.</summary>
public sealed partial class SourceTests
{
    private const int LongestFile = 400;

    [TestCase("src")]
    [TestCase("test")]
    public void Files_can_be_read_in_one_sitting(string folder)
    {
        var longer = Product.Sources(folder)
            .Select(path => (Path: path, Lines: File.ReadLines(Path.Combine(Product.Root, path)).Count()))
            .Where(file => file.Lines > LongestFile);
        Assert.That(longer, Is.Empty);
    }

    [TestCase("src")]
    [TestCase("test")]
    public void Namespaces_are_folders(string folder)
    {
        var wrong = Product.Sources(folder).Where(path => Declared(path) is { } declared && declared != Expected(path)).ToList();
        Assert.That(wrong, Is.Empty);
    }

    /// <summary>Of src/Project/Folder/File.cs: Project.Folder.</summary>
    private static string Expected(string path) => Path.GetDirectoryName(path)!.Split('/', '\\')[1..] is var parts ? string.Join('.', parts) : "";

    private static string? Declared(string path) =>
        NamespaceLine().Match(File.ReadAllText(Path.Combine(Product.Root, path))) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
