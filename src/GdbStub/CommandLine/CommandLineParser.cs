using System.Collections;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using GdbStub.Sessions;
using GdbStub.Tracing;
using GdbStub.Transports;
using Serilog.Events;

namespace GdbStub.CommandLine;

/// <summary>The commands and options of gdbstub: their names, their help, and how they become <see cref="Settings"/>.</summary>
public sealed class CommandLineParser
{
    // What login(1) gives root, and never the host's own: a run must not depend on whose machine it is, nor tell a guest about it.
    private static readonly string[] UsualEnvironment =
        ["HOME=/", "LOGNAME=root", "USER=root", "SHELL=/bin/sh", "PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin",
            "TERM=dumb"];

    private readonly Option<ListenAddress[]> _listen;
    private readonly Option<bool> _multi;
    private readonly Option<bool> _once;
    private readonly Setting<MachineSharing> _machine;
    private readonly Setting<string> _kernel;
    private readonly Option<bool> _strict;
    private readonly Setting<string> _architecture;
    private readonly Setting<string> _root;
    private readonly Option<bool> _rootWritable;
    private readonly Setting<string> _workingDirectory;
    private readonly Option<string[]> _variables;
    private readonly Option<bool> _cleanEnvironment;
    private readonly Setting<TimeMode> _time;
    private readonly Setting<ulong> _seed;
    private readonly Setting<OsAbi> _osAbi;
    private readonly Setting<int> _maxSessions;
    private readonly Setting<long> _maxMemory;
    private readonly Setting<string> _trace;
    private readonly Setting<long> _maxFiles;
    private readonly Setting<int> _maxProcesses;
    private readonly Setting<long> _maxInstructions;
    private readonly Setting<long> _maxTrace;
    private readonly Setting<string> _record;
    private readonly Setting<string> _replay;
    private readonly Setting<TimeSpan> _maxIdle;
    private readonly Setting<long> _maxOutput;
    private readonly Setting<long> _maxTransfer;
    private readonly Setting<BootTable> _boot;
    private readonly Setting<GuestUser> _user;
    private readonly Setting<GuestUser> _programUser;
    private readonly Setting<LogEventLevel> _logLevel;

