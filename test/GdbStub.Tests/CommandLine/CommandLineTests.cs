using System.Collections;
using GdbStub.CommandLine;
using GdbStub.Sessions;
using NUnit.Framework;
using Serilog.Events;

namespace GdbStub.Tests.CommandLine;

/// <summary>What the command line means, and how it is refused.</summary>
public class CommandLineTests
{
    private readonly Hashtable _environment = [];
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private int _exitStatus;

    [SetUp]
    public void Clear()
    {
        _environment.Clear();
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
    }

    [Test]
    public void SaysNothingAndServesTheDemo()
    {
        var settings = Parse()!;
        Assert.That(settings.Verb, Is.EqualTo(Verb.Serve));
        Assert.That(settings.Program, Is.Empty);
        Assert.That(settings.Listen.Select(address => address.ToString()), Is.EqualTo(["127.0.0.1:1234"]));
        Assert.That(settings.Session.Once, Is.False);
        Assert.That(settings.Kernel.Kernel, Is.EqualTo("freebsd-14"));
        Assert.That(settings.Kernel.IsStrict, Is.False);
        Assert.That(settings.Kernel.Root, Is.Null);
        Assert.That(settings.LogLevel, Is.EqualTo(LogEventLevel.Information));
    }

    [Test]
    public void ReadsEveryOption()
    {
        var directory = Path.GetTempPath();
        var settings = Parse(
            "--listen", "127.0.0.1:0", "--listen", "unix:/tmp/s", "--once", "--kernel", "freebsd-13", "--strict", "--arch", "amd64", "--root",
            directory,
            "--cwd", "/home", "--env", "A=1", "--env", "B=x=y", "--clean-env", "--time", "fast", "--seed", "7", "--osabi", "none",
            "--max-sessions", "3",
            "--max-memory", "512M", "--log-level", "debug", "prog", "-x", "--once")!;
        Assert.That(settings.Listen.Select(address => address.ToString()), Is.EqualTo(["127.0.0.1:0", "unix:/tmp/s"]));
        Assert.That(settings.Program, Is.EqualTo(["prog", "-x", "--once"]));
        Assert.That(settings.Session.Environment, Is.EqualTo(["A=1", "B=x=y"]));
        Assert.That(settings.Session.WorkingDirectory, Is.EqualTo("/home"));
        Assert.That(settings.Session.Once);
        Assert.That(settings.Session.OsAbi, Is.EqualTo(OsAbi.None));
        Assert.That(settings.Kernel.IsStrict);
        Assert.That(settings.Kernel.Time, Is.EqualTo(TimeMode.Fast));
        Assert.That(settings.Kernel.Seed, Is.EqualTo(7));
        Assert.That(settings.Kernel.MaxMemory, Is.EqualTo(512L << 20));
        Assert.That(settings.Kernel.Root, Is.EqualTo(Path.GetFullPath(directory)));
        Assert.That(settings.LogLevel, Is.EqualTo(LogEventLevel.Debug));
    }

    [Test]
    public void TheEnvironmentStandsInForOptionsThatAreNotGiven()
    {
        _environment["GDBSTUB_LISTEN"] = "127.0.0.1:1\n127.0.0.1:2";
        _environment["GDBSTUB_MAX_SESSIONS"] = "5";
        _environment["GDBSTUB_MULTI"] = "1";
        _environment["GDBSTUB_SEED"] = "9";
        var settings = Parse("--seed", "10")!;
        Assert.That(settings.Listen, Has.Count.EqualTo(2));
        Assert.That(settings.Session.MaxSessions, Is.EqualTo(5));
        Assert.That(settings.Multi);
        Assert.That(settings.Kernel.Seed, Is.EqualTo(10));
    }

    [Test]
    public void ProgramsArgumentsAreTheirOwn()
    {
        Assert.That(Parse("--", "-odd-name", "--", "a")!.Program, Is.EqualTo(["-odd-name", "--", "a"]));
        Assert.That(Parse("p", "--help", "-h", "--version", "@file", "[x]", "run", "--once=1", "--", "")!.Program, Has.Count.EqualTo(10));
        Assert.That(Parse("--", "run")!.Program, Is.EqualTo(["run"]));
        Assert.That(Parse("@file")!.Program, Is.EqualTo(["@file"]));
        Assert.That(Parse("--once", "true")!.Program, Is.EqualTo(["true"]));
    }

