using System.Text.Json;
using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Service;

/// <summary>What the log says about sessions, and that programs can read it.</summary>
public sealed class LogTests
{
    private static readonly Dictionary<string, string> s_json = new()
    {
        ["GDBSTUB_Serilog__WriteTo__0__Name"] = "Console",
        ["GDBSTUB_Serilog__WriteTo__0__Args__formatter"] = "Serilog.Formatting.Json.JsonFormatter, Serilog",
        ["GDBSTUB_Serilog__WriteTo__0__Args__standardErrorFromLevel"] = "Verbose",
    };

    [Test]
    public void Lines_have_their_session_process_and_packet()
    {
        using var server = new ChildProcess(
            "dotnet", [Repository.Program, "--listen", "127.0.0.1:0", "--max-transfer", "1000", "--", Repository.Guest("exit.O0")], s_json);
        var ready = server.WaitForOutput("\n");
        using (var client = new RspClient(int.Parse(ready.TrimEnd()[(ready.LastIndexOf(':') + 1)..])))
        {
            client.Handshake();
            client.Request("?");
            Assert.That(client.Request($"vFile:open:{Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(Repository.Guest("exit.O0")))},0,0"), Is.EqualTo("F0"));
            Assert.That(client.Request("vFile:pread:0,3e9,0"), Is.EqualTo("F-1,1b"));
        }
        server.WaitForError("left");
        server.Signal("TERM");
        Assert.That(server.WaitForEnd(), Is.Zero, server.Log);
        var lines = server.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using var refusal = JsonDocument.Parse(lines.Single(line => line.Contains("refused a file transfer", StringComparison.Ordinal)));
        var properties = refusal.RootElement.GetProperty("Properties");
        Assert.Multiple(() =>
        {
            foreach (var line in lines) Assert.DoesNotThrow(() => JsonDocument.Parse(line).Dispose(), line);
            Assert.That(properties.GetProperty("Session").GetInt32(), Is.EqualTo(1));
            Assert.That(properties.GetProperty("Pid").GetInt32(), Is.Positive);
            Assert.That(properties.GetProperty("Packet").GetString(), Is.EqualTo("vFile:pread:0,3e9,0"));
        });
    }

    [Test]
    public void Who_moves_much_of_files_is_seen_to_go_on()
    {
        using var server = ServerProcess.With("--multi");
        using var client = new RspClient(server.Port);
        client.Handshake();
        // /tmp/big: a write at its end, then 17 MB are read.
        Assert.That(client.Request("vFile:open:2f746d702f626967,602,180"), Is.EqualTo("F0"));
        Assert.That(client.Request("vFile:pwrite:0,1100000,x"), Is.EqualTo("F1"));
        for (var offset = 0; offset < 17 << 20; offset += 1 << 15) Assert.That(client.Request($"vFile:pread:0,8000,{offset:x}"), Does.StartWith("F8000;"));
        server.Process.WaitForError("16 MB of files were read and written so far");
    }

    [Test]
    public void Saving_a_core_is_announced()
    {
        using var server = ServerProcess.With("--cwd", "/tmp", "--", Repository.Guest("exit.O0"));
        using var client = new RspClient(server.Port);
        client.Handshake();
        Assert.That(client.Request("qSaveCore"), Does.StartWith("core-path:"));
        server.Process.WaitForError("saving a core of process ");
        server.Process.WaitForError("/tmp/gdbstub-");
    }
}
