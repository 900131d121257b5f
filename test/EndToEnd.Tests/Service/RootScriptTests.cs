using System.Net;
using System.Security.Cryptography;
using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Service;

/// <summary>scripts/freebsd-root.sh fetches a release from a server of this test, on loopback.</summary>
public sealed class RootScriptTests
{
    private string _work = "";
    private HttpListener _server = null!;

    [SetUp]
    public void Serve()
    {
        _work = Directory.CreateTempSubdirectory("root-script").FullName;
        var release = Directory.CreateDirectory(Path.Combine(_work, "served/amd64/13.5-RELEASE")).FullName;
        Make("base/lib/libc.so.7", "libraries");
        Make("base/bin/sh", "programs");
        Make("base/usr/include/stdio.h", "headers");
        Make("base/boot/kernel/kernel", "no guest needs it");
        Run(0, "tar", "-cJf", Path.Combine(release, "base.txz"), "-C", Path.Combine(_work, "base"), ".");
        var digest = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(release, "base.txz"))));
        File.WriteAllText(Path.Combine(release, "MANIFEST"), $"base.txz\t{digest}\t4\tbase\t\"Base system (MANDATORY)\"\ton\n");
        _server = Start(Path.Combine(_work, "served"));
    }

    [TearDown]
    public void Stop()
    {
        _server.Close();
        Directory.Delete(_work, recursive: true);
    }

    [Test]
    public void A_release_is_checked_and_unpacked()
    {
        var root = Path.Combine(_work, "new/13.5");
        Assert.That(Fetch(0, "13.5", "amd64", root).Output, Is.EqualTo($"FreeBSD 13.5 for amd64 is in {root}\n"));
        Assert.That(File.ReadAllText(Path.Combine(root, "lib/libc.so.7")), Is.EqualTo("libraries"));
        Assert.That(Path.Combine(root, "bin/sh"), Does.Exist);
        Assert.That(Path.Combine(root, "usr/include/stdio.h"), Does.Exist);
        Assert.That(Path.Combine(root, "boot"), Does.Not.Exist);
        Assert.That(Fetch(1, "13.5", "amd64", root).Error, Does.Contain("exists already"));
    }

    [Test]
    public void A_damaged_archive_is_refused_and_leaves_nothing()
    {
        File.AppendAllText(Path.Combine(_work, "served/amd64/13.5-RELEASE/base.txz"), "damage");
        Assert.That(Fetch(1, "13.5", "amd64", Path.Combine(_work, "new/13.5")).Error, Does.Contain("MANIFEST gives"));
        Assert.That(Directory.EnumerateFileSystemEntries(Path.Combine(_work, "new")), Is.Empty);
    }

    [TestCase("13.9", "amd64", 1, "FreeBSD 13.9 for amd64 was not found")]
    [TestCase("thirteen", "amd64", 1, "no release")]
    [TestCase("13.5", "riscv64", 1, "no architecture is called riscv64")]
    public void Mistakes_are_named(string release, string architecture, int status, string message) =>
        Assert.That(Fetch(status, release, architecture, Path.Combine(_work, "new")).Error, Does.Contain(message));

    private (string Output, string Error) Fetch(int status, params string[] arguments) =>
        Run(status, Repository.File("scripts/freebsd-root.sh"), ["--from", _server.Prefixes.Single(), .. arguments]);

    private static (string Output, string Error) Run(int status, string program, params string[] arguments)
    {
        using var process = new ChildProcess(program, arguments);
        Assert.That(process.WaitForEnd(), Is.EqualTo(status), process.Log);
        return (process.Output, process.Error);
    }

    private void Make(string path, string text)
    {
        var file = new FileInfo(Path.Combine(_work, path));
        file.Directory!.Create();
        File.WriteAllText(file.FullName, text);
    }

    /// <summary>A server of the files below a directory, on a port that was free.</summary>
    private static HttpListener Start(string directory)
    {
        for (var port = 20000 + (Environment.ProcessId % 20000); ; port++)
        {
            var server = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
            try
            {
                server.Start();
            }
            catch (HttpListenerException) when (port < 65000)
            {
                continue;
            }
            server.BeginGetContext(context => Answer(server, directory, context), null);
            return server;
        }
    }

    private static void Answer(HttpListener server, string directory, IAsyncResult pending)
    {
        if (!server.IsListening) return;
        var context = server.EndGetContext(pending);
        server.BeginGetContext(next => Answer(server, directory, next), null);
        var path = Path.Combine(directory, context.Request.Url!.AbsolutePath[1..]);
        if (File.Exists(path)) context.Response.OutputStream.Write(File.ReadAllBytes(path));
        else context.Response.StatusCode = 404;
        context.Response.Close();
    }
}
