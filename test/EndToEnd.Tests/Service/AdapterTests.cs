using System.Text.Json.Nodes;
using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Service;

/// <summary>The debuggers' own adapters for editors, by the configurations of docs/vscode.md.</summary>
public sealed class AdapterTests
{
    [Test]
    public void Gdb_is_an_adapter_itself()
    {
        var gdb = Gdb.Newer.Require();
        using var server = ServerProcess.With("--max-sessions", "2");
        using var editor = new DapClient(gdb.Program!, "-nx", "-q", "-iex", "set remotetimeout 240", "-i=dap");
        Begin(editor);
        editor.Event("initialized");
        SetBreakpoint(editor);
        editor.Send("attach", new JsonObject { ["target"] = server.Target });
        editor.Ask("configurationDone");
        editor.Response("attach");
        AssertStops(editor, stopsFirst: true);
    }

    /// <summary>lldb-dap was lldb-vscode before lldb 18, which answers requests of another order.</summary>
    [Test]
    public void Lldb_has_an_adapter()
    {
        if ((Debuggers.FindNewer("lldb-dap") ?? Debuggers.FindOnPath("lldb-dap", "lldb-dap-19")) is not { } adapter)
        {
            Assert.Ignore("no lldb-dap is installed");
            return;
        }
        using var server = ServerProcess.With("--max-sessions", "2");
        using var editor = new DapClient(adapter);
        Begin(editor);
        editor.Send("attach", new JsonObject
        {
            // Without it lldb-dap takes the process for one that is not there yet, and lets it run.
            ["program"] = Repository.File("src/GdbStub/Demo/demo-amd64"),
            ["attachCommands"] = new JsonArray(
                "platform select remote-freebsd", $"platform connect connect://{server.Target}", $"process connect connect://{server.Target}"),
        });
        editor.Event("initialized");
        SetBreakpoint(editor);
        editor.Ask("configurationDone");
        editor.Response("attach");
        AssertStops(editor, stopsFirst: false);
    }

    private static void Begin(DapClient editor) =>
        editor.Ask("initialize", new JsonObject { ["adapterID"] = "test", ["linesStartAt1"] = true, ["pathFormat"] = "path" });

    private static void SetBreakpoint(DapClient editor) =>
        editor.Ask("setFunctionBreakpoints", new JsonObject { ["breakpoints"] = new JsonArray(new JsonObject { ["name"] = "visit" }) });

    /// <param name="stopsFirst">The adapter stops where the program is when it attaches.</param>
    private static void AssertStops(DapClient editor, bool stopsFirst)
    {
        var stop = editor.Event("stopped");
        var thread = (int)stop["threadId"]!;
        if (stopsFirst)
        {
            editor.Ask("continue", new JsonObject { ["threadId"] = thread });
            stop = editor.Event("stopped");
        }
        Assert.That((string?)stop["reason"], Does.Contain("breakpoint"));
        var frames = editor.Ask("stackTrace", new JsonObject { ["threadId"] = thread })["stackFrames"]!.AsArray();
        Assert.That((string?)frames[0]!["name"], Is.EqualTo("visit"));
        Assert.That((string?)frames[1]!["name"], Is.EqualTo("main"));
        editor.Ask("disconnect", new JsonObject { ["terminateDebuggee"] = true });
    }
}
