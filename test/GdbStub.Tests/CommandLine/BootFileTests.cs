using GdbStub.CommandLine;
using NUnit.Framework;

namespace GdbStub.Tests.CommandLine;

/// <summary>The file that --boot names: what it means, and how it is refused.</summary>
public sealed class BootFileTests
{
    private string _path = "";

    [SetUp]
    public void Create() => _path = Path.GetTempFileName();

    [TearDown]
    public void Delete() => File.Delete(_path);

    [Test]
    public void SaysAllThatAProcessCanBe()
    {
        File.WriteAllText(_path, """
            {
              // Comments and commas at the end are welcome.
              "sysctl": { "kern.securelevel": 1, "kern.corefile": "core.%P" },
              "processes": [
                { "pid": 100, "program": "/bin/a" },
                {
                  "pid": 101, "parent": 100, "program": "b", "arguments": ["x", "y"], "environment": { "HOME": "/", "N": "1" },
                  "directory": "/tmp", "user": 1, "effectiveUser": 2, "savedUser": 3, "groups": [4, 5], "credentialsChanged": true,
                  "jail": 6, "stopped": true,
                },
              ],
            }
            """);
        Assert.That(BootFile.TryRead(_path, out var table, out _));
        Assert.That(table!.Settings.Select(pair => $"{pair.Key}={pair.Value}"), Is.EqualTo(["kern.securelevel=1", "kern.corefile=core.%P"]));
        var (plain, full) = (table.Processes[0], table.Processes[1]);
        Assert.Multiple(() =>
        {
            Assert.That((plain.Pid, plain.Parent, plain.Path, plain.WorkingDirectory, plain.User), Is.EqualTo((100, 1, "/bin/a", "/", 0)));
            Assert.That(plain.Arguments, Is.EqualTo(["/bin/a"]));
            Assert.That((plain.EffectiveUser, plain.SavedUser, plain.IsStopped, plain.HasChangedCredentials), Is.EqualTo(((uint?)null, (uint?)null, false, false)));
            var path = Path.Combine(Path.GetDirectoryName(_path)!, "b");
            Assert.That(full.Path, Is.EqualTo(path), "a relative path is one beside the file");
            Assert.That(full.Arguments, Is.EqualTo([path, "x", "y"]));
            Assert.That(full.Environment, Is.EqualTo(["HOME=/", "N=1"]));
            Assert.That((full.Parent, full.WorkingDirectory, full.User, full.EffectiveUser, full.SavedUser), Is.EqualTo((100, "/tmp", 1, 2, 3)));
            Assert.That(full.Groups, Is.EqualTo([4, 5]));
            Assert.That((full.HasChangedCredentials, full.Jail, full.IsStopped), Is.EqualTo((true, 6, true)));
        });
    }

    [Test]
    public void TheDemosTableIsThere()
    {
        Assert.That(BootFile.TryRead(BootFile.Demo, out var table, out var reason), reason);
        Assert.That(table!.Processes.Select(process => process.Path), Is.All.EqualTo("/demo/station"));
    }

    [TestCase("""{"processes": [{"program": "a"}]""", ":1: Expected depth to be zero at the end")]
    [TestCase("{\n\"processes\": [\n{\"program\": \"a\"}}\n]}", ":3: processes[1]: '}' is invalid")]
    [TestCase("{\n\"processes\": [\n{\"program\": 7}\n]}", ":3: processes[0].program: the value is not of the kind that belongs here")]
    [TestCase("{\n\"processes\": [\n{\"program\": null, \"arguments\": null}]}", ":3: processes[0].arguments: the value is not of the kind")]
    [TestCase("""{"processes": [{"program": "a", "user": -1}]}""", ":1: processes[0].user: the value is not of the kind")]
    [TestCase("[]", ":1: the value is not of the kind")]
    [TestCase("", ":1: The input does not contain any JSON")]
    [TestCase("null", ": processes: there are none")]
    [TestCase("{}", ": processes: there are none")]
    [TestCase("""{"processes": [], "services": []}""", ": services: there is no such field")]
    [TestCase("""{"sysctl": {"kern.x": []}, "processes": [{"program": "a"}]}""", ": sysctl.kern.x: neither a number nor a text")]
    [TestCase("""{"processes": [{"pid": 5}]}""", ": processes[0].program: is missing")]
    [TestCase("""{"processes": [{"program": "a", "Pid": 5}]}""", ": processes[0].Pid: there is no such field")]
    [TestCase("""{"processes": [{"program": "a", "pid": 1}]}""", ": processes[0].pid: 1 is not between 2 and 99999")]
    [TestCase("""{"processes": [{"program": "a", "pid": 100000}]}""", ": processes[0].pid: 100000 is not between 2 and 99999")]
    [TestCase("""{"processes": [{"program": "a", "pid": 5}, {"program": "a", "pid": 5}]}""", ": processes[1].pid: 5 is taken")]
    [TestCase("""{"processes": [{"program": "a", "parent": 6}, {"program": "a", "pid": 6}]}""", ": processes[0].parent: no process 6 starts before it")]
    [TestCase("""{"processes": [{"program": "a", "directory": "tmp"}]}""", ": processes[0].directory: 'tmp' is not an absolute path of the guest")]
    [TestCase("""{"processes": [{"program": "a", "jail": -1}]}""", ": processes[0].jail: is negative")]
    public void SaysWhatIsWrongAndWhere(string text, string expected)
    {
        File.WriteAllText(_path, text);
        Assert.That(BootFile.TryRead(_path, out _, out var reason), Is.False);
        Assert.That(reason, Does.StartWith(_path + expected));
    }

    [Test]
    public void SaysThatThereIsNoSuchFile()
    {
        Assert.That(BootFile.TryRead(_path + ".none", out _, out var reason), Is.False);
        Assert.That(reason, Does.Contain(_path + ".none"));
    }
}
