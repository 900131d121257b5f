using GdbStub.Runs;
using GdbStub.Sessions;
using GdbStub.Tracing;
using GdbStub.Transports;
using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace GdbStub.CommandLine;

/// <summary>The program from its command line to its exit status.</summary>
/// <param name="createKernel">Makes the simulated system.</param>
/// <param name="architectures">The CPUs that it can have; the first is the usual one.</param>
public sealed class Application(Func<KernelOptions, KernelHost> createKernel, string[] architectures)
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(12);

    // Sessions have three seconds of it.
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(8);

    /// <returns>0; 1 when what was asked for cannot be done; 2 when the command line is wrong; of <c>run</c>, the guest's.</returns>
    public async Task<int> Run(string[] arguments)
    {
        var settings = new CommandLineParser(Environment.GetEnvironmentVariables(), architectures)
            .Parse(arguments, Console.Out, Console.Error, out var exitStatus);
        return settings?.Verb switch
        {
            null => exitStatus,
            Verb.Health => new ServerProbe(settings.Endpoint!, AnswerTime).AskHealth() is { } problem ? Fail(problem) : 0,
            Verb.Stats => ShowStatistics(settings.Endpoint!),
            Verb.Run => RunProgram(settings),
            _ => await Serve(settings).ConfigureAwait(false),
        };
    }

    private static int ShowStatistics(ListenAddress endpoint)
    {
        if (new ServerProbe(endpoint, AnswerTime).AskMonitor("stats", out var numbers) is { } problem) return Fail(problem);
        Console.Out.Write(numbers);
        return 0;
    }

    private int RunProgram(Settings settings)
    {
        using var log = CreateLog(settings.LogLevel);
        Log.Logger = log;
        RunRecord? record = null;
        if (settings.Replay is { } replay && !RunRecord.TryRead(replay, out record, out var problem)) return Fail($"--replay: {problem}");
        settings = record?.Header.Apply(settings) ?? settings;
        using var kernel = createKernel(settings.Kernel);
        if (kernel.Admit(settings.Program[0], out var path, out var reason) is var error && error != TraceKernel.Abi.Errno.None)
            return Fail(reason, RunCommand.StatusOf(error));
        if (!TryOpenTrace(ref settings, out var trace)) return 1;
        using var traceUntilEnd = trace;
        if (!TryCreate("--record", settings.Record, settings.MaxTrace, out var recording)) return 1;
        using var recordingUntilEnd = recording;
        using var run = new RunCommand(kernel, settings, record, recording);
        return run.Run(path, [.. settings.Program.Select(GuestText.OfHost)]);
    }

    private async Task<int> Serve(Settings settings)
    {
        if (!TryOpenTrace(ref settings, out var trace)) return 1;
        using var traceUntilEnd = trace;
        var log = CreateLog(settings.LogLevel);
        await using var logUntilEnd = log.ConfigureAwait(false);
        Log.Logger = log;
        using var limit = new EndLimit(TimeToEnd, () =>
        {
            log.Error("the machine does not answer; the server ends without it");
            log.Dispose();
            Environment.Exit(1);
        });
        using var kernel = createKernel(settings.Kernel);
        if (settings.Kernel.Boot is { } table && !kernel.TryBoot(table, out var refusal)) return Fail(refusal);
        var offer = settings.Multi ? Offer.Nothing : settings.Program.Count > 0 ? Offer.Program : Offer.Demo;
        var program = new GuestProgram(kernel.DemoProgram, [kernel.DemoProgram]);
        if (offer == Offer.Program)
        {
            if (kernel.Admit(settings.Program[0], out var path, out var reason) != TraceKernel.Abi.Errno.None) return Fail(reason);
            program = new GuestProgram(path, [.. settings.Program.Select(GuestText.OfHost)]);
        }
        using var source = new DebuggeeSource(kernel, offer, program, settings.Session, log);
        try
        {
            using var server = new ServeCommand(settings, source, kernel, log);
            if (source.Start() is { } unable) return Fail(unable);
            return await server.Run(limit).ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is ListenException or IOException or UnauthorizedAccessException)
        {
            return Fail(refused.Message);
        }
    }

    /// <summary>
    /// The log on standard error; GDBSTUB_Serilog__… in the environment says more of it than --log-level does, and with WriteTo where it
    /// goes instead.
    /// </summary>
    private static Logger CreateLog(LogEventLevel level)
    {
        // Standard output belongs to the protocol, to the guest, or to the lines that scripts wait for.
        var log = new LoggerConfiguration()
            .MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", level < LogEventLevel.Warning ? LogEventLevel.Warning : level)
            .Enrich.WithProperty("Session", "-")
            .Enrich.With<ShownProperties>();
        var more = new ConfigurationBuilder().AddEnvironmentVariables("GDBSTUB_").Build();
        if (!more.GetSection("Serilog:WriteTo").Exists())
            log.WriteTo.Console(
                standardErrorFromLevel: LogEventLevel.Verbose,
                outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {Session} {Message:lj}{NewLine}{Exception}");
        // Reading settings looks through the assemblies, which takes time that most starts need not spend.
        if (more.GetSection("Serilog").Exists()) log.ReadFrom.Configuration(more);
        return log.CreateLogger();
    }

    /// <summary>Opens the file that --trace names, if it names one.</summary>
    private static bool TryOpenTrace(ref Settings settings, out TraceFile? trace)
    {
        if (!TryCreate("--trace", settings.Trace, settings.MaxTrace, out trace)) return false;
        settings = settings with { Session = settings.Session with { Trace = trace } };
        return true;
    }

    /// <summary>Creates a file of lines that an option names; null when it names none.</summary>
    private static bool TryCreate(string option, string? path, long limit, out TraceFile? file)
    {
        file = null;
        if (path is null) return true;
        try
        {
            var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            file = new TraceFile(stream, limit, text => Log.Warning("{Trace:l}", text));
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Fail($"{option}: {error.Message}");
            return false;
        }
    }

    private static int Fail(string problem, int status = 1) => Complaint.Fail(problem, status);
}
