using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary><c>gdbstub run --record</c> and <c>--replay</c>: what came from outside comes again at the same instruction.</summary>
public sealed class RecordTests
{
    private string _directory = null!;

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("gdbstub-record").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    private string Record => Path.Combine(_directory, "run.jsonl");

    [Test]
    public void Input_comes_again_at_the_same_instruction(
        [Values("virtual", "fast")] string time, [Values("0", "7")] string seed, [Values("amd64", "arm64")] string cpu)
    {
        var guest = Repository.Guest(cpu == "amd64" ? "typing.O2" : "arm64/typing.O2");
        string output;
        int status;
        using (var run = ServerProcess.Start("run", "--record", Record, "--time", time, "--seed", seed, "--", guest))
        {
            run.WaitForOutput("ready\n");
            for (var line = 1; line <= 6; line++)
            {
                run.Input.Write(new string('x', line) + "\n");
                run.Input.Flush();
                run.WaitForOutput($"line {line} ");
            }
            run.Input.Close();
            status = run.WaitForEnd();
            output = run.Output;
        }
        using var replay = Replay();
        Assert.That((replay.WaitForEnd(), replay.Output, replay.Error), Is.EqualTo((status, output, "")));
    }

    [Test]
    public void Signals_come_again()
    {
        using (var run = ServerProcess.Start("run", "--record", Record, "--", Repository.Guest("spin.O0")))
        {
            run.WaitForOutput("spinning\n");
            run.Signal("TERM");
            Assert.That(run.WaitForEnd(), Is.EqualTo(128 + 15));
        }
        using var replay = Replay();
        Assert.That((replay.WaitForEnd(), replay.Output, replay.Error), Is.EqualTo((128 + 15, "spinning\n", "")));
    }

    [Test]
    public void A_file_that_has_changed_is_named()
    {
        var program = Path.Combine(_directory, "program");
        File.Copy(Repository.Guest("echo.O0"), program);
        using (var run = ServerProcess.Start("run", "--record", Record, "--", program))
        {
            run.Input.Write("text\n");
            run.Input.Close();
            Assert.That(run.WaitForEnd(), Is.Zero);
        }
        File.Copy(Repository.Guest("echo.O2"), program, overwrite: true);
        using var replay = Replay();
        Assert.That(replay.WaitForEnd(), Is.EqualTo(1));
        Assert.That(replay.Error, Does.Contain($"{program} is not as it was recorded").And.Contain("differs from its record"));
    }

    [Test]
    public void A_recording_that_was_cut_off_is_replayed_as_far_as_it_goes()
    {
        using (var run = ServerProcess.Start("run", "--record", Record, "--", Repository.Guest("echo.O0")))
        {
            run.Input.Write("text\n");
            run.Input.Flush();
            run.WaitForOutput("text\n");
            run.Signal("KILL");
            run.WaitForEnd();
        }
        using var replay = Replay();
        Assert.That(replay.WaitForEnd(), Is.EqualTo(1));
        Assert.That(replay.Output, Is.EqualTo("text\n"));
        Assert.That(replay.Error, Does.Contain("the record ends at instruction"));
    }

    private ChildProcess Replay()
    {
        var replay = ServerProcess.Start("run", "--replay", Record);
        replay.Input.Close();
        return replay;
    }
}
