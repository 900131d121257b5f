using GdbStub.CommandLine;
using GdbStub.Sessions;

namespace GdbStub.Runs;

/// <summary>The beginning of a recorded run: everything of the command line that guests can notice.</summary>
internal sealed record RunHeader
{
    /// <summary>The version of the file's format that this program writes and reads.</summary>
    public const int CurrentVersion = 1;

    public required int Version { get; init; }
    public required string Kernel { get; init; }
    public bool Strict { get; init; }
    public TimeMode Time { get; init; }
    public ulong Seed { get; init; }

    /// <summary>Absolute path on the host, and the arguments.</summary>
    public required IReadOnlyList<string> Program { get; init; }
    public required IReadOnlyList<string> Environment { get; init; }
    public string? Directory { get; init; }

    /// <summary>Absolute path on the host.</summary>
    public string? Root { get; init; }
    public long Memory { get; init; }
    public long Files { get; init; }
    public int Processes { get; init; }
    public long MostInstructions { get; init; }
    public uint User { get; init; }
    public required IReadOnlyList<uint> Groups { get; init; }

    /// <summary>Standard input and output were a terminal.</summary>
    public bool Terminal { get; init; }

    /// <summary>Standard error was none.</summary>
    public bool ErrorApart { get; init; }

    /// <summary>The header of a run with these settings.</summary>
    public static RunHeader Of(Settings settings, bool isTerminal, bool isErrorApart) => new()
    {
        Version = CurrentVersion,
        Kernel = settings.Kernel.Kernel,
        Strict = settings.Kernel.IsStrict,
        Time = settings.Kernel.Time,
        Seed = settings.Kernel.Seed,
        Program = [Path.GetFullPath(settings.Program[0]), .. settings.Program.Skip(1)],
        Environment = settings.Session.Environment,
        Directory = settings.Session.WorkingDirectory,
        Root = settings.Kernel.Root,
        Memory = settings.Kernel.MaxMemory,
        Files = settings.Kernel.MaxFiles,
        Processes = settings.Kernel.MaxProcesses,
        MostInstructions = settings.Kernel.MaxInstructions,
        User = settings.Kernel.ProgramUser.Number,
        Groups = settings.Kernel.ProgramUser.Groups,
        Terminal = isTerminal,
        ErrorApart = isErrorApart,
    };

    /// <summary>The settings of a run that is to be the same. Idle time is not waited for: what ended it is in the record.</summary>
    public Settings Apply(Settings settings) => settings with
    {
        Program = Program,
        Session = settings.Session with { Environment = Environment, WorkingDirectory = Directory },
        Kernel = settings.Kernel with
        {
            Kernel = Kernel,
            IsStrict = Strict,
            Time = TimeMode.Fast,
            Seed = Seed,
            ProgramFile = Program[0],
            Root = Root,
            IsRootWritable = false,
            MaxMemory = Memory,
            MaxFiles = Files,
            MaxProcesses = Processes,
            MaxInstructions = MostInstructions,
            ProgramUser = new GuestUser(User, Groups),
        },
    };
}
