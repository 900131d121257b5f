using System.Diagnostics.Metrics;
using GdbStub.Sessions;
using NUnit.Framework;

namespace GdbStub.Tests.Sessions;

/// <summary>System.Diagnostics.Metrics has every number that "gdbstub stats" prints, under the same name.</summary>
public sealed class StatisticsTests
{
    private static readonly MachineWork s_work = new(Instructions: 1, Translations: 2, PtraceRequests: 3, Processes: 4, MemoryBytes: 5);

    [Test]
    public void WhateverIsPrintedIsAMetricToo()
    {
        using var statistics = new ServerStatistics(() => s_work);
        statistics.Opened();
        statistics.Began();
        statistics.Refused();
        statistics.Failed();
        statistics.Counting(new Silence()).Received("g"u8);
        var printed = statistics.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToDictionary(words => "gdbstub." + words[0], words => long.Parse(words[1]));
        Assert.That(Measure(), Is.EquivalentTo(printed));
        Assert.That(printed["gdbstub.translations"], Is.EqualTo(2));
        Assert.That(printed["gdbstub.packets"], Is.EqualTo(1));
    }

    /// <summary>What a guest's memory begins with is no outcome.</summary>
    [TestCase("E01", SentKind.Reply, 0, 0)]
    [TestCase("T05", SentKind.Reply, 0, 0)]
    [TestCase("W00", SentKind.Reply, 0, 0)]
    [TestCase("O41", SentKind.Output, 0, 0)]
    [TestCase("E01", SentKind.Error, 0, 1)]
    [TestCase("Stop:T05", SentKind.Stop, 1, 0)]
    public void OutcomesAreCountedAndNotLetters(string packet, SentKind kind, int stops, int errors)
    {
        using var statistics = new ServerStatistics(() => s_work);
        statistics.Counting(new Silence()).Sent(System.Text.Encoding.ASCII.GetBytes(packet), kind);
        var text = statistics.ToString();
        Assert.That(text, Does.Match($@"(?m)^stops +{stops} ").And.Match($@"(?m)^errors +{errors} "));
    }

    private static Dictionary<string, long> Measure()
    {
        var values = new Dictionary<string, long>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter.Name == "gdbstub") self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => values[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return values;
    }

    private sealed class Silence : IPacketLog
    {
        public void Received(ReadOnlySpan<byte> packet)
        {
        }

        public void Sent(ReadOnlySpan<byte> packet, SentKind kind)
        {
        }
    }
}
