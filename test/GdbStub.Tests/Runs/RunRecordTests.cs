using GdbStub.Runs;
using NUnit.Framework;

namespace GdbStub.Tests.Runs;

public class RunRecordTests
{
    private const string Header =
        """{"run":{"version":1,"kernel":"freebsd-14","program":["/p"],"environment":[],"groups":[1001]}}""";

    [TestCase("", ":1: is no record of a run")]
    [TestCase("{}", ":1: is no record of a run")]
    [TestCase("text", ":1: is no line of a recorded run")]
    [TestCase("null", ":1: is no line of a recorded run")]
    [TestCase("""{"run":{"version":2,"kernel":"k","program":["/p"],"environment":[],"groups":[]}}""", ":1: version 2 of the format is unknown")]
    [TestCase("""{"run":{"version":1,"kernel":"k","program":[],"environment":[],"groups":[]}}""", ":1: there is no program")]
    [TestCase("""{"run":{"version":1}}""", ":1: is no line of a recorded run")]
    [TestCase(Header + "\n{\"instructions\":-", ":2: is no line of a recorded run")]
    [TestCase(Header + "\n{\"other\":1}", ":2: is no line of a recorded run")]
    public void WhatIsNoRecordIsOneLine(string text, string problem)
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, text);
        Assert.That(RunRecord.TryRead(path, out _, out var reason), Is.False);
        Assert.That(reason, Is.EqualTo(path + problem));
        File.Delete(path);
    }

    [Test]
    public void InputsFilesAndTheEndAreRead()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, Header + """

            {"file":"/p","digest":"00"}
            {"instructions":5,"clock":105,"input":"eAo="}
            {"instructions":9,"clock":209,"status":3}
            """);
        Assert.That(RunRecord.TryRead(path, out var record, out var reason), Is.True, reason);
        Assert.That(record!.Inputs.Single().Input, Is.EqualTo("x\n"u8.ToArray()));
        Assert.That((record.Files["/p"].Single(), record.End!.Status), Is.EqualTo(("00", 3)));
        File.Delete(path);
    }
}
