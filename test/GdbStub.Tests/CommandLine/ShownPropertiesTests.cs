using GdbStub.CommandLine;
using NUnit.Framework;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace GdbStub.Tests.CommandLine;

/// <summary>What a log says of guests and clients.</summary>
public sealed class ShownPropertiesTests
{
    [Test]
    public void NamesNeitherBeginALineNorCommandATerminal()
    {
        var sink = new Lines();
        using var log = new LoggerConfiguration().Enrich.With<ShownProperties>().WriteTo.Sink(sink).CreateLogger();
        log.ForContext("Packet", "vRun;\u001b").Warning("{Path} and {Name:l} of {Words}: {Count}", "/tmp/\u001b[31m", "a\n22:00:00 INF forged", (string[])["x\u0007"], 3);
        Assert.That(sink.Text, Is.EqualTo("\"/tmp/\\x1b[31m\" and a\\x0a22:00:00 INF forged of [\"x\\x07\"]: 3|vRun;\\x1b"));
    }

    [Test]
    public void TheLastPacketsOfASessionAreLines()
    {
        var sink = new Lines();
        using var log = new LoggerConfiguration().Enrich.With<ShownProperties>().WriteTo.Sink(sink).CreateLogger();
        log.Error("its last packets:\n{Packets:l}", "-> g\n<- 00\n");
        Assert.That(sink.Text, Is.EqualTo("its last packets:\n-> g\n<- 00\n|"));
    }

    private sealed class Lines : ILogEventSink
    {
        public string Text { get; private set; } = "";

        public void Emit(LogEvent logEvent) =>
            Text = logEvent.RenderMessage() + "|" + (logEvent.Properties.GetValueOrDefault("Packet") is ScalarValue { Value: string packet } ? packet : "");
    }
}
