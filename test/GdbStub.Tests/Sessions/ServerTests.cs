using System.Text;
using GdbStub.Sessions;
using GdbStub.Transports;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using static TraceKernel.Abi.Signals;
using static TraceKernel.Abi.Wait;

namespace GdbStub.Tests.Sessions;

/// <summary>Whole sessions over loopback against a program that only waits and ptrace know.</summary>
[CancelAfter(60_000)]
public class ServerTests
{
    private const string Stopped = "$T0500:" + Zeros + ";01:" + Zeros + ";02:" + Zeros + ";thread:186a1;core:0;";
    private const string Zeros = "0000000000000000";

    [Test]
    public async Task AcknowledgesUntilToldNotTo()
    {
        await using var server = await TestServer.Start(Offer.Demo);
        using var client = server.Connect();
        client.SendRaw("+");
        Assert.That(client.Ask("echo:a"), Is.EqualTo("+$a"));
        client.SendRaw("-");
        Assert.That(client.Next(), Is.EqualTo("$a"), "the packet again");
        client.SendRaw("$echo:b#00");
        Assert.That(client.Next(), Is.EqualTo("-"));
        Assert.That(client.Ask("echo:b"), Is.EqualTo("+$b"));
        Assert.That(client.Ask("QStartNoAckMode"), Is.EqualTo("+$OK"));
        client.SendRaw("+");
        Assert.That(client.Ask("echo:c"), Is.EqualTo("$c"));
        client.SendRaw("$echo:d#00");
        Assert.That(client.Next(), Is.EqualTo("$d"), "nobody would hear a Nak");
    }

    [Test]
    public async Task EachPacketIsRepeatedUntilItHasArrived()
    {
        await using var server = await TestServer.Start(Offer.Demo);
        using var client = server.Connect();
        Assert.That(client.Ask("print:hello"), Is.EqualTo("+$O68656c6c6f"));
        client.SendRaw("-");
        Assert.That(client.Next(), Is.EqualTo("$O68656c6c6f"), "not what comes after it");
        client.SendRaw("-");
        Assert.That(client.Next(), Is.EqualTo("$O68656c6c6f"));
        client.SendRaw("+");
        Assert.That(client.Next(), Is.EqualTo("$OK"));
        client.SendRaw("-");
        Assert.That(client.Next(), Is.EqualTo("$OK"));
    }

    [Test]
    public async Task TheOutcomesAreAllDifferent()
    {
        await using var server = await TestServer.Start(Offer.Demo);
        using var client = server.ConnectWithoutAcks();
        Assert.That(client.Ask("unknown"), Is.EqualTo("$"));
        Assert.That(client.Ask("?"), Is.EqualTo(Stopped));
        Assert.That(client.Ask("echo:" + new string('z', 0x20000)), Does.StartWith("$E"), "longer than PacketSize");
        Assert.That(client.Ask("echo:" + new string('z', 0x1fff0)), Has.Length.EqualTo(0x1fff1));
        client.SendRaw("\u0003");
        Assert.That(client.Ask("echo:x"), Is.EqualTo("$x"), "an interrupt that comes too late is dropped");
        Assert.That(client.Ask("print:hello"), Is.EqualTo("$O68656c6c6f"));
        Assert.That(client.Next(), Is.EqualTo("$OK"));
    }

    [Test]
    public async Task AnInterruptStopsAProgramThatRunsForEver()
    {
        await using var server = await TestServer.Start(Offer.Demo);
        using var client = server.ConnectWithoutAcks();
        client.Send("c");
        client.SendRaw("\u0003");
        Assert.That(client.Next(), Does.StartWith("$T02"));
        // Glued to the packet that resumes, and with another packet behind it.
        client.SendRaw("$c#63\u0003$echo:z#51");
        Assert.That(client.Next(), Does.StartWith("$T02"));
        Assert.That(client.Next(), Is.EqualTo("$z"));
        Assert.That(server.Kernel.Systems[0].Signals, Has.None.EqualTo(SIGINT));
    }

