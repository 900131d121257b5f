using GdbStub.Tracing;
using Serilog.Core;
using Serilog.Events;

namespace GdbStub.CommandLine;

/// <summary>
/// Every text in a log event is fit for a line: names and words of guests and clients neither begin a line nor command a terminal, whatever
/// sink writes them (<see cref="GuestText.Shown"/>).
/// </summary>
internal sealed class ShownProperties : ILogEventEnricher
{
    // The lines of RecentPackets, which are ASCII already.
    private const string Packets = "Packets";

    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        List<LogEventProperty>? changed = null;
        foreach (var (name, value) in logEvent.Properties)
            if (name != Packets && Shown(value) is { } shown) (changed ??= []).Add(new LogEventProperty(name, shown));
        foreach (var property in changed ?? []) logEvent.AddOrUpdateProperty(property);
    }

    /// <summary>The value with its text changed; null: nothing in it needs to be.</summary>
    private static LogEventPropertyValue? Shown(LogEventPropertyValue value)
    {
        switch (value)
        {
            case ScalarValue { Value: string text } when GuestText.Shown(text) is var shown && !ReferenceEquals(shown, text):
                return new ScalarValue(shown);
            case SequenceValue sequence when sequence.Elements.Any(element => Shown(element) is not null):
                return new SequenceValue(sequence.Elements.Select(element => Shown(element) ?? element));
            default:
                return null;
        }
    }
}
