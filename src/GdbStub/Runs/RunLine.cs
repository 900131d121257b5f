using System.Text.Json;
using System.Text.Json.Serialization;
using TraceKernel.User;

namespace GdbStub.Runs;

/// <summary>
/// One line of a recorded run, JSON: the header, a host file that the guest came upon, something that came from outside with the time at
/// which it came, or the end.
/// </summary>
internal sealed record RunLine
{
    /// <summary>Only the first line has it.</summary>
    public RunHeader? Run { get; init; }

    /// <summary>When it came: instructions that the machine had retired.</summary>
    public long? Instructions { get; init; }

    /// <summary>When it came: nanoseconds on the guests' clock.</summary>
    public long? Clock { get; init; }

    /// <summary>Bytes of standard input.</summary>
    public byte[]? Input { get; init; }

    /// <summary>Standard input has ended.</summary>
    public bool? Closed { get; init; }

    /// <summary>FreeBSD's number of a signal to the program.</summary>
    public int? Signal { get; init; }

    /// <summary>The terminal's window has this size.</summary>
    public int? Rows { get; init; }

    /// <inheritdoc cref="Rows"/>
    public int? Columns { get; init; }

    /// <summary>The guest's path of a host file, or with a slash at its end of a host directory.</summary>
    public string? File { get; init; }

    /// <summary>SHA-256 of the file, or of the names in the directory.</summary>
    public string? Digest { get; init; }

    /// <summary>How the program ended: its exit status, or 128 + N after signal N.</summary>
    public int? Status { get; init; }

    [JsonIgnore]
    public GuestTime Time => new(Instructions ?? 0, Clock ?? 0);

    public static RunLine At(GuestTime time) => new() { Instructions = time.Instructions, Clock = time.Clock };

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, RunJson.Default.RunLine);

    /// <exception cref="JsonException">It is none.</exception>
    public static RunLine Parse(string line) => JsonSerializer.Deserialize(line, RunJson.Default.RunLine) ?? throw new JsonException("a line is null");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RunLine))]
internal sealed partial class RunJson : JsonSerializerContext;