    [Test]
    public async Task APacketSentWhileTheProgramRunsWaitsForTheStop()
    {
        using var stop = new ManualResetEventSlim();
        await using var server = await TestServer.Start(Offer.Demo, _ => stop.IsSet ? StopStatus(SIGUSR1) : null);
        using var client = server.ConnectWithoutAcks();
        client.Send("c");
        client.Send("echo:later");
        client.Socket.ReceiveTimeout = 50;
        Assert.That(() => client.Next(), Throws.Exception, "no answer yet");
        client.Socket.ReceiveTimeout = 15_000;
        stop.Set();
        Assert.That(client.Next(), Does.StartWith("$T1e"));
        Assert.That(client.Next(), Is.EqualTo("$later"));
    }

    [Test]
    public async Task OutputArrivesBeforeTheEnd()
    {
        await using var server = await TestServer.Start(Offer.Demo, system =>
        {
            system.Terminal.Output(1, Encoding.ASCII.GetBytes(new string('o', 3000)));
            return ExitStatus(7);
        });
        using var client = server.ConnectWithoutAcks();
        client.Send("c");
        Assert.That(client.Next(), Is.EqualTo("$O" + string.Concat(Enumerable.Repeat("6f", 2048))));
        Assert.That(client.Next(), Is.EqualTo("$O" + string.Concat(Enumerable.Repeat("6f", 952))));
        Assert.That(client.Next(), Is.EqualTo("$W07"));
    }

    [Test]
    public async Task EachClientOfTheDemoGetsAFreshProcess()
    {
        await using var server = await TestServer.Start(Offer.Demo);
        using (var client = server.ConnectWithoutAcks()) Assert.That(client.Ask("?"), Is.EqualTo(Stopped));
        await server.UntilIdle();
        using (var client = server.ConnectWithoutAcks()) Assert.That(client.Ask("?"), Is.EqualTo(Stopped));
        await server.UntilIdle();
        Assert.That(server.Kernel.Systems, Has.Count.EqualTo(2));
        Assert.That(server.Kernel.Systems.Select(system => system.IsEnded), Is.All.True);
    }

    [Test]
    public async Task AProgramIsHeldForTheNextClient()
    {
        await using var server = await TestServer.Start(Offer.Program);
        var system = server.Kernel.Systems[0];
        using (var client = server.ConnectWithoutAcks())
        {
            // It runs when the client vanishes in the middle of a packet, and is stopped.
            client.Send("c");
            client.SendRaw("$echo:");
        }
        await server.UntilIdle();
        Assert.That(system.IsEnded, Is.False);
        Assert.That(system.Signals, Does.Contain(SIGSTOP));
        using (var client = server.ConnectWithoutAcks())
        {
            Assert.That(client.Ask("?"), Does.StartWith("$T"));
            using var second = server.ConnectWithoutAcks();
            Assert.That(second.Ask("?"), Is.EqualTo("$E03"));
            Assert.That(client.Ask("k"), Is.Empty);
        }
        await server.UntilIdle();
        using (var client = server.ConnectWithoutAcks()) Assert.That(client.Ask("?"), Is.EqualTo("$W00"));
    }

