using System.Text;
using GdbStub.Sessions;
using GdbStub.Tests.Packets;
using GdbStub.Tracing;
using GdbStub.Transports;
using NUnit.Framework;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using TraceKernel.User;

namespace GdbStub.Tests.Sessions;

/// <summary>--max-idle and --max-output: what the client reads and what the log says. Time is a number that the tests move.</summary>
[CancelAfter(60_000)]
public sealed class SessionLimitTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly FakeClock _clock = new();
    private readonly Collector _log = new();

    [SetUp]
    public void Clear()
    {
        _log.Lines.Clear();
        _clock.Passed = TimeSpan.Zero;
    }

    [Test]
    public void AClientThatSaysNothingIsTold()
    {
        var client = new ScriptedClient(_clock, "$QStartNoAckMode#b0", "+", "$echo:a#27");
        Serve(client, new FakeSystem(), new SessionOptions { MaxIdle = s_minute, Clock = _clock });
        Assert.That(client.Heard, Does.EndWith("$a#61$E3c#db"));
        Assert.That(_log.Lines, Is.EqualTo(["nothing was said for 60 seconds (--max-idle): this session ends"]));
        Assert.That(_clock.Passed, Is.EqualTo(s_minute));
    }

    [Test]
    public void EveryPacketBeginsAnew()
    {
        var client = new ScriptedClient(_clock, "$QStartNoAckMode#b0", "+", "$echo:a#27", "$echo:a#27", "$echo:a#27") { Pause = s_minute * 0.9 };
        Serve(client, new FakeSystem(), new SessionOptions { MaxIdle = s_minute, Clock = _clock });
        Assert.That(client.Heard.Split("$a#61"), Has.Length.EqualTo(4));
        Assert.That(_clock.Passed, Is.GreaterThan(s_minute * 4));
    }

    [Test]
    public void WithoutALimitSilenceIsNoConcern()
    {
        var client = new ScriptedClient(_clock, "$QStartNoAckMode#b0", "+", "$echo:a#27") { IsLeaving = true };
        Serve(client, new FakeSystem(), new SessionOptions { Clock = _clock });
        Assert.That(client.Heard, Does.EndWith("$a#61"));
        Assert.That(_log.Lines, Is.Empty);
    }

    [Test]
    public void ASilentProgramEndsTheSessionWithAWordToItsClient()
    {
        var system = new FakeSystem { Run = _ => Advance(TimeSpan.FromSeconds(1)) };
        var client = new ScriptedClient(_clock, "$QStartNoAckMode#b0", "+", "$c#63");
        Serve(client, system, new SessionOptions { MaxIdle = s_minute, Clock = _clock });
        Assert.That(Texts(client.Heard), Is.EqualTo("gdbstub: nothing was said for 60 seconds (--max-idle): this session ends\n"));
        Assert.That(client.IsClosed);
    }

    [Test]
    public void AProgramThatPrintsKeepsItsSession()
    {
        var client = new ScriptedClient(_clock, "$QStartNoAckMode#b0", "+", "$c#63");
        var rounds = 0;
        var system = new FakeSystem
        {
            Run = system =>
            {
                system.Terminal.Output(1, "x"u8.ToArray());
                Advance(TimeSpan.FromSeconds(59));
                client.IsLeaving = ++rounds == 10;
                return client.IsLeaving ? 3 << 8 : null;
            },
        };
        Serve(client, system, new SessionOptions { MaxIdle = s_minute, Clock = _clock });
        Assert.That(Texts(client.Heard), Is.EqualTo("xxxxxxxxxx"));
        Assert.That(client.Heard, Does.Contain("$W03"));
    }

    [Test]
    public void OutputBeyondTheLimitIsCutWithAWordToTheClient()
    {
        var client = new ScriptedClient(_clock, "$QStartNoAckMode#b0", "+", "$c#63");
        var rounds = 0;
        var system = new FakeSystem
        {
            Run = system =>
            {
                system.Terminal.Output(1, "four"u8.ToArray());
                client.IsLeaving = ++rounds == 10;
                return client.IsLeaving ? 0 : null;
            },
        };
        Serve(client, system, new SessionOptions { MaxOutput = 10, Clock = _clock });
        Assert.That(Texts(client.Heard), Is.EqualTo("fourfourfo\n[output beyond 10 bytes is not shown (--max-output)]\n"));
        Assert.That(_log.Lines, Is.EqualTo(["output beyond 10 bytes is not shown (--max-output)"]));
        Assert.That(client.Heard, Does.Contain("$W00"));
    }

    [Test]
    public void FilesBeyondTheLimitAreRefused()
    {
        var client = new PacketClient(new SessionOptions { MaxTransfer = 6 });
        client.Kernel.Files["/file"] = [.. "12345678"u8];
        Assert.That(client.Send($"vFile:open:{PacketClient.Hex("/file")},0,0"), Is.EqualTo("F0"));
        Assert.That(client.Send("vFile:pread:0,4,0"), Is.EqualTo("F4;1234"));
        Assert.That(client.Send("vFile:pread:0,2,4"), Is.EqualTo("F2;56"));
        Assert.That(client.Send("vFile:pread:0,1,6"), Is.EqualTo("F-1,1b"), "EFBIG");
        Assert.That(client.Send("vFile:close:0"), Is.EqualTo("F0"));
    }

    [TestCase(9)]
    [TestCase(8)]
    public void OutputUpToTheLimitIsWhole(int bytes)
    {
        var console = new GuestConsole(8) { IsWatched = true };
        console.Terminal.Output(1, "four"u8.ToArray());
        console.Terminal.Output(1, "four5"u8[..(bytes - 4)].ToArray());
        var text = new byte[100];
        Assert.That(Encoding.ASCII.GetString(text, 0, console.Fetch(text)), Does.StartWith("fourfour"));
        Assert.That(console.TakeExcess(), bytes > 8 ? Is.Not.Null : Is.Null);
        Assert.That(console.TakeExcess(), Is.Null, "it is said once");
    }

    private int? Advance(TimeSpan time)
    {
        _clock.Passed += time;
        return null;
    }

    private void Serve(ScriptedClient client, FakeSystem system, SessionOptions options)
    {
        using var log = new LoggerConfiguration().WriteTo.Sink(_log).CreateLogger();
        var debuggee = new Debuggee(system, new Tracer(system, new FakeTarget()), new GuestConsole(options.MaxOutput) { IsWatched = true });
        var engagement = new Engagement(debuggee);
        Assert.That(debuggee.Tracer.Launch(new SpawnRequest("/p", ["/p"], []) { Terminal = debuggee.Console.Terminal }), Is.EqualTo(TraceKernel.Abi.Errno.None));
        var link = new Link(client);
        Assert.That(link.Open(s_minute));
        new EventLoop(link, engagement, TestPackets.Table, options, new PacketTrace(new RecentPackets(log), null, 1, () => 0), log).Run();
    }

    /// <summary>What O packets say.</summary>
    private static string Texts(string heard) => string.Concat(heard.Split('$').Where(packet => packet.StartsWith('O') && !packet.StartsWith("OK", StringComparison.Ordinal))
        .Select(packet => Encoding.ASCII.GetString(Convert.FromHexString(Unfold(packet[1..packet.IndexOf('#', StringComparison.Ordinal)])))));

    /// <summary>Undoes run-length encoding.</summary>
    private static string Unfold(string text)
    {
        var whole = new StringBuilder();
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] != '*') whole.Append(text[index]);
            else whole.Append(whole[^1], text[++index] - 29);
        }
        return whole.ToString();
    }

    private sealed class FakeClock : TimeProvider
    {
        public TimeSpan Passed { get; set; }
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => Passed.Ticks;
    }

    private sealed class Collector : ILogEventSink
    {
        public List<string> Lines { get; } = [];
        public void Emit(LogEvent logEvent) => Lines.Add(logEvent.RenderMessage());
    }

    /// <summary>A client that says one thing after the other, and then nothing: waiting for it makes the time pass.</summary>
    private sealed class ScriptedClient(FakeClock clock, params string[] words) : Connection
    {
        private readonly Queue<string> _words = new(words);
        private readonly StringBuilder _heard = new();

        /// <summary>How long it thinks before each word.</summary>
        public TimeSpan Pause { get; init; }

        /// <summary>It says what it has to say, and is gone.</summary>
        public bool IsLeaving { get; set; }

        public string Heard => _heard.ToString();

        public override string Peer => "test";

        public override bool MayHaveLeft => IsLeaving && _words.Count == 0;

        public override void Abort()
        {
            _words.Clear();
            IsLeaving = true;
        }

        protected override void Close()
        {
        }

        protected override bool Wait(TimeSpan timeout)
        {
            if (_words.Count > 0 || IsLeaving) return true;
            clock.Passed += timeout;
            return false;
        }

        protected override int ReceiveSome(Span<byte> buffer)
        {
            clock.Passed += Pause;
            return _words.TryDequeue(out var word) ? Encoding.ASCII.GetBytes(word, buffer) : 0;
        }

        protected override bool Send(ReadOnlySpan<byte> bytes)
        {
            _heard.Append(Encoding.Latin1.GetString(bytes));
            return true;
        }
    }
}