    [Test]
    public void RunsAProgram()
    {
        var settings = Parse("run", "--seed", "3", "--env", "A=1", "--", "p", "--listen")!;
        Assert.That(settings.Verb, Is.EqualTo(Verb.Run));
        Assert.That(settings.Program, Is.EqualTo(["p", "--listen"]));
        Assert.That(settings.Kernel.Seed, Is.EqualTo(3));
        Assert.That(settings.Session.Environment, Does.Contain("A=1").And.Contain("HOME=/"));
    }

    [Test]
    public void AsksForHealth() => Assert.That(Parse("health", "[::1]:99")!.Endpoint!.ToString(), Is.EqualTo("[::1]:99"));

    [Test]
    public void StandardInputAloneServesOnce()
    {
        Assert.That(Parse("--listen", "stdio")!.Session.Once);
        Assert.That(Parse("--listen", "stdio", "--listen", "127.0.0.1:0")!.Session.Once, Is.False);
    }

    [Test]
    public void ATableOfProcessesIsServedWithoutAProgram()
    {
        var settings = Parse("--boot", "demo", "--user", "1001:20,5")!;
        Assert.That(settings.Multi);
        Assert.That(settings.Kernel.Boot!.Processes, Is.Not.Empty);
        Assert.That(settings.Kernel.User.Number, Is.EqualTo(1001));
        Assert.That(settings.Kernel.User.Groups, Is.EqualTo([20, 5]));
        Assert.That(Parse("--boot", "demo", "program")!.Multi, Is.False);
        Assert.That(Parse("--user", "7")!.Kernel.User.Groups, Is.EqualTo([7]));
        Assert.That(Parse()!.Kernel.User.Number, Is.Zero);
    }

    [Test]
    public void LimitsAreReadWithTheirUnits()
    {
        var settings = Parse("--max-instructions", "20G", "--max-idle", "10m", "--max-output", "1M", "--max-transfer", "2K")!;
        Assert.That(settings.Kernel.MaxInstructions, Is.EqualTo(20_000_000_000));
        Assert.That(settings.Session.MaxIdle, Is.EqualTo(TimeSpan.FromMinutes(10)));
        Assert.That((settings.Session.MaxOutput, settings.Session.MaxTransfer), Is.EqualTo((1L << 20, 2L << 10)));
        Assert.That(Parse("--max-idle", "90")!.Session.MaxIdle, Is.EqualTo(TimeSpan.FromSeconds(90)));
        Assert.That(Parse("run", "--max-instructions", "5", "p")!.Kernel.MaxInstructions, Is.EqualTo(5));
        var usual = Parse()!;
        Assert.That((usual.Kernel.MaxInstructions, usual.Session.MaxIdle), Is.EqualTo((long.MaxValue, Timeout.InfiniteTimeSpan)));
    }

