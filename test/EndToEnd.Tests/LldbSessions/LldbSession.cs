using EndToEnd.Tests.Harness;

namespace EndToEnd.Tests.LldbSessions;

/// <summary>An lldb at work, with a home of its own, so that nothing of this user's settings and module cache is in it.</summary>
public sealed class LldbSession : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("gdbstub-lldb-").FullName;
    private readonly ChildProcess _process;

    /// <summary>One that runs the commands to the end, each after the one before it is done, whatever that said.</summary>
    public LldbSession(Lldb lldb, IEnumerable<string> commands)
    {
        var file = Path.Combine(_home, "commands");
        File.WriteAllLines(file, commands);
        _process = Start(lldb, ["-o", $"command source -e false {file}", "-o", "quit"]);
        _process.Input.Close();
    }

    /// <summary>One that is given its commands by <see cref="Say"/> and does not wait for the program.</summary>
    public LldbSession(Lldb lldb) => _process = Start(lldb, []);

    public void Say(string command)
    {
        _process.Input.WriteLine(command);
        _process.Input.Flush();
    }

    /// <summary>Waits until lldb, or the program through lldb, has printed <paramref name="text"/>.</summary>
    public void WaitFor(string text) => _process.WaitForOutput(text);

    /// <summary>Waits until it has printed <paramref name="text"/> a number of times.</summary>
    public void WaitFor(string text, int times) => _process.WaitForOutput(text, times);

    /// <summary>Waits for lldb's own end.</summary>
    public Transcript End()
    {
        _process.Input.Close();
        _process.WaitForEnd();
        return Transcript.OfLldb(_process.Output);
    }

    public void Dispose()
    {
        _process.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    private ChildProcess Start(Lldb lldb, IEnumerable<string> arguments) => new(
        "sh",
        ["-c", "exec \"$0\" \"$@\" 2>&1", lldb.Require().Program!, "--no-lldbinit", "--no-use-colors", "-o",
        "settings set auto-confirm true", "-o", "settings set plugin.process.gdb-remote.packet-timeout 240", .. arguments],
        new Dictionary<string, string> { ["HOME"] = _home, ["LC_ALL"] = "C" });
}