    [Test]
    public async Task AClientThatReconnectsAtOnceFindsItsProgram()
    {
        // More than there are clients: a session still counts for a moment after its program has been taken over.
        await using var server = await TestServer.Start(Offer.Program, options: new SessionOptions { MaxSessions = 64 });
        for (var count = 0; count < 20; count++)
        {
            using var client = server.ConnectWithoutAcks();
            Assert.That(client.Ask("?"), Does.StartWith("$T"), $"connection {count}");
            if (count % 2 == 0) client.Send("c");
        }
        Assert.That(server.Kernel.Systems, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task OnceEndsTheServerAndTheProgram()
    {
        await using var server = await TestServer.Start(Offer.Program, options: new SessionOptions { Once = true, MaxSessions = 1 });
        using (var client = server.ConnectWithoutAcks())
        {
            Assert.That(client.Ask("?"), Does.StartWith("$T"));
            using var second = server.Connect();
            second.Send("?");
            Assert.That(second.Next(), Is.EqualTo("+$E.1 sessions are open, the limit (--max-sessions)"));
            Assert.That(second.Next(), Is.Empty);
        }
        await server.Host.WaitForShutdownAsync();
        Assert.That(server.Kernel.Systems[0].IsEnded);
    }

    [Test]
    public async Task ABugEndsItsSessionLoudlyAndNoOther()
    {
        await using var server = await TestServer.Start(Offer.Demo);
        using var other = server.ConnectWithoutAcks();
        using (var client = server.ConnectWithoutAcks())
        {
            Assert.That(client.Ask("echo:before"), Is.EqualTo("$before"));
            Assert.That(client.Ask("bug"), Does.Contain("E.a fault of this server has ended the session"));
        }
        Assert.That(other.Ask("echo:x"), Is.EqualTo("$x"));
        var report = server.Log.Single(entry => entry.Level == LogEventLevel.Error);
        Assert.That(report.Exception, Is.InstanceOf<InvalidOperationException>());
        Assert.That(report.RenderMessage(), Does.Contain("-> echo:before").And.Contains("<- before").And.Contains("-> bug"));
        Assert.That(report.Properties["Session"].ToString(), Is.EqualTo("2"));
    }

    [TestCase("GET / HTTP/1.1\r\n")]
    [TestCase("\u0016\u0003\u0001")]
    public async Task AStrangerIsTurnedAway(string words)
    {
        await using var server = await TestServer.Start(Offer.Program);
        using (var stranger = server.Connect())
        {
            stranger.SendRaw(words);
            Assert.That(stranger.Next(), Is.Empty);
        }
        using var client = server.ConnectWithoutAcks();
        Assert.That(client.Ask("?"), Is.EqualTo(Stopped), "the program was not touched");
        Assert.That(server.Log.Select(entry => entry.RenderMessage()), Has.Some.Contains("does not speak"));
    }

    [TestCase("")]
    [TestCase("+")]
    [TestCase("$echo:")]
    public async Task WhoSaysNothingIsToldSoAndGivenUp(string words)
    {
        await using var server = await TestServer.Start(Offer.Demo, options: new SessionOptions { TimeToOpen = TimeSpan.FromMilliseconds(1) });
        using var silent = server.Connect();
        if (words.Length > 0) silent.SendRaw(words);
        Assert.That(silent.Next(), Is.EqualTo("$E.nothing was said for 0.001 seconds"));
        Assert.That(silent.Next(), Is.Empty);
        Assert.That(server.Log.Select(entry => entry.RenderMessage()), Has.Some.Contains("which has said nothing for 0.001 seconds"));
        Assert.That(server.Kernel.Systems, Is.Empty);
    }

    [Test]
    public async Task HealthIsAskedWithoutASession()
    {
        await using var server = await TestServer.Start(Offer.Program);
        Assert.That(ListenAddress.TryParse(server.Address, out var address, out _));
        Assert.That(new ServerProbe(address!, TimeSpan.FromSeconds(10)).AskHealth(), Is.Null);
        using var client = server.ConnectWithoutAcks();
        Assert.That(client.Ask("?"), Is.EqualTo(Stopped));
        await server.Host.StopAsync();
        Assert.That(new ServerProbe(address!, TimeSpan.FromSeconds(10)).AskHealth(), Does.Contain("does not answer"));
    }

    [Test]
    public async Task AMachineThatDoesNotAnswerIsNotHealthy()
    {
        await using var server = await TestServer.Start(Offer.Program);
        server.Kernel.Answers = false;
        Assert.That(ListenAddress.TryParse(server.Address, out var address, out _));
        Assert.That(
            new ServerProbe(address!, TimeSpan.FromSeconds(10)).AskHealth(), Is.EqualTo($"{server.Address}: the machine does not answer"));
    }

    [Test]
    public async Task StoppingEndsSessionsThatWaitAndThatRun()
    {
        await using var server = await TestServer.Start(Offer.Nothing);
        using var waiting = server.ConnectWithoutAcks();
        await using var running = await TestServer.Start(Offer.Demo);
        using var client = running.ConnectWithoutAcks();
        client.Send("c");
        await server.Host.StopAsync();
        await running.Host.StopAsync();
        Assert.That(waiting.Next(), Is.Empty);
        Assert.That(client.Next(), Is.Empty);
        Assert.That(running.Kernel.Systems[0].IsEnded);
        Assert.That(server.Log.Concat(running.Log).Select(entry => entry.Level), Is.All.LessThan(LogEventLevel.Error));
    }

    [Test]
    public async Task AFloodBehindAWaitingPacketEndsTheSession()
    {
        await using var server = await TestServer.Start(Offer.Demo);
        using var client = server.ConnectWithoutAcks();
        client.Send("c");
        client.Send("echo:x");
        var flood = new byte[1024 * 1024];
        Assert.That(
            () =>
            {
                for (var count = 0; count < 64; count++) client.Socket.Send(flood);
            },
            Throws.InstanceOf<System.Net.Sockets.SocketException>());
    }

    /// <summary>A server on a free port of loopback.</summary>
    private sealed class TestServer : IAsyncDisposable, ILogEventSink
    {
        private readonly List<LogEvent> _log = [];

        public required FakeKernel Kernel { get; init; }
        public IHost Host { get; private set; } = null!;
        public string Address { get; private set; } = "";

        public LogEvent[] Log
        {
            get
            {
                lock (_log) return [.. _log];
            }
        }

        public static async Task<TestServer> Start(Offer offer, Func<FakeSystem, int?>? run = null, SessionOptions? options = null)
        {
            options ??= new SessionOptions();
            var server = new TestServer { Kernel = new FakeKernel { Run = run ?? (_ => null) } };
            var log = new LoggerConfiguration().MinimumLevel.Debug().WriteTo.Sink(server).CreateLogger();
            var source = new DebuggeeSource(server.Kernel, offer, new GuestProgram("/demo", ["/demo"]), options, log);
            Assert.That(source.Start(), Is.Null);
            Assert.That(ListenAddress.TryParse("127.0.0.1:0", out var address, out _));
            var listener = Listener.Open(address!);
            server.Address = listener.Address;
            var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
            Microsoft.Extensions.DependencyInjection.ServiceCollectionHostedServiceExtensions.AddHostedService(
                builder.Services, services => new Server(
                [listener], source, TestPackets.Table, options, new ServerStatistics(() => server.Kernel.Work),
                (IHostApplicationLifetime)services.GetService(typeof(IHostApplicationLifetime))!, log));
            server.Host = builder.Build();
            await server.Host.StartAsync();
            return server;
        }

        public RspClient Connect() => new(Address);

        public RspClient ConnectWithoutAcks()
        {
            var client = Connect();
            Assert.That(client.Ask("QStartNoAckMode"), Is.EqualTo("+$OK"));
            return client;
        }

        /// <summary>Completes when every session that began has ended.</summary>
        public async Task UntilIdle()
        {
            while (Log is var log && Count(log, "connected") != Count(log, "left")) await Task.Yield();
        }

        public async ValueTask DisposeAsync()
        {
            await Host.StopAsync();
            Host.Dispose();
            foreach (var entry in Log) TestContext.Out.WriteLine($"{entry.RenderMessage()} {entry.Exception}");
        }

        public void Emit(LogEvent logEvent)
        {
            lock (_log) _log.Add(logEvent);
        }

        private static int Count(LogEvent[] log, string word) =>
            log.Count(entry => entry.MessageTemplate.Text.EndsWith(word, StringComparison.Ordinal));
    }
}
