using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary>Tests that are the client themselves, each of a server of its own.</summary>
public abstract class RspFixture
{
    protected ServerProcess Server { get; private set; } = null!;

    protected RspClient Client { get; private set; } = null!;

    [TearDown]
    public void End()
    {
        Client?.Dispose();
        Server?.Dispose();
    }

    /// <param name="features">What the client understands, as qSupported says it.</param>
    protected void Connect(ServerProcess server, string features)
    {
        Server = server;
        Client = new RspClient(server.Port);
        Client.Handshake(features);
    }
}
