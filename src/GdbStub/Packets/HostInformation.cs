using GdbStub.Sessions;
using GdbStub.Tracing;

namespace GdbStub.Packets;

/// <summary>What lldb asks about the machine before it asks about a process.</summary>
internal static class HostInformation
{
    /// <summary>Architecture, system and release, so that lldb does not take its own host's for ours.</summary>
    [Packet("qHostInfo")]
    public static void Describe(Session session, ReadOnlySpan<byte> arguments)
    {
        var system = session.System;
        var target = session.Target;
        session.Reply.Text("triple:"u8).HexText(system.Triple(target))
            .Text(";ptrsize:8;endian:little;ostype:freebsd;os_version:"u8).Text(system.Release())
            .Text(";os_kernel:"u8).HexText(system.KernelVersion())
            .Text(";hostname:"u8).HexText(system.HostName())
            .Text(";vm-page-size:"u8).Number(system.PageSize())
            .Text(target.WatchStopsBefore ? ";watchpoint_exceptions_received:before;"u8 : ";watchpoint_exceptions_received:after;"u8);
    }

    /// <summary>The directory in which programs start unless the client says otherwise.</summary>
    [Packet("qGetWorkingDir")]
    public static void WorkingDirectory(Session session, ReadOnlySpan<byte> arguments) =>
        session.Reply.HexText(session.Settings.WorkingDirectory ?? session.Options.WorkingDirectory ?? Session.Writable);
}