    [TestCase("--max-instructions 0", "--max-instructions: '0' is not a number such as 500M")]
    [TestCase("--max-instructions 99999999T", "--max-instructions: '99999999T' is not a number such as 500M")]
    [TestCase("--max-idle soon", "--max-idle: 'soon' is not a time such as 90s, 10m or 2h")]
    [TestCase("--max-idle 0s", "--max-idle: '0s' is not a time such as 90s, 10m or 2h")]
    [TestCase("run --max-idle 5 p", "unknown option '--max-idle'")]
    [TestCase("--boot /no/such/file", "--boot: ")]
    [TestCase("run --program-user root p", "--program-user: 'root' is not UID or UID:GID,GID")]
    [TestCase("--user alice", "--user: 'alice' is not UID or UID:GID,GID")]
    [TestCase("--user 1:", "--user: '1:' is not UID or UID:GID,GID")]
    [TestCase("--user 1:2:3", "--user: '1:2:3' is not UID or UID:GID,GID")]
    [TestCase("run --boot demo p", "unknown option '--boot'")]
    [TestCase("--listen 1234", "--listen: '1234': expected ADDRESS:PORT, unix:PATH or stdio")]
    [TestCase("--kernel linux", "--kernel: 'linux' is none of freebsd-14, freebsd-13, freebsd-11, dragonfly, freebsd-5")]
    [TestCase("--arch arm64 --kernel dragonfly", "--arch: dragonfly runs on amd64 only")]
    [TestCase("--root /no/such/directory", "--root: '/no/such/directory' is not a directory")]
    [TestCase("--cwd here", "--cwd: 'here' is not an absolute path of the guest")]
    [TestCase("--env A", "--env: 'A' is not NAME=VALUE")]
    [TestCase("--time slow", "--time: 'slow' is none of virtual, fast, host")]
    [TestCase("--time 1", "--time: '1' is none of virtual, fast, host")]
    [TestCase("--seed x", "--seed: 'x' is not a number")]
    [TestCase("--max-sessions 0", "--max-sessions: '0' is not a number of at least 1")]
    [TestCase("--max-memory 9999999T", "--max-memory: '9999999T' is not a size such as 512M or 2G")]
    [TestCase("--log-level loud", "--log-level: 'loud' is none of verbose, debug, information, warning, error, fatal")]
    [TestCase("--bogus", "unknown option '--bogus'")]
    [TestCase("--bogus program", "unknown option '--bogus'")]
    [TestCase("--once=maybe", "--once takes no value")]
    [TestCase("--multi program", "--multi serves without a process")]
    [TestCase("--kernel", "--kernel needs a value")]
    [TestCase("--seed 1 --seed 2", "--seed")]
    [TestCase("--listen stdio --listen stdio", "--listen stdio is given twice")]
    [TestCase("run", "PROGRAM")]
    [TestCase("run --replay f p", "--replay: the record has the program")]
    [TestCase("run --replay f --record g", "--replay: it is recorded already")]
    [TestCase("run --record f --time host p", "--record: with --time host no two runs are the same")]
    [TestCase("run --root / --root-writable --record f p", "--record: with --root-writable")]
    [TestCase("--record f", "unknown option '--record'")]
    [TestCase("run --listen 127.0.0.1:0 p", "unknown option '--listen'")]
    [TestCase("health", "ENDPOINT")]
    [TestCase("health nowhere", "ENDPOINT: 'nowhere'")]
    [TestCase("health 127.0.0.1:1 2", "'2'")]
    public void RefusesInOneLine(string arguments, string problem)
    {
        Assert.That(Parse(arguments.Split(' ')), Is.Null);
        var said = _error.ToString();
        Assert.That(_exitStatus, Is.EqualTo(2));
        Assert.That(said, Does.StartWith("gdbstub: ").And.Contains(problem));
        Assert.That(said.TrimEnd('\n', '\r'), Does.Not.Contain("\n"));
        Assert.That(_output.ToString(), Is.Empty);
    }

    [Test]
    public void ABadVariableIsNamed()
    {
        _environment["GDBSTUB_TIME"] = "never";
        Assert.That(Parse(), Is.Null);
        Assert.That(_error.ToString(), Does.StartWith("gdbstub: GDBSTUB_TIME: 'never'"));
    }

    [TestCase("  gdbstub [options] [--] [PROGRAM [ARG...]]", "--help")]
    [TestCase("  gdbstub run [options] [--] PROGRAM [ARG...]", "run", "-h")]
    public void HelpSaysAll(string usage, params string[] arguments)
    {
        Assert.That(Parse(arguments), Is.Null);
        Assert.That(_exitStatus, Is.Zero);
        Assert.That(_output.ToString(), Does.Contain("--kernel").And.Contain("GDBSTUB_ENV").And.Contain("--max-memory"));
        Assert.That(_output.ToString(), Does.Contain(usage + Environment.NewLine));
        Assert.That(_error.ToString(), Is.Empty);
    }

    [TestCase("--kernel", "freebsd-14")]
    [TestCase("--max-memory", "4G")]
    [TestCase("--max-files", "256M")]
    [TestCase("--max-trace", "1G")]
    [TestCase("--max-processes", "1000")]
    [TestCase("--max-idle", "")]
    [TestCase("--max-instructions", "")]
    [TestCase("--max-output", "")]
    [TestCase("--user", "0")]
    [TestCase("--program-user", "1001")]
    [TestCase("--machine", "shared")]
    [TestCase("--osabi", "auto")]
    [TestCase("--log-level", "information")]
    public void HelpShowsWhatStandsForAnOptionAsAUserWouldWriteIt(string option, string usual)
    {
        Assert.That(Parse("--help"), Is.Null);
        var line = _output.ToString().Split(Environment.NewLine).Single(line => line.StartsWith($"  {option} ", StringComparison.Ordinal));
        Assert.That(line, usual.Length > 0 ? Does.EndWith($"[default: {usual}]") : Does.Not.Contain("default"));
    }

    [Test]
    public void TellsItsVersion()
    {
        Assert.That(Parse("--version"), Is.Null);
        Assert.That(_output.ToString(), Is.Not.Empty);
    }

    private Settings? Parse(params string[] arguments) =>
        new CommandLineParser(_environment, ["amd64", "arm64"]).Parse(arguments, _output, _error, out _exitStatus);
}
