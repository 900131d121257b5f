using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using GdbStub.Sessions;
using TraceKernel.User;

namespace GdbStub.CommandLine;

/// <summary>The file that --boot names: JSON, with comments and trailing commas if one likes. docs/boot.md describes it.</summary>
internal static class BootFile
{
    /// <summary>In place of a file's name: the table inside gdbstub.</summary>
    public const string Demo = "demo";

    private const int MaximumPid = 99999;

    /// <param name="reason">What is wrong, with the file's name and the line or the field.</param>
    public static bool TryRead(string path, [NotNullWhen(true)] out BootTable? table, [NotNullWhen(false)] out string? reason)
    {
        table = null;
        try
        {
            using var file = path == Demo ? Assembly.GetExecutingAssembly().GetManifestResourceStream("boot.json")! : File.OpenRead(path);
            var document = JsonSerializer.Deserialize(file, BootJson.Default.BootDocument) ?? new BootDocument();
            reason = Wrong(document);
            if (reason is null) table = new BootTable(path, Settings(document), Processes(document, Path.GetDirectoryName(Path.GetFullPath(path))!));
            else reason = $"{path}: {reason}";
        }
        catch (JsonException wrong)
        {
            reason = $"{path}:{wrong.LineNumber + 1}: {Field(wrong)}{Describe(wrong)}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            reason = error.Message;
        }
        return table is not null;
    }

    /// <summary>"$.processes[2].pid" as "processes[2].pid: "; a document that ends too soon has no field.</summary>
    private static string Field(JsonException wrong) => wrong.Path is { Length: > 2 } path ? path[2..] + ": " : "";

    /// <summary>A reader's exception says what is wrong with the JSON; others, only that a value is of another type.</summary>
    private static string Describe(JsonException wrong)
    {
        if (wrong.InnerException is not JsonException syntax) return "the value is not of the kind that belongs here";
        var end = syntax.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? syntax.Message : syntax.Message[..end];
    }

    /// <summary>What is wrong with a document that is well-formed; null when nothing is.</summary>
    private static string? Wrong(BootDocument document)
    {
        if (document.Other.Keys.FirstOrDefault() is { } unknown) return $"{unknown}: there is no such field";
        foreach (var (name, value) in document.Sysctl)
            if (value.ValueKind is not (JsonValueKind.Number or JsonValueKind.String)) return $"sysctl.{name}: neither a number nor a text";
        if (document.Processes.Count == 0) return "processes: there are none";
        var pids = new HashSet<int> { 1 };
        for (var index = 0; index < document.Processes.Count; index++)
            if (Wrong(document.Processes[index], pids) is { } problem) return $"processes[{index}]{problem}";
        return null;
    }

    private static string? Wrong(BootEntry entry, HashSet<int> pids)
    {
        if (entry.Other.Keys.FirstOrDefault() is { } unknown) return $".{unknown}: there is no such field";
        if (string.IsNullOrEmpty(entry.Program)) return ".program: is missing";
        if (entry.Pid is < 2 or > MaximumPid) return $".pid: {entry.Pid} is not between 2 and {MaximumPid}";
        if (!pids.Contains(entry.Parent)) return $".parent: no process {entry.Parent} starts before it";
        if (entry.Pid is { } pid && !pids.Add(pid)) return $".pid: {pid} is taken";
        if (entry.Directory is { } directory && !directory.StartsWith('/')) return $".directory: '{directory}' is not an absolute path of the guest";
        if (entry.Jail < 0) return ".jail: is negative";
        return null;
    }

    private static List<KeyValuePair<string, string>> Settings(BootDocument document) =>
        [.. document.Sysctl.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToString()))];

    private static List<BootProcess> Processes(BootDocument document, string directory) =>
        [.. document.Processes.Select(entry => Process(entry, Path.Combine(directory, entry.Program!)))];

    private static BootProcess Process(BootEntry entry, string path) => new()
    {
        Pid = entry.Pid ?? 0,
        Parent = entry.Parent,
        Path = path,
        Arguments = [path, .. entry.Arguments],
        Environment = [.. entry.Environment.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}={pair.Value}"))],
        WorkingDirectory = entry.Directory ?? "/",
        User = entry.User,
        EffectiveUser = entry.EffectiveUser,
        SavedUser = entry.SavedUser,
        Groups = entry.Groups,
        HasChangedCredentials = entry.CredentialsChanged,
        Jail = entry.Jail,
        IsStopped = entry.Stopped,
    };
}

/// <summary>The file as a whole.</summary>
internal sealed class BootDocument
{
    public Dictionary<string, JsonElement> Sysctl { get; set; } = [];
    public List<BootEntry> Processes { get; set; } = [];

    [JsonExtensionData]
    public Dictionary<string, JsonElement> Other { get; set; } = [];
}

/// <summary>One of its processes.</summary>
internal sealed class BootEntry
{
    public int? Pid { get; set; }
    public int Parent { get; set; } = 1;
    public string? Program { get; set; }
    public List<string> Arguments { get; set; } = [];
    public Dictionary<string, string> Environment { get; set; } = [];
    public string? Directory { get; set; }
    public uint User { get; set; }
    public uint? EffectiveUser { get; set; }
    public uint? SavedUser { get; set; }
    public List<uint> Groups { get; set; } = [];
    public bool CredentialsChanged { get; set; }
    public int Jail { get; set; }
    public bool Stopped { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement> Other { get; set; } = [];
}

/// <summary>What System.Text.Json needs to read it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true,
    ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
[JsonSerializable(typeof(BootDocument))]
internal sealed partial class BootJson : JsonSerializerContext;
