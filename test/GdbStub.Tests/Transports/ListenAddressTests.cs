using GdbStub.Transports;
using NUnit.Framework;

namespace GdbStub.Tests.Transports;

/// <summary>How endpoints are written.</summary>
public class ListenAddressTests
{
    [TestCase("127.0.0.1:1234", "127.0.0.1:1234", false)]
    [TestCase("[::1]:0", "[::1]:0", false)]
    [TestCase("localhost:65535", "127.0.0.1:65535", false)]
    [TestCase(":2159", "127.0.0.1:2159", false)]
    [TestCase("0.0.0.0:1234", "0.0.0.0:1234", true)]
    [TestCase("[::]:1234", "[::]:1234", true)]
    [TestCase("unix:/run/gdb:1", "unix:/run/gdb:1", false)]
    [TestCase("stdio", "stdio", false)]
    public void Reads(string text, string address, bool isPublic)
    {
        Assert.That(ListenAddress.TryParse(text, out var read, out _));
        Assert.That(read!.ToString(), Is.EqualTo(address));
        Assert.That(read.IsPublic, Is.EqualTo(isPublic));
    }

    [TestCase("", "expected")]
    [TestCase("1234", "expected")]
    [TestCase("127.0.0.1:", "port")]
    [TestCase("127.0.0.1:65536", "port")]
    [TestCase("127.0.0.1:+1", "port")]
    [TestCase("::1:1234", "brackets")]
    [TestCase("[127.0.0.1]:1", "IP address")]
    [TestCase("example.org:1234", "IP address")]
    [TestCase("unix:", "missing")]
    public void Refuses(string text, string reason)
    {
        Assert.That(ListenAddress.TryParse(text, out _, out var said), Is.False);
        Assert.That(said, Does.Contain(reason));
    }
}
