using GdbStub.CommandLine;
using GdbStub.Tests.Sessions;
using GdbStub.Transports;
using NUnit.Framework;
using static TraceKernel.Abi.Signals;
using static TraceKernel.Abi.Wait;

namespace GdbStub.Tests.CommandLine;

/// <summary>The program from its command line to its exit status, with a kernel that is none.</summary>
[NonParallelizable]
[CancelAfter(60_000)]
public class ApplicationTests
{
    private LineWriter _output = null!;
    private StringWriter _error = null!;
    private TextWriter _consoleOutput = null!;
    private TextWriter _consoleError = null!;

    [SetUp]
    public void TakeConsole()
    {
        (_consoleOutput, _consoleError) = (Console.Out, Console.Error);
        (_output, _error) = (new LineWriter(), new StringWriter());
        Console.SetOut(_output);
        Console.SetError(_error);
    }

    [TearDown]
    public void GiveConsoleBack()
    {
        Console.SetOut(_consoleOutput);
        Console.SetError(_consoleError);
    }

    [Test]
    public async Task ServesSaysWhereAndEndsWithItsOnlyClient()
    {
        var running = Task.Run(() => Run("--once", "--listen", "127.0.0.1:0", "--log-level", "warning", "/program"));
        // A server that does not come up says why, and no line.
        await Task.WhenAny(_output.FirstLine, running);
        if (running.IsCompleted) Assert.Fail($"ended with {await running}: {_error}");
        var line = await _output.FirstLine;
        Assert.That(line, Does.StartWith("listening on 127.0.0.1:"));
        using (var client = new RspClient(line["listening on ".Length..]))
        {
            Assert.That(client.Ask("?"), Does.StartWith("+$T05"));
            Assert.That(client.Ask("k"), Does.StartWith("+"));
        }
        Assert.That(await running, Is.Zero);
        Assert.That(_error.ToString(), Is.Empty);
    }

    [Test]
    public async Task ABusyPortIsOneLine()
    {
        Assert.That(ListenAddress.TryParse("127.0.0.1:0", out var any, out _));
        using var taken = Listener.Open(any!);
        Assert.That(await Run("--listen", "127.0.0.1:0", "--listen", taken.Address), Is.EqualTo(1));
        Assert.That(_error.ToString().TrimEnd(), Is.EqualTo($"gdbstub: cannot listen on {taken.Address}: the address is already in use"));
    }

    [TestCase(1, "gdbstub: text is not an ELF file", "--listen", "127.0.0.1:0", "text")]
    [TestCase(126, "gdbstub: text is not an ELF file", "run", "text")]
    [TestCase(1, "gdbstub: cannot run /missing: ENOENT", "--listen", "127.0.0.1:0", "/missing")]
    [TestCase(127, "gdbstub: cannot run /missing: ENOENT", "run", "/missing")]
    [TestCase(1, "gdbstub: stdio cannot be asked", "health", "stdio")]
    [TestCase(2, "gdbstub: unknown option '--colour' (try gdbstub --help)", "--colour")]
    public async Task WhatCannotBeDoneIsOneLine(int exitStatus, string line, params string[] arguments)
    {
        Assert.That(await Run(arguments), Is.EqualTo(exitStatus));
        Assert.That(_error.ToString().TrimEnd(), Is.EqualTo(line));
        Assert.That(_output.FirstLine.IsCompleted, Is.False);
    }

    [TestCase(3, 3)]
    [TestCase(255, 255)]
    public async Task RunGivesTheProgramsExitStatus(int code, int exitStatus) =>
        Assert.That(await new Application(_ => new FakeKernel { Run = _ => ExitStatus(code) }, ["amd64"]).Run(["run", "/program", "-x"]),
            Is.EqualTo(exitStatus));

    [Test]
    public async Task RunAdds128ToTheSignal() =>
        Assert.That(await new Application(_ => new FakeKernel { Run = _ => SignalStatus(SIGSEGV, core: true) }, ["amd64"])
            .Run(["run", "/program"]), Is.EqualTo(128 + SIGSEGV));

    private static Task<int> Run(params string[] arguments) => new Application(_ => new FakeKernel(), ["amd64"]).Run(arguments);

    /// <summary>Tells when its first line is complete.</summary>
    private sealed class LineWriter : StringWriter
    {
        private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> FirstLine => _first.Task;

        public override void Write(char value)
        {
            base.Write(value);
            if (value == '\n') _first.TrySetResult(ToString().Split('\n')[0].TrimEnd());
        }

        public override void Write(char[] buffer, int index, int count)
        {
            for (var at = index; at < index + count; at++) Write(buffer[at]);
        }

        public override void Write(string? value)
        {
            foreach (var character in value ?? "") Write(character);
        }

        public override void WriteLine(string? value)
        {
            Write(value);
            Write('\n');
        }

        public override Task WriteLineAsync(string? value)
        {
            WriteLine(value);
            return Task.CompletedTask;
        }
    }
}
