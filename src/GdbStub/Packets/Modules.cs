using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>What the programs' files are, so that lldb finds them in its cache or fetches them with vFile.</summary>
internal static class Modules
{
    /// <summary>Identity and size of one file.</summary>
    [Packet("qModuleInfo", "hex-path;hex-triple")]
    public static void Describe(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!PacketReader.TryText(reader.Until(';'), out var path) || !PacketReader.TryText(reader.Rest, out _))
        {
            Targets.Malformed(session);
            return;
        }
        var error = ProgramFile.Identify(session.System, path, out var file);
        if (error != Errno.None)
        {
            session.Reply.Error(error, $"{path} is no program: {error}");
            return;
        }
        session.Reply.Text("uuid:"u8).HexText(Convert.ToHexString(file.Identity))
            .Text(";triple:"u8).HexText(session.System.Triple(session.Target))
            .Text(";file_path:"u8).HexText(path).Text(";file_offset:0;file_size:"u8).HexNumber((ulong)file.Size).Text(';');
    }

    /// <summary>The same for several files, in JSON; those that are none are left out.</summary>
    [Packet("jModulesInfo:", "[{\"file\":…,\"triple\":…},…]")]
    public static void DescribeAll(Session session, ReadOnlySpan<byte> arguments)
    {
        if (JsonText.Read<Wanted[]>(arguments) is not { } wanted || Array.Exists(wanted, module => module?.File is null))
        {
            Targets.Malformed(session);
            return;
        }
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            foreach (var module in wanted)
            {
                if (!GuestText.TryRead(Encoding.UTF8.GetBytes(module.File), out var path)) continue;
                if (ProgramFile.Identify(session.System, path, out var file) != Errno.None) continue;
                json.WriteStartObject();
                json.WriteString("uuid", Convert.ToHexString(file.Identity));
                json.WriteString("triple", session.System.Triple(session.Target));
                json.WriteString("file_path", module.File);
                json.WriteNumber("file_offset", 0);
                json.WriteNumber("file_size", file.Size);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        session.Reply.Binary(text.WrittenSpan);
    }

    /// <summary>Where a file is mapped.</summary>
    [Packet("qFileLoadAddress", "hex-path")]
    public static void LoadAddress(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!PacketReader.TryText(arguments, out var path)) Targets.Malformed(session);
        else if (!Targets.TryCurrent(session, out var thread)) return;
        else if (MemoryMap.FindFile(session.System, thread.Process.Pid, path) is { } region) session.Reply.HexNumber(region.Start);
        else session.Reply.Error(Errno.ENOENT, $"{path} is not mapped");
    }

    private sealed record Wanted([property: JsonPropertyName("file"), JsonRequired] string File);
}
