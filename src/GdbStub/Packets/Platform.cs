using System.Globalization;
using System.Text;
using GdbStub.Sessions;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>
/// lldb's platform: the machine as a place to find, start and attach to programs. It is served on the same endpoint as the programs, and
/// the connection to each of them comes there too. jSignalsInfo has no answer: lldb takes FreeBSD's signals from the triple then, and
/// otherwise adds what it is told to gdb's, whose names and numbers stay where they are.
/// </summary>
internal static class Platform
{
    /// <summary>
    /// Servers that wait for a client with a program, in JSON: none. lldb would connect to each of them by itself, behind the back of the
    /// command that follows; "process connect" is the command for the program that is held here.
    /// </summary>
    [Packet("qQueryGDBServer")]
    public static void WaitingServers(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Text("[]"u8);

    /// <summary>Where the client is to connect for a program of its own: here.</summary>
    [Packet("qLaunchGDBServer", "key:value;…")]
    public static void LaunchServer(Session session, ReadOnlySpan<byte> arguments)
    {
        var hasPort = TryPort(session, out var port);
        var path = SocketName(session);
        if (!hasPort && path is null)
        {
            session.Reply.Error(Errno.EOPNOTSUPP, "standard input and output have room for one client");
            return;
        }
        session.PromiseEmptyDebuggee();
        session.Reply.Text("pid:"u8).Number(session.System.Pid).Text(";port:"u8).Number(port).Text(';');
        if (path is not null) session.Reply.Text("socket_name:"u8).Hex(Encoding.UTF8.GetBytes(path)).Text(';');
    }

    /// <summary>The server that <see cref="LaunchServer"/> named ends with its connection: there is nothing left to kill.</summary>
    [Packet("qKillSpawnedProcess", "pid")]
    public static void KillServer(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryDecimal(out var pid) || !reader.IsEmpty) Targets.Malformed(session);
        else if (pid == session.System.Pid) session.Reply.Ok();
        else session.Reply.Error(Errno.ESRCH, $"process {pid} is not one that this platform has started");
    }

    /// <summary>
    /// No packet runs a command of the host, and the guest need not have a shell: the status is sh(1)'s for what cannot be executed, the
    /// signal 0, and what would be the command's output says why.
    /// </summary>
    [Packet("qPlatform_shell", "hex-command,timeout,hex-directory")]
    public static void Shell(Session session, ReadOnlySpan<byte> arguments) =>
        session.Reply.Text("F,7e,0,"u8).Text("this server runs no commands; use \"process launch\"\n"u8);

    /// <summary>Makes a directory of the guest; the answer is its errno, 0 when it is made.</summary>
    [Packet("qPlatform_mkdir", "mode,hex-path")]
    public static void MakeDirectory(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryCount(out var mode) || !reader.Skip(',') || !PacketReader.TryText(reader.Rest, out var path))
            Targets.Malformed(session);
        else session.Reply.Text('F').HexNumber((ulong)session.System.Mkdir(path, mode));
    }

    /// <summary>Changes the mode of a guest's file; the answer is its errno, 0 when it is changed.</summary>
    [Packet("qPlatform_chmod", "mode,hex-path")]
    public static void ChangeMode(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryCount(out var mode) || !reader.Skip(',') || !PacketReader.TryText(reader.Rest, out var path))
            Targets.Malformed(session);
        else session.Reply.Text('F').HexNumber((ulong)session.System.Chmod(path, mode));
    }

    private static bool TryPort(Session session, out int port)
    {
        port = 0;
        var endpoint = session.Endpoint;
        return !endpoint.StartsWith("unix:", StringComparison.Ordinal)
            && int.TryParse(endpoint.AsSpan(endpoint.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port);
    }

    private static string? SocketName(Session session) =>
        session.Endpoint.StartsWith("unix:", StringComparison.Ordinal) ? session.Endpoint["unix:".Length..] : null;
}
