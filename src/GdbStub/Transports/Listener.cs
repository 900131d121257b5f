using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace GdbStub.Transports;

/// <summary>Accepts clients at one <see cref="ListenAddress"/>.</summary>
public sealed class Listener : IDisposable
{
    private readonly Socket? _socket;
    private readonly string? _path;
    private bool _standardIoTaken;
    // 0600.
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // sun_path of Linux less its NUL; the BSDs have four bytes less.
    private static readonly int LongestPath = OperatingSystem.IsLinux() ? 107 : 103;

    // Descriptors that a client must leave free.
    private const int Spare = 16;

    // Others than our connections use descriptors as well, and nobody tells when they give one back.
    private static readonly TimeSpan LongestLack = TimeSpan.FromSeconds(1);

    // Released when a connection has given its descriptor back.
    private readonly SemaphoreSlim _freed = new(0);

    private Listener(Socket? socket, string address, string? path)
    {
        _socket = socket;
        _path = path;
        Address = address;
    }

    /// <summary>The address with the port that the system chose.</summary>
    public string Address { get; }

    /// <summary>Starts to listen: when it returns, clients can connect.</summary>
    /// <exception cref="ListenException">The address cannot be had; the message says why in one line.</exception>
    public static Listener Open(ListenAddress address)
    {
        try
        {
            return address.Path is { } path ? OpenUnix(path)
                : address.Ip is { } ip ? OpenTcp(ip)
                : new Listener(null, address.ToString(), null);
        }
        catch (ListenException error)
        {
            throw new ListenException($"cannot listen on {address}: {error.Message}", error);
        }
        catch (SocketException error)
        {
            throw new ListenException($"cannot listen on {address}: {Describe(error)}", error);
        }
        catch (Exception error) when (error is ArgumentOutOfRangeException or UnauthorizedAccessException or IOException)
        {
            throw new ListenException($"cannot listen on {address}: {error.Message}", error);
        }
    }

    /// <summary>Waits for the next client; null when there will be none.</summary>
    public async Task<Connection?> AcceptAsync(CancellationToken stop)
    {
        if (_socket is null)
        {
            if (_standardIoTaken) return null;
            _standardIoTaken = true;
            return new StreamConnection(Console.OpenStandardInput(), OpenStandardOutput(), "stdio");
        }
        while (true)
        {
            try
            {
                var client = await _socket.AcceptAsync(stop).ConfigureAwait(false);
                if (!HasDescriptorsToSpare())
                {
                    client.Dispose();
                    continue;
                }
                return new SocketConnection(client, client.RemoteEndPoint is IPEndPoint peer ? peer.ToString() : Address, Free);
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // That client left while it waited; the next one has not.
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.TooManyOpenSockets)
            {
                // The client waits in the socket's queue.
                await _freed.WaitAsync(LongestLack, stop).ConfigureAwait(false);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return null;
            }
        }
    }

    /// <summary>
    /// Whether a client can be taken and some descriptors are left then: the runtime ends the process when it finds none for a thread of
    /// its own.
    /// </summary>
    private static bool HasDescriptorsToSpare()
    {
        var spare = new List<Socket>(Spare);
        try
        {
            while (spare.Count < Spare) spare.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        finally
        {
            foreach (var socket in spare) socket.Dispose();
        }
    }

    /// <summary>Called on the threads of connections. One more accept(2) is tried for it, however many have left since the last.</summary>
    private void Free()
    {
        if (_freed.CurrentCount == 0) _freed.Release();
    }

    public void Dispose()
    {
        _socket?.Dispose();
        if (_path is not null) File.Delete(_path);
    }

    // The console's stream writes to a pipe that nobody reads any more as if all were well.
    private static Stream OpenStandardOutput() =>
        OperatingSystem.IsWindows() ? Console.OpenStandardOutput()
            : new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);

    private static Listener OpenTcp(IPEndPoint ip)
    {
        var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(ip);
            socket.Listen();
            return new Listener(socket, socket.LocalEndPoint!.ToString()!, null);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    private static Listener OpenUnix(string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > LongestPath)
            throw new ListenException($"the path has more than {LongestPath} bytes, the limit of a Unix socket");
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory && !Directory.Exists(directory))
            throw new ListenException($"there is no directory {directory}");
        if (Directory.Exists(path)) throw new ListenException("it is a directory");
        RemoveStale(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // Linux gives the file the permissions that the socket has, less the umask, so that nobody else has any from the first moment;
            // elsewhere nobody can connect before listen(2).
            if (OperatingSystem.IsLinux())
            {
                using var descriptor = new SafeFileHandle(socket.Handle, ownsHandle: false);
                File.SetUnixFileMode(descriptor, OwnersAlone);
            }
            socket.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, OwnersAlone);
            socket.Listen();
            return new Listener(socket, "unix:" + path, path);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Removes the socket that a server which was killed has left behind: one that refuses connections.</summary>
    private static void RemoveStale(string path)
    {
        if (!File.Exists(path)) return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
        {
            if (!IsSocket(path)) throw new ListenException("there is a file of that name, which is no socket", error);
            File.Delete(path);
        }
        catch (SocketException)
        {
            // Not ours: bind(2) says that the address is in use.
        }
    }

    // connect(2) refuses other files with the same error; but those can be opened, and sockets cannot. For writing too, because the open of a
    // FIFO for reading alone waits for a writer.
    private static bool IsSocket(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static string Describe(SocketException error) => error.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "the address is already in use",
        SocketError.AccessDenied => "permission denied",
        SocketError.AddressNotAvailable => "this machine does not have that address",
        _ => error.Message,
    };
}

/// <summary>An address cannot be listened on.</summary>
public sealed class ListenException : Exception
{
    public ListenException()
    {
    }

    public ListenException(string message)
        : base(message)
    {
    }

    public ListenException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
