using GdbStub.Sessions;

namespace GdbStub.Packets;

/// <summary>
/// Answers one packet: writes to <see cref="Session.Reply"/> (nothing written is the empty reply, "unsupported"), or calls
/// <see cref="Session.Defer"/> when the reply will be a stop.
/// </summary>
/// <param name="arguments">The packet's bytes after its name, escapes undone; valid during the call.</param>
public delegate void PacketHandler(Session session, ReadOnlySpan<byte> arguments);
