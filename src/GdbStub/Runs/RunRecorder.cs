using GdbStub.Sessions;
using TraceKernel.User;

namespace GdbStub.Runs;

/// <summary>Writes a run down, so that it can be replayed: the lines are in the file as soon as things happen.</summary>
internal sealed class RunRecorder(TraceFile file, Machine machine)
{
    public void Begin(RunHeader header)
    {
        Write(new RunLine { Run = header });
        machine.WatchHostFiles((path, digest) => Write(new RunLine { File = path, Digest = digest }));
    }

    /// <summary>Standard input has come; nothing: it has ended.</summary>
    public void Input(ReadOnlySpan<byte> text) =>
        Write(text.IsEmpty ? RunLine.At(machine.Now) with { Closed = true } : RunLine.At(machine.Now) with { Input = text.ToArray() });

    public void Signal(int signal) => Write(RunLine.At(machine.Now) with { Signal = signal });

    public void Resize(int rows, int columns) => Write(RunLine.At(machine.Now) with { Rows = rows, Columns = columns });

    public void End(int status) => Write(RunLine.At(machine.Now) with { Status = status });

    private void Write(RunLine line) => file.Write(line.ToJson());
}
