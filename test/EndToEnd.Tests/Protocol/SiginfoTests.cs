using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary>What comes with a signal reaches the program although the signal takes another way to it than PT_CONTINUE at its own stop.</summary>
[TestFixture("")]
[TestFixture("arm64/")]
public sealed class SiginfoTests(string cpu) : RspFixture
{
    private const string Main = "p3.186a1";

    private void Connect(params string[] options)
    {
        Connect(ServerProcess.With([.. options, Repository.Guest(cpu + "siginfo.O2")]), "multiprocess+;swbreak+");
    }

    /// <summary>There each signal is sent anew, and the debugger's own stop for it is not reported.</summary>
    [Test]
    public void In_non_stop_mode_it_stays_with_the_signal()
    {
        Connect();
        Assert.That(Client.Request("QNonStop:1"), Is.EqualTo("OK"));
        Assert.That(Client.Request("?"), Does.StartWith("T05"));
        Assert.That(Client.Request("vStopped"), Is.EqualTo("OK"));
        Assert.That(Resume("vCont;c:p3.-1"), Does.StartWith("T1e"));
        Assert.That(Client.Request($"Hg{Main}"), Is.EqualTo("OK"));
        Assert.That(Client.Request("qXfer:siginfo:write::20:c"), Is.EqualTo("1"), "si_value");
        Assert.That(Client.Request("qXfer:siginfo:read::20,1"), Is.EqualTo("mc"));
        Assert.That(Resume($"vCont;C1e:{Main}"), Does.StartWith("T0b"));
        Assert.That(Client.Request("qXfer:siginfo:read::0,1"), Is.EqualTo("m\v"));
        Assert.That(Resume($"vCont;C0b:{Main}"), Does.StartWith("T1f"));
        Assert.That(Resume($"vCont;C1f:{Main}"), Does.StartWith("W00"));
        var printed = Server.Process.WaitForError("sigwaitinfo: signal 31, code 65538, value 7");
        Assert.That(printed, Does.Contain("handler: signal 30, code 65538, value 99").And.Contain("handler: signal 11, code 2, at hole + 100"));
    }

    private string Resume(string packet)
    {
        Assert.That(Client.Request(packet), Is.EqualTo("OK"));
        var stop = Client.Notification();
        Assert.That(Client.Request("vStopped"), Is.EqualTo("OK"));
        return stop["Stop:".Length..];
    }

    /// <summary>freebsd-13 has the program make the call under a step, whose stop takes the place of the signal's.</summary>
    [TestCase("freebsd-13")]
    [TestCase("freebsd-14")]
    public void Memory_for_the_debugger_leaves_it(string kernel)
    {
        Connect("--kernel", kernel);
        Assert.That(Client.Request("vCont;c"), Does.StartWith("T1e"));
        Assert.That(Client.Request("_M1000,rw"), Does.Not.StartWith("E"));
        Assert.That(Client.Request("qXfer:siginfo:read::20,1"), Is.EqualTo("m}\n"), "42, escaped");
        Client.Send(RspClient.Frame("vCont;C1e"));
        Assert.That(Client.OutputUntilReply(out var stop), Is.EqualTo("handler: signal 30, code 65538, value 42\n"));
        Assert.That(stop, Does.StartWith("T0b"));
    }

    [Test]
    public void Strict_kernels_do_not_let_it_be_changed()
    {
        Connect("--strict");
        Assert.That(Client.Request("qSupported").Split(';'), Does.Contain("qXfer:siginfo:read+").And.Not.Contain("qXfer:siginfo:write+"));
        Assert.That(Client.Request("vCont;c"), Does.StartWith("T1e"));
        Assert.That(Client.Request("qXfer:siginfo:write::20:c"), Is.Empty);
        Client.Send(RspClient.Frame("vCont;C1e"));
        Assert.That(Client.OutputUntilReply(out _), Is.EqualTo("handler: signal 30, code 65538, value 42\n"));
    }
}
