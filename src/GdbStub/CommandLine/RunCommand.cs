using System.Runtime.InteropServices;
using GdbStub.Sessions;
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
    // Nothing but a signal or input can happen meanwhile, and both end the wait.
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly KernelHost _kernel;
    private readonly SessionOptions _options;
    private readonly SystemCalls _system;
    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly Stream _error = Console.OpenStandardError();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly StandardInput _input;
    private readonly Terminal _terminal;
    private volatile int _signal;

    public RunCommand(KernelHost kernel, SessionOptions options)
    {
        _kernel = kernel;
        _options = options;
        _system = kernel.CreateProcess(isolated: true);
        _input = new StandardInput(Console.IsInputRedirected ? Console.OpenStandardInput() : OpenTerminal(), _wake);
        _terminal = new Terminal
        {
            Output = Write,
            NeedInput = _input.Want,
            IsTerminal = !Console.IsInputRedirected && !Console.IsOutputRedirected,
            IsErrorApart = Console.IsErrorRedirected,
        };
    }

    /// <summary>The host's terminal as it is: the console's own stream would edit and echo lines, which the guest's terminal does.</summary>
    private static FileStream OpenTerminal() => new(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    /// <summary>Runs the program to its end.</summary>
    /// <returns>Its exit status, 128 + N when signal N killed it; <see cref="StatusOf"/> when it cannot be run.</returns>
    public int Run(string path, IReadOnlyList<string> arguments)
    {
        var error = _system.Spawn(
            new SpawnRequest(path, arguments, _options.Environment)
            {
                Traced = false, WorkingDirectory = _options.WorkingDirectory, Terminal = _terminal,
                Watcher = _options.Trace is { } file ? new ProgramTrace(_kernel, _system, file).Write : null,
            },
            out var pid);
        if (error != Errno.None)
        {
            Console.Error.WriteLine($"gdbstub: cannot run {path}: {_system.SpawnRefusal ?? error.ToString()}");
            return StatusOf(error);
        }
        // The terminal's signals are the guest's, as those of a shell's foreground job are.
        using var interrupt = Forward(PosixSignal.SIGINT, SIGINT);
        using var quit = Forward(PosixSignal.SIGQUIT, SIGQUIT);
        using var terminate = Forward(PosixSignal.SIGTERM, SIGTERM);
        if (!_terminal.IsTerminal) return Wait(pid);
        using var hangUp = Forward(PosixSignal.SIGHUP, SIGHUP);
        using var modes = new HostTerminalModes();
        Resize();
        using var resize = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Resize());
        // A character may be one that signals, so that it is read whether anybody in the guest reads or not.
        _input.Want();
        return Wait(pid);
    }

    /// <summary>The status that a shell returns for a program that cannot be run: 127 when a file is not there, otherwise 126.</summary>
    public static int StatusOf(Errno error) => error is Errno.ENOENT or Errno.ENOTDIR ? 127 : 126;

    /// <summary>The guest's terminal is as large as the host's.</summary>
    private void Resize()
    {
        if (HostTerminalModes.Size is not { } size) return;
        _terminal.Resize(size.Rows, size.Columns);
        _wake.Release();
    }

    public void Dispose()
    {
        _kernel.End(_system);
        _wake.Dispose();
    }

    private int Wait(int pid)
    {
        while (true)
        {
            var error = _system.Wait6(P_PID, pid, WEXITED, out _, out var status, out _, IsSignalled);
            if (error == Errno.None) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            if (error != Errno.EINTR) throw new InvalidOperationException($"wait6: {error}");
            _ = _system.Kill(pid, Interlocked.Exchange(ref _signal, 0));
        }
    }

    /// <summary>Called between slices of the guest: signals and input arrive on other threads, which have no part in its run.</summary>
    private bool IsSignalled(TimeSpan mayWait)
    {
        if (mayWait == Timeout.InfiniteTimeSpan || mayWait > LongestWait) mayWait = LongestWait;
        if (_signal == 0 && mayWait > TimeSpan.Zero) _wake.Wait(mayWait);
        _input.HandOver(_terminal);
        if (_terminal is { IsTerminal: true, IsClosed: false, HasInput: false }) _input.Want();
        return _signal != 0;
    }

    private PosixSignalRegistration Forward(PosixSignal from, int signal) => PosixSignalRegistration.Create(from, context =>
    {
        context.Cancel = true;
        _signal = signal;
        _wake.Release();
    });

    private void Write(int descriptor, ReadOnlyMemory<byte> text)
    {
        var stream = descriptor == 2 ? _error : _output;
        try
        {
            stream.Write(text.Span);
            stream.Flush();
        }
        catch (IOException)
        {
            // Nobody reads any more: the guest learns it as a program in a pipeline does.
            _signal = SIGPIPE;
        }
    }
}
