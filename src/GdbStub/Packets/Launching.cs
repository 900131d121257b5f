using GdbStub.Sessions;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>How the next vRun starts its program.</summary>
internal static class Launching
{
    /// <summary>An empty directory is the server's own again.</summary>
    [Packet("QSetWorkingDir", "hex-path", Advertises = "QSetWorkingDir+")]
    public static void SetWorkingDirectory(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryText(session, arguments, out var directory)) return;
        session.Settings.WorkingDirectory = directory.Length == 0 ? null : directory;
        session.Reply.Ok();
    }

    [Packet("QEnvironmentHexEncoded", "hex-NAME=value", Advertises = "QEnvironmentHexEncoded+")]
    public static void SetVariable(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryText(session, arguments, out var assignment)) return;
        if (session.Settings.SetVariable(assignment)) session.Reply.Ok();
        else Targets.Malformed(session);
    }

    [Packet("QEnvironmentUnset", "hex-NAME", Advertises = "QEnvironmentUnset+")]
    public static void UnsetVariable(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryText(session, arguments, out var name)) return;
        session.Settings.UnsetVariable(name);
        session.Reply.Ok();
    }

    [Packet("QEnvironmentReset", Advertises = "QEnvironmentReset+")]
    public static void ResetEnvironment(Session session, ReadOnlySpan<byte> arguments)
    {
        session.Settings.ResetEnvironment();
        session.Reply.Ok();
    }

    /// <summary>
    /// The program that a client without one would start, and its arguments as a shell would take them (GDB manual, qExecAndArgs).
    /// </summary>
    [Packet("qExecAndArgs")]
    public static void ProgramAndArguments(Session session, ReadOnlySpan<byte> arguments)
    {
        if (session.Settings.Program is not { } program)
        {
            session.Reply.Text('U');
            return;
        }
        var words = string.Join(' ', session.Settings.Arguments.Skip(1).Select(Quote));
        session.Reply.Text("S;"u8).HexText(program).Text(';').HexText(words).Text(';');
    }

    /// <summary>As it is when no shell would change it, else between single quotes.</summary>
    private static string Quote(string word)
    {
        var isPlain = word.Length > 0
            && word.All(character => char.IsAsciiLetterOrDigit(character) || "%+,-./:=@_".Contains(character, StringComparison.Ordinal));
        return isPlain ? word : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }

    /// <summary>Nothing is randomised: FreeBSD 13 loads programs at fixed places unless an administrator says otherwise.</summary>
    [Packet("QDisableRandomization", "value", Advertises = "QDisableRandomization+")]
    public static void DisableRandomization(Session session, ReadOnlySpan<byte> arguments)
    {
        if (arguments.SequenceEqual("0"u8) || arguments.SequenceEqual("1"u8)) session.Reply.Ok();
        else Targets.Malformed(session);
    }

    /// <summary>Programs are started directly. Not advertised, because gdb would ask for a shell before every run.</summary>
    [Packet("QStartupWithShell", "value")]
    public static void StartupWithShell(Session session, ReadOnlySpan<byte> arguments)
    {
        if (arguments.SequenceEqual("0"u8)) session.Reply.Ok();
        else if (arguments.SequenceEqual("1"u8)) session.Reply.Error(Errno.EOPNOTSUPP, "programs are started without a shell");
        else Targets.Malformed(session);
    }

    private static bool TryText(Session session, ReadOnlySpan<byte> hex, out string text)
    {
        if (PacketReader.TryText(hex, out text)) return true;
        Targets.Malformed(session);
        return false;
    }
}
