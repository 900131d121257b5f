using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace GdbStub.Runs;

/// <summary>A recorded run as a file has it.</summary>
internal sealed class RunRecord
{
    private RunRecord(RunHeader header, IReadOnlyList<RunLine> lines)
    {
        Header = header;
        Inputs = [.. lines.Where(line => line.Instructions is not null && line.Status is null)];
        Files = lines.Where(line => line.File is not null).ToLookup(line => line.File!, line => line.Digest!);
        End = lines.LastOrDefault(line => line.Status is not null);
    }

    public RunHeader Header { get; }

    /// <summary>The inputs from outside, in order.</summary>
    public IReadOnlyList<RunLine> Inputs { get; }

    /// <summary>The digests that each host file and directory had.</summary>
    public ILookup<string, string> Files { get; }

    /// <summary>How it ended; null when the recording was cut off.</summary>
    public RunLine? End { get; }

    /// <param name="reason">What is wrong, with the file's name and the line.</param>
    public static bool TryRead(string path, [NotNullWhen(true)] out RunRecord? record, [NotNullWhen(false)] out string? reason)
    {
        (record, reason) = (null, null);
        var number = 0;
        try
        {
            var lines = new List<RunLine>();
            foreach (var line in File.ReadLines(path))
            {
                number++;
                lines.Add(RunLine.Parse(line));
            }
            if (lines is not [{ Run: { } header }, ..]) reason = $"{path}:1: is no record of a run";
            else if (header.Version != RunHeader.CurrentVersion) reason = $"{path}:1: version {header.Version} of the format is unknown";
            else if (header.Program.Count == 0) reason = $"{path}:1: there is no program";
            else record = new RunRecord(header, lines);
        }
        catch (JsonException)
        {
            reason = $"{path}:{number}: is no line of a recorded run";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            reason = error.Message;
        }
        return record is not null;
    }
}
