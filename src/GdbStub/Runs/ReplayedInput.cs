using System.Globalization;
using TraceKernel.User;

namespace GdbStub.Runs;

/// <summary>The input of a recorded run, at the moments at which it came then.</summary>
internal sealed class ReplayedInput : IRunInput
{
    private readonly RunRecord _record;
    private readonly Machine _machine;
    private readonly Queue<RunLine> _inputs;
    private readonly HashSet<string> _changed = [];

    /// <param name="warn">Receives the names of host files that are not as they were.</param>
    public ReplayedInput(RunRecord record, Machine machine, Action<string> warn)
    {
        _record = record;
        _machine = machine;
        _inputs = new Queue<RunLine>(record.Inputs);
        machine.WatchHostFiles((path, digest) =>
        {
            if (!record.Files[path].Contains(digest) && _changed.Add(path)) warn($"{path} is not as it was recorded");
        });
    }

    public int Arrive(Terminal terminal, TimeSpan mayWait)
    {
        while (_inputs.TryPeek(out var line))
        {
            var now = _machine.Now;
            if (now != line.Time)
            {
                // Nobody can run before something comes, or its time is over.
                if (mayWait > TimeSpan.Zero || now.Instructions > line.Time.Instructions || now.Clock > line.Time.Clock)
                    throw new ReplayException($"the run differs from its record: input of {Describe(line.Time)} finds it at {Describe(now)}");
                _machine.AskAt = line.Time;
                return 0;
            }
            _inputs.Dequeue();
            if (line.Signal is { } signal) return signal;
            if (line.Input is { } text) terminal.Type(text);
            if (line.Closed is true) terminal.Close();
            if (line is { Rows: { } rows, Columns: { } columns }) terminal.Resize(rows, columns);
            mayWait = TimeSpan.Zero;
        }
        _machine.AskAt = null;
        if (mayWait > TimeSpan.Zero) throw new ReplayException($"the record ends at {Describe(_machine.Now)}");
        return 0;
    }

    public void Ended(int status)
    {
        if (_record.End is { } end && (end.Time != _machine.Now || end.Status != status))
            throw new ReplayException(
                $"the run ended with status {status} at {Describe(_machine.Now)}, its record with {end.Status} at {Describe(end.Time)}");
    }

    private static string Describe(GuestTime time) =>
        string.Create(CultureInfo.InvariantCulture, $"instruction {time.Instructions}, {time.Clock} ns");
}
