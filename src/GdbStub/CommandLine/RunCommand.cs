using System.Runtime.InteropServices;
using GdbStub.Runs;
using GdbStub.Sessions;
using GdbStub.Tracing;
using GdbStub.Transports;
using Microsoft.Win32.SafeHandles;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Signals;
using static TraceKernel.Abi.Wait;

namespace GdbStub.CommandLine;

/// <summary><c>gdbstub run</c>: a program without a debugger, on the host's terminal.</summary>
public sealed class RunCommand : IDisposable
{
    private readonly KernelHost _kernel;
    private readonly SessionOptions _options;
    private readonly SystemCalls _system;
    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly Stream _error = Console.OpenStandardError();
    private readonly LiveInput _live = new(Console.IsInputRedirected ? Console.OpenStandardInput() : OpenTerminal());
    private readonly IRunInput _input;
    private readonly Terminal _terminal;
    private volatile bool _isOutputLost;

    /// <param name="record">The run to replay; null: a new one.</param>
    /// <param name="recording">Where a new one is written down; null: nowhere.</param>
    internal RunCommand(KernelHost kernel, Settings settings, RunRecord? record, TraceFile? recording)
    {
        _kernel = kernel;
        _options = settings.Session;
        _system = kernel.CreateProcess(isolated: true);
        _terminal = new Terminal
        {
            Output = Write,
            NeedInput = record is null ? _live.Want : null,
            IsTerminal = record?.Header.Terminal ?? (!Console.IsInputRedirected && !Console.IsOutputRedirected),
            IsErrorApart = record?.Header.ErrorApart ?? Console.IsErrorRedirected,
        };
        _input = record is null ? _live : new ReplayedInput(record, kernel.MachineOf(_system), Warn);
        if (recording is null) return;
        _live.Recorder = new RunRecorder(recording, kernel.MachineOf(_system));
        _live.Recorder.Begin(RunHeader.Of(settings, _terminal.IsTerminal, _terminal.IsErrorApart));
    }

    /// <summary>The host's terminal as it is: the console's own stream would edit and echo lines, which the guest's terminal does.</summary>
    private static FileStream OpenTerminal() => new(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    /// <summary>Runs the program to its end.</summary>
    /// <returns>
    /// Its exit status, 128 + N when signal N killed it; <see cref="StatusOf"/> when it cannot be run; 1 when a replay differs from its record.
    /// </returns>
    public int Run(string path, IReadOnlyList<string> arguments)
    {
        var request = new SpawnRequest(path, arguments, _options.Environment)
        {
            Traced = false, WorkingDirectory = _options.WorkingDirectory, Terminal = _terminal,
            Watcher = _options.Trace is { } file ? new ProgramTrace(_kernel, _system, file).Write : null,
        };
        var error = _system.Spawn(request, out var pid);
        if (error != Errno.None) return Complaint.Fail(LaunchRefusal.Describe(_system, request, error), StatusOf(error));
        try
        {
            return _input == _live ? RunLive(pid) : Wait(pid);
        }
        catch (ReplayException difference)
        {
            return Complaint.Fail(difference.Message);
        }
    }

    private int RunLive(int pid)
    {
        // The terminal's signals are the guest's, as those of a shell's foreground job are.
        using var interrupt = Forward(PosixSignal.SIGINT, SIGINT);
        using var quit = Forward(PosixSignal.SIGQUIT, SIGQUIT);
        using var terminate = Forward(PosixSignal.SIGTERM, SIGTERM);
        using var hangUp = Forward(PosixSignal.SIGHUP, SIGHUP);
        if (!_terminal.IsTerminal) return Wait(pid);
        using var modes = new HostTerminalModes();
        _live.Resize();
        using var resize = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => _live.Resize());
        // A character may be one that signals, so that it is read whether anybody in the guest reads or not.
        _live.Want();
        return Wait(pid);
    }

    /// <summary>The status that a shell returns for a program that cannot be run: 127 when a file is not there, otherwise 126.</summary>
    public static int StatusOf(Errno error) => error is Errno.ENOENT or Errno.ENOTDIR ? 127 : 126;

    public void Dispose()
    {
        _kernel.End(_system);
        _live.Dispose();
    }

    private int Wait(int pid)
    {
        var signal = _input.Arrive(_terminal, TimeSpan.Zero);
        while (true)
        {
            if (signal != 0) _ = _system.Kill(pid, signal);
            var error = _system.Wait6(P_PID, pid, WEXITED, out _, out var status, out _, mayWait => (signal = _input.Arrive(_terminal, mayWait)) != 0);
            if (error == Errno.EINTR) continue;
            if (error != Errno.None) throw new InvalidOperationException($"wait6: {error}");
            var result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            _input.Ended(result);
            // A program whose output is lost has not done what it was to do.
            return result == 0 && _isOutputLost ? 1 : result;
        }
    }

    private PosixSignalRegistration Forward(PosixSignal from, int signal) => PosixSignalRegistration.Create(from, context =>
    {
        context.Cancel = true;
        _live.Signal(signal);
    });

    private void Write(int descriptor, ReadOnlyMemory<byte> text)
    {
        var stream = descriptor == 2 ? _error : _output;
        try
        {
            stream.Write(text.Span);
            stream.Flush();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The guest learns it as a program in a pipeline does. A descriptor that is closed is an UnauthorizedAccessException.
            _live.Signal(SIGPIPE);
            if (_isOutputLost) return;
            _isOutputLost = true;
            _ = Complaint.Fail($"{(descriptor == 2 ? "standard error" : "standard output")}: {(failure.InnerException ?? failure).Message}");
        }
    }

    private static void Warn(string text) => _ = Complaint.Fail(text);
}
