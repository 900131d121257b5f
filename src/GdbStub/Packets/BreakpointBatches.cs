using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using GdbStub.Sessions;

namespace GdbStub.Packets;

/// <summary>Many breakpoints in one packet, for the lldb that sends those of a stop together (LLVM 23).</summary>
internal static class BreakpointBatches
{
    /// <summary>Each is answered as if it had come alone, in its turn; what is no Z or z packet is refused.</summary>
    [Packet("jMultiBreakpoint:", "{\"breakpoint_requests\":[\"Z0,address,kind\",…]}", Advertises = "jMultiBreakpoint+", NeedsStop = true)]
    public static void Follow(Session session, ReadOnlySpan<byte> arguments)
    {
        if (JsonText.Read<Batch>(arguments) is not { Packets: { } requests } || Array.IndexOf(requests, null) >= 0)
        {
            Targets.Malformed(session);
            return;
        }
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteStartArray("results");
            foreach (var request in requests)
            {
                session.Reply.Clear();
                ReadOnlySpan<byte> rest = default;
                var packet = Encoding.Latin1.GetBytes(request);
                var handler = request.StartsWith('Z') || request.StartsWith('z') ? session.Packets.Find(packet, out rest, out _) : null;
                if (handler is null) Targets.Malformed(session);
                else handler(session, rest);
                json.WriteStringValue(session.Reply.Bytes);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        session.Reply.Clear();
        session.Reply.Binary(text.WrittenSpan);
    }

    /// <param name="Packets">Without frames.</param>
    private sealed record Batch([property: JsonPropertyName("breakpoint_requests"), JsonRequired] string[] Packets);
}
