using System.Net.Sockets;
using System.Text;

namespace GdbStub.Transports;

/// <summary>Asks a server whether it serves, without taking part in a session: a packet with a wrong checksum must be refused.</summary>
public static class HealthProbe
{
    /// <returns>Null when it does; else what is wrong, in one line.</returns>
    public static string? Ask(ListenAddress address, TimeSpan timeout)
    {
        if (address.IsStandardIo) return "stdio cannot be asked";
        try
        {
            using var socket = address.Path is null
                ? new Socket(address.Ip!.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
                : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            using var patience = new CancellationTokenSource(timeout);
            socket.ConnectAsync(address.Path is { } path ? new UnixDomainSocketEndPoint(path) : address.Ip!, patience.Token).AsTask().GetAwaiter().GetResult();
            socket.ReceiveTimeout = socket.SendTimeout = (int)timeout.TotalMilliseconds;
            socket.Send("$#ff"u8);
            var answer = new byte[1];
            var count = socket.Receive(answer);
            return count == 1 && answer[0] == '-' ? null : $"{address} answers \"{Encoding.ASCII.GetString(answer, 0, count)}\": no gdbstub, or one whose sessions are all taken";
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            return $"{address} does not answer: {error.Message}";
        }
    }
}