    private readonly Argument<string[]> _program = new("PROGRAM")
    {
        Description = "a FreeBSD program on this machine, and its arguments; none: the built-in demo",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Argument<string[]> _programToRun = new("PROGRAM")
    {
        Description = "a FreeBSD program on this machine, and its arguments",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Argument<ListenAddress> _endpoint = OptionFactory.Required<ListenAddress>(
        "ENDPOINT", "where the server listens", Values.Endpoint);
    private readonly RootCommand _serve = new("Debug FreeBSD programs with gdb and lldb, on any system.");
    private readonly string _usualArchitecture;
    private readonly Command _run = new(
        "run", "Run a program on this terminal, without a debugger; its exit status is ours, 128+N after signal N");
    private readonly Command _health = new("health", "Ask a server whether it serves; exit status 0 or 1");
    private readonly Command _stats = new("stats", "Show what a server has done since it started");

    /// <param name="environment">The host's environment: GDBSTUB_… variables stand in for options that are not given.</param>
    /// <param name="architectures">The CPUs that there are; the first is the usual one.</param>
    public CommandLineParser(IDictionary environment, string[] architectures)
    {
        _usualArchitecture = architectures[0];
        var options = new OptionFactory(environment);
        _listen = options.Several<ListenAddress>(
            "--listen", "ENDPOINT", "where to serve: ADDRESS:PORT, unix:PATH or stdio; repeatable", [ListenAddress.Default],
            Values.Endpoint);
        _multi = options.Flag("--multi", "serve without a process, for target extended-remote; run or attach from the client");
        _once = options.Flag("--once", "serve one client, then end");
        _machine = options.Single<MachineSharing>(
            "--machine", "NAME", "shared: clients share one process table; per-connection: each has one of its own, which ends with it",
            "shared", Values.Machine);
        _kernel = options.Single<string>(
            "--kernel", "NAME", "the kernel to simulate: freebsd-14, freebsd-13, freebsd-11, dragonfly or freebsd-5", "freebsd-14",
            Values.OneOf("freebsd-14", "freebsd-13", "freebsd-11", "dragonfly", "freebsd-5"));
        _strict = options.Flag("--strict", "ptrace(2) has FreeBSD's requests and no others: a signal's siginfo cannot be changed");
        _architecture = options.Single<string>(
            "--arch", "NAME", $"the demo's CPU: {string.Join(" or ", architectures)}", architectures[0], Values.OneOf(architectures));
        _root = options.Single<string>(
            "--root", "DIR", "the directory that is the guest's /; read-only, /tmp and /dev stay in memory", "", Values.Directory);
        _rootWritable = options.Flag("--root-writable", "what the guest writes below --root is written on this machine");
        _workingDirectory = options.Single<string>("--cwd", "DIR", "the guest's directory in which programs start", "", Values.GuestPath);
        _variables = options.Several<string>(
            "--env", "NAME=VALUE", "a variable of the program's environment; repeatable", [], Values.Assignment);
        _cleanEnvironment = options.Flag("--clean-env", "start programs without the usual environment");
        _time = options.Single<TimeMode>(
            "--time", "MODE", "virtual: the clock follows instructions; fast: and idle time is skipped; host", "virtual", Values.Time);
        _seed = options.Single<ulong>("--seed", "N", "seed of everything random in the guest", "0", Values.Seed);
        _osAbi = options.Single<OsAbi>(
            "--osabi", "NAME", "what gdb is told that programs are: FreeBSD, none, or auto: none before gdb 16, which may lack FreeBSD",
            "auto", Values.Abi);
        _maxSessions = options.Single<int>("--max-sessions", "N", "clients at one time", "16", Values.Count);
        _maxMemory = options.Single<long>("--max-memory", "SIZE", "guest memory in use at one time: 512M, 4G", "4G", Values.Size);
        _maxFiles = options.Single<long>("--max-files", "SIZE", "what files in the guest's memory may take", "256M", Values.Size);
        _maxProcesses = options.Single<int>(
            "--max-processes", "N", "guest processes at one time; ten times as many threads", "1000", Values.Count);
        _maxInstructions = options.Single<long>(
            "--max-instructions", "N", "what one guest process may execute before SIGXCPU: 500M, 20G; no limit", "", Values.Amount);
        _maxIdle = options.Single<TimeSpan>(
            "--max-idle", "TIME", "how long a session may be silent on both sides: 90s, 10m, 2h; no limit", "", Values.Duration);
        _maxOutput = options.Single<long>(
            "--max-output", "SIZE", "how much one client is shown of what programs print; no limit", "", Values.Size);
        _maxTransfer = options.Single<long>(
            "--max-transfer", "SIZE", "how much of files one client may read and write; no limit", "", Values.Size);
        _boot = options.Single<BootTable>(
            "--boot", "FILE", "start the processes that a JSON file lists, to attach to; demo: some that come with gdbstub", "",
            Values.Boot);
        _user = options.Single<GuestUser>(
            "--user", "UID[:GID,...]", "for whom debuggers act in the guest; 0 is root, who may debug all", "0", Values.User);
        _programUser = options.Single<GuestUser>(
            "--program-user", "UID[:GID,...]", "for whom programs run in the guest; 0 is root", "1001", Values.User);
        _trace = options.Single<string>(
            "--trace", "FILE", "write what is done as JSON lines: packets and their ptrace requests; of run, system calls", "",
            Values.File);
        _maxTrace = options.Single<long>("--max-trace", "SIZE", "how large that file may become", "1G", Values.Size);
        _record = options.Single<string>(
            "--record", "FILE", "write down what comes to the program from outside, and when", "", Values.File);
        _replay = options.Single<string>("--replay", "FILE", "do a recorded run again; the record has the program and its options", "", Values.File);
        _logLevel = options.Single<LogEventLevel>(
            "--log-level", "LEVEL", "verbose (every packet), debug, information, warning, error or fatal", "information", Values.Level);

        Option[] forGuests =
        [
            _kernel, _strict, _root, _rootWritable, _programUser, _workingDirectory, _variables, _cleanEnvironment, _time, _seed, _maxMemory, _maxFiles,
                _maxProcesses, _maxInstructions, _trace, _maxTrace,
            _logLevel,
        ];
        Option[] forServers = [_listen, _multi, _once, _machine, _boot, _user, _architecture, _osAbi, _maxSessions, _maxIdle, _maxOutput,
            _maxTransfer];
        foreach (var option in forServers) _serve.Add(option);
        foreach (var option in forGuests)
        {
            _serve.Add(option);
            _run.Add(option);
        }
        _run.Add(_record);
        _run.Add(_replay);
        _serve.Add(_program);
        _run.Add(_programToRun);
        _health.Add(_endpoint);
        _stats.Add(_endpoint);
        _serve.Add(_run);
        _serve.Add(_health);
        _serve.Add(_stats);
        // For the help: their words are translated before the library sees any.
        _serve.Add(new Command(ServerWords.GdbServer, "[HOST]:PORT [--] PROGRAM: the words of gdbserver and of lldb-server gdbserver"));
        _serve.Add(new Command(ServerWords.Platform, "--server --listen [HOST]:PORT: the words of lldb-server platform"));
        // Only so that the library lets the commands stand alone; what they do is decided by whom the settings are given to.
        _serve.SetAction(_ => 0);
        _run.SetAction(_ => 0);
        _health.SetAction(_ => 0);
        _stats.SetAction(_ => 0);
    }

    /// <summary>Reads the command line.</summary>
    /// <returns>The settings; or null, when all is said: help was written, or the one line that tells what is wrong.</returns>
    public Settings? Parse(string[] arguments, TextWriter output, TextWriter error, out int exitStatus)
    {
        if (!ServerWords.TryTranslate(arguments, TakesValue, out var translated, out var refusal))
        {
            error.WriteLine($"gdbstub: {GuestText.Shown(refusal)}");
            exitStatus = 2;
            return null;
        }
        var split = ArgumentSplit.Of(translated, _serve);
        // The library learns of PROGRAM only whether there is one.
        string[] words = split.Program.Count == 0 ? [.. split.Options]
            : [.. split.Options, "--", .. split.Program.Take(AsksServer(split) ? 2 : 1)];
        var result = _serve.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        exitStatus = 0;
        var asksAboutUs = result.Action is HelpAction || result.GetResult("--version") is OptionResult { Implicit: false };
        if (split.Problem is null && asksAboutUs)
        {
            Tell(result, output);
            return null;
        }
        var problem = split.Problem ?? (result.Errors.Count > 0 ? result.Errors[0].Message : Contradiction(result, split.Program));
        if (problem is null) return Read(result, split.Program);
        error.WriteLine($"gdbstub: {GuestText.Shown(problem.ReplaceLineEndings(" "))} (try gdbstub --help)");
        exitStatus = 2;
        return null;
    }

    private bool TakesValue(string name) => _serve.Options.Any(option => option.Name == name && option.Arity.MaximumNumberOfValues > 0);

    private bool AsksServer(ArgumentSplit split) =>
        split.Options.Count > 0 && (split.Options[0] == _health.Name || split.Options[0] == _stats.Name);

    private Settings Read(ParseResult result, IReadOnlyList<string> program)
    {
        var command = result.CommandResult.Command;
        var settings = new Settings { Verb = Verb.Serve, Session = new SessionOptions(),
            Kernel = new KernelOptions { Kernel = "", Architecture = "" } };
        if (command == _health) return settings with { Verb = Verb.Health, Endpoint = result.GetRequiredValue(_endpoint) };
        if (command == _stats) return settings with { Verb = Verb.Stats, Endpoint = result.GetRequiredValue(_endpoint) };
        settings = ReadGuest(settings with { Program = program }, result);
        return command == _run
            ? settings with { Verb = Verb.Run, Record = _record.In(result), Replay = _replay.In(result) } : ReadServer(settings, result);
    }

    /// <summary>The options that say how guests run.</summary>
    private Settings ReadGuest(Settings settings, ParseResult result) => settings with
    {
        LogLevel = _logLevel.In(result),
        Trace = _trace.In(result),
        MaxTrace = _maxTrace.In(result),
        Session = new SessionOptions
        {
            Environment = [.. result.GetValue(_cleanEnvironment) ? [] : UsualEnvironment, .. result.GetValue(_variables)!.Select(GuestText.OfHost)],
            WorkingDirectory = _workingDirectory.In(result) is { } directory ? GuestText.OfHost(directory) : null,
        },
        Kernel = new KernelOptions
        {
            Kernel = _kernel.In(result)!,
            IsStrict = result.GetValue(_strict),
            // Only servers have the option.
            Architecture = _usualArchitecture,
            ProgramFile = settings.Program.Count > 0 ? settings.Program[0] : null,
            Root = _root.In(result),
            IsRootWritable = result.GetValue(_rootWritable),
            Time = _time.In(result),
            Seed = _seed.In(result),
            MaxMemory = _maxMemory.In(result),
            MaxFiles = _maxFiles.In(result),
            MaxProcesses = _maxProcesses.In(result),
            MaxInstructions = _maxInstructions.In(result, long.MaxValue),
            ProgramUser = _programUser.In(result)!,
        },
    };

    /// <summary>The options that say whom to serve.</summary>
    private Settings ReadServer(Settings settings, ParseResult result)
    {
        var listen = result.GetRequiredValue(_listen);
        // Who talks on standard input and output alone is the only client there will be.
        var isOnce = result.GetValue(_once) || Array.TrueForAll(listen, address => address.IsStandardIo);
        return settings with
        {
            Listen = listen,
            // Who has made a table of processes wants to attach to one.
            Multi = result.GetValue(_multi) || (_boot.In(result) is not null && settings.Program.Count == 0),
            Session = settings.Session with
            {
                OsAbi = _osAbi.In(result),
                Once = isOnce,
                Machine = _machine.In(result),
                MaxSessions = isOnce ? 1 : _maxSessions.In(result),
                MaxIdle = _maxIdle.In(result, Timeout.InfiniteTimeSpan),
                MaxOutput = _maxOutput.In(result, long.MaxValue),
                MaxTransfer = _maxTransfer.In(result, long.MaxValue),
            },
            Kernel = settings.Kernel with
            {
                Architecture = _architecture.In(result)!,
                Boot = _boot.In(result),
                User = _user.In(result)!,
            },
        };
    }

    /// <summary>The error of a command line of <c>run</c> whose options are valid one by one; null: none.</summary>
    private string? RunContradiction(ParseResult result, IReadOnlyList<string> program)
    {
        if (_replay.In(result) is not null)
            return program.Count > 0 ? "--replay: the record has the program" : _record.In(result) is not null ? "--replay: it is recorded already" : null;
        if (program.Count == 0) return "PROGRAM is missing";
        if (_record.In(result) is null) return null;
        if (_time.In(result) == TimeMode.Host) return "--record: with --time host no two runs are the same";
        return result.GetValue(_rootWritable) ? "--record: with --root-writable the files are others when it is replayed" : null;
    }

    /// <summary>What is wrong with a command line whose parts are right each.</summary>
    private string? Contradiction(ParseResult result, IReadOnlyList<string> program)
    {
        if (program.Count > 0 && program[0].Length == 0) return "the name of PROGRAM is empty";
        if (result.CommandResult.Command == _health) return null;
        if (result.GetValue(_rootWritable) && _root.In(result) is null) return "--root-writable: there is no --root";
        if (result.GetValue(_rootWritable) && !OperatingSystem.IsLinux())
            return "--root-writable needs a Linux host, which resolves names below directory handles";
        if (result.CommandResult.Command == _run) return RunContradiction(result, program);
        if (result.CommandResult.Command != _serve) return null;
        // The oldest kernels know one CPU.
        if (_architecture.In(result) != _usualArchitecture && _kernel.In(result) is "freebsd-5" or "dragonfly")
            return $"--arch: {_kernel.In(result)} runs on {_usualArchitecture} only";
        if (program.Count > 0 && result.GetValue(_multi)) return "--multi serves without a process: run PROGRAM from the client";
        return result.GetRequiredValue(_listen).Count(address => address.IsStandardIo) > 1 ? "--listen stdio is given twice" : null;
    }

    /// <summary>
    /// Help or version, as the library writes it, but for the usage: it would put PROGRAM before the options, which then are the program's.
    /// </summary>
    private void Tell(ParseResult result, TextWriter output)
    {
        var told = new StringWriter();
        result.Invoke(new InvocationConfiguration { Output = told });
        var command = result.CommandResult.Command;
        var usage = command == _run ? "run [options] [--] PROGRAM [ARG...]" : command == _health || command == _stats
            ? $"{command.Name} ENDPOINT" : "[options] [--] [PROGRAM [ARG...]]";
        var lines = told.ToString().ReplaceLineEndings("\n").Split('\n');
        var title = Array.IndexOf(lines, "Usage:");
        if (title >= 0) lines[title + 1] = "  gdbstub " + usage;
        output.Write(string.Join(output.NewLine, lines));
    }
}
