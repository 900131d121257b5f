using GdbStub.CommandLine;
using NUnit.Framework;

namespace GdbStub.Tests.CommandLine;

/// <summary>Command lines of gdbserver and lldb-server, as tools write them.</summary>
public sealed class ServerWordsTests
{
    [TestCase("gdbserver :1234 -- prog a", "--once --listen :1234 -- prog a", Description = "delve")]
    [TestCase("gdbserver localhost:1234 prog -- a", "--once --listen localhost:1234 -- prog -- a", Description = "gdbserver needs no --")]
    [TestCase("gdbserver --native-regs --setsid 127.0.0.1:0 -- prog", "--once --listen 127.0.0.1:0 -- prog", Description = "lldb-server")]
    [TestCase("gdbserver --root /r --strict :1 prog", "--root /r --strict --once --listen :1 -- prog", Description = "options of this program")]
    [TestCase("gdbserver --root=/r :1 prog --root", "--root=/r --once --listen :1 -- prog --root")]
    [TestCase("gdbserver --once - prog", "--once --listen stdio -- prog")]
    [TestCase("gdbserver 1234 prog", "--once --listen :1234 -- prog")]
    [TestCase("gdbserver --multi :1234", "--multi --listen :1234")]
    [TestCase("gdbserver :1234", "--multi --once --listen :1234", Description = "lldb starts the program")]
    [TestCase("platform --server --listen *:1234", "--multi --listen 0.0.0.0:1234")]
    [TestCase("platform --listen=127.0.0.1:1 --min-gdbserver-port 2 --max-gdbserver-port=3 --server", "--multi --listen 127.0.0.1:1")]
    [TestCase("platform --listen unix:///tmp/s", "--multi --listen unix:/tmp/s")]
    [TestCase("run prog gdbserver", "run prog gdbserver")]
    [TestCase("prog gdbserver :1", "prog gdbserver :1")]
    [TestCase("", "")]
    public void AreTranslated(string line, string expected)
    {
        Assert.That(ServerWords.TryTranslate(Words(line), name => name == "--root", out var translated, out _), Is.True);
        Assert.That(translated, Is.EqualTo(Words(expected)));
    }

    [TestCase("gdbserver", "listen")]
    [TestCase("gdbserver --native-regs", "listen")]
    [TestCase("platform --server", "listen")]
    [TestCase("platform --listen", "listen")]
    [TestCase("gdbserver --attach 12 :1", "--attach")]
    [TestCase("gdbserver :1 --attach", "", Description = "the program's name")]
    [TestCase("gdbserver --wrapper env -- :1 prog", "--wrapper")]
    [TestCase("gdbserver --pipe=5 :0 -- prog", "--pipe")]
    [TestCase("gdbserver --reverse-connect :0", "--reverse-connect")]
    [TestCase("platform --listen :1 --log-file /tmp/x", "--log-file")]
    [TestCase("platform --server --listen :1 -- prog", "starts no program")]
    public void WhatCannotBeHadIsRefused(string line, string named)
    {
        var isTranslated = ServerWords.TryTranslate(Words(line), _ => false, out _, out var problem);
        Assert.That(isTranslated, Is.EqualTo(named.Length == 0));
        Assert.That(problem ?? "", Does.Contain(named).And.Not.Contain("\n"));
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
