using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace GdbStub.Transports;

/// <summary>
/// recv(2) and send(2) themselves: what <see cref="Socket"/> puts around them costs 0.4 of the 16 µs of a short round trip (decision 16 in
/// CONTRIBUTING.md). For sockets that wait.
/// </summary>
internal static class LinuxSocket
{
    private const int EINTR = 4, EAGAIN = 11, ETIMEDOUT = 110;

    /// <summary>Waits for bytes; 0 at the end of the stream.</summary>
    /// <exception cref="SocketException">The stream broke; <see cref="SocketError.TimedOut"/>: the peer's machine is silent.</exception>
    public static int Receive(SafeHandle socket, Span<byte> buffer)
    {
        nint received;
        while ((received = Recv(socket, ref MemoryMarshal.GetReference(buffer), buffer.Length, 0)) < 0) ThrowUnlessInterrupted();
        return (int)received;
    }

    /// <summary>Sends some bytes, at least one.</summary>
    /// <exception cref="SocketException">The stream broke; <see cref="SocketError.WouldBlock"/>: the peer takes nothing for the socket's
    /// SendTimeout.</exception>
    public static int Send(SafeHandle socket, ReadOnlySpan<byte> bytes)
    {
        const int MSG_NOSIGNAL = 0x4000;
        nint sent;
        while ((sent = Send(socket, ref MemoryMarshal.GetReference(bytes), bytes.Length, MSG_NOSIGNAL)) < 0) ThrowUnlessInterrupted();
        return (int)sent;
    }

    private static void ThrowUnlessInterrupted()
    {
        var error = Marshal.GetLastPInvokeError();
        if (error == EINTR) return;
        throw new SocketException((int)(error switch
        {
            EAGAIN => SocketError.WouldBlock,
            ETIMEDOUT => SocketError.TimedOut,
            _ => SocketError.ConnectionReset,
        }));
    }

    [DllImport("libc", EntryPoint = "recv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Recv(SafeHandle socket, ref byte buffer, nint length, int flags);

    [DllImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Send(SafeHandle socket, ref readonly byte bytes, nint length, int flags);
}
