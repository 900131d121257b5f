using System.Runtime.InteropServices;
using GdbStub.Packets;
using GdbStub.Sessions;
using GdbStub.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serilog;

namespace GdbStub.CommandLine;

/// <summary>The server under the Generic Host: listens, says so, and ends on SIGTERM, SIGINT or the end of the only session.</summary>
public sealed class ServeCommand : IDisposable
{
    // A shell's status for a program that SIGHUP has ended.
    private const int HungUp = 128 + 1;

    private readonly List<Listener> _listeners = [];
    private readonly Settings _settings;
    private readonly ServerStatistics _statistics;
    private readonly IHost _host;

    /// <exception cref="ListenException">An endpoint cannot be had.</exception>
    public ServeCommand(Settings settings, DebuggeeSource source, KernelHost kernel, Serilog.ILogger log)
    {
        _settings = settings;
        try
        {
            foreach (var address in settings.Listen) _listeners.Add(Open(address, log));
        }
        catch (ListenException)
        {
            Close();
            throw;
        }
        // Empty: no settings files, which a debugger's server does not have, and whose watching costs time at start.
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "gdbstub" });
        builder.Logging.AddSerilog(log);
        builder.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
        _statistics = new ServerStatistics(() => kernel.Work);
        var packets = PacketTable.OfThisAssembly(kernel.HasRequest);
        builder.Services.AddHostedService(services => new Server(
            _listeners, source, packets, settings.Session, _statistics, services.GetRequiredService<IHostApplicationLifetime>(), log));
        _host = builder.Build();
    }

    /// <summary>Serves until it is told to end.</summary>
    /// <param name="limit">Begins then.</param>
    /// <returns>The exit status: 129 when the terminal has hung up, as for a program that does not catch SIGHUP; else 0.</returns>
    public async Task<int> Run(EndLimit limit)
    {
        var status = 0;
        // The host knows SIGINT, SIGQUIT and SIGTERM.
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            (context.Cancel, status) = (true, HungUp);
            _host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        });
        _host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(limit.Begin);
        await _host.StartAsync().ConfigureAwait(false);
        // Standard output may be the protocol's.
        var ready = _settings.Listen.Any(address => address.IsStandardIo) ? Console.Error : Console.Out;
        foreach (var listener in _listeners) await ready.WriteLineAsync($"listening on {listener.Address}").ConfigureAwait(false);
        await ready.FlushAsync().ConfigureAwait(false);
        await _host.WaitForShutdownAsync().ConfigureAwait(false);
        return status;
    }

    public void Dispose()
    {
        _host.Dispose();
        _statistics.Dispose();
        Close();
    }

    private static Listener Open(ListenAddress address, Serilog.ILogger log)
    {
        var listener = Listener.Open(address);
        if (address.IsPublic)
            log.Warning("{Address:l} can be reached from other machines, and whoever connects controls the guests", listener.Address);
        return listener;
    }

    private void Close()
    {
        foreach (var listener in _listeners) listener.Dispose();
    }
}
