using Serilog.Core;
using Serilog.Events;

namespace GdbStub.Sessions;

/// <summary>
/// What a session's lines of the log have besides their text: the process (Pid) and the packet (Packet) that they are about.
/// </summary>
internal sealed class SessionProperties(Engagement engagement, RecentPackets packets) : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        if (engagement.Pid is var pid and not 0) logEvent.AddPropertyIfAbsent(propertyFactory.CreateProperty("Pid", pid));
        if (packets.Latest is { } packet) logEvent.AddPropertyIfAbsent(propertyFactory.CreateProperty("Packet", packet));
    }
}
