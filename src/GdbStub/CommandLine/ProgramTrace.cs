using System.Buffers;
using System.Globalization;
using System.Text.Json;
using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.CommandLine;

/// <summary>
/// Writes down what ktrace(1) would for <c>gdbstub run --trace</c>: the system calls of a program and of its children with arguments and
/// results, signals, threads, ends. Each line has the number of instructions retired until then.
/// </summary>
internal sealed class ProgramTrace(KernelHost kernel, SystemCalls system, TraceFile file)
{
    private readonly ArrayBufferWriter<byte> _line = new();

    /// <summary>Writes one event; called while the program runs.</summary>
    public void Write(ProgramEvent happened)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line))
        {
            json.WriteStartObject();
            json.WriteNumber("instructions", kernel.Instructions(system));
            json.WriteNumber("pid", happened.Pid);
            if (happened.Lwp != 0) json.WriteNumber("lwp", happened.Lwp);
            json.WriteString("event", NameOf(happened.Kind));
            WriteDetails(json, happened);
            json.WriteEndObject();
        }
        file.Write(_line.WrittenSpan);
    }

    private void WriteDetails(Utf8JsonWriter json, in ProgramEvent happened)
    {
        switch (happened.Kind)
        {
            case ProgramEventKind.Exec:
                json.WriteString("path", happened.Path is { } path ? GuestText.Decoded(path) : null);
                break;
            case ProgramEventKind.Call:
                json.WriteString("name", NameOf(happened.Number));
                json.WriteStartArray("arguments");
                foreach (var argument in happened.Arguments)
                    json.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"0x{argument:x}"));
                json.WriteEndArray();
                break;
            case ProgramEventKind.Return:
                json.WriteString("name", NameOf(happened.Number));
                if (happened.Error != Errno.None) json.WriteString("error", happened.Error.ToString());
                else json.WriteNumber("value", happened.Value);
                break;
            case ProgramEventKind.Fork or ProgramEventKind.VFork:
                json.WriteNumber("child", happened.Number);
                break;
            case ProgramEventKind.Signal:
                json.WriteString("name", SignalTexts.Name(happened.Number));
                break;
            case ProgramEventKind.Exit:
                json.WriteNumber("status", happened.Number);
                break;
            case ProgramEventKind.Killed:
                json.WriteString("signal", SignalTexts.Name(happened.Number));
                break;
        }
    }

    private static string NameOf(ProgramEventKind kind) => kind switch
    {
        ProgramEventKind.Start => "start",
        ProgramEventKind.Exec => "exec",
        ProgramEventKind.Call => "call",
        ProgramEventKind.Return => "return",
        ProgramEventKind.Fork => "fork",
        ProgramEventKind.VFork => "vfork",
        ProgramEventKind.Thread => "thread",
        ProgramEventKind.ThreadExit => "thread exit",
        ProgramEventKind.Signal => "signal",
        ProgramEventKind.Exit => "exit",
        _ => "killed",
    };

    /// <summary>write, out of "ssize_t write(int fd, …)"; a number that the kernel does not have is written as it is.</summary>
    private string NameOf(int number) => SystemCallNames.Of(kernel.SystemCallPrototype(number), number);
}
