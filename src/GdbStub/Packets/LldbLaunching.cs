using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>How lldb starts programs: what differs from gdb's packets in <see cref="Launching"/>.</summary>
internal static class LldbLaunching
{
    /// <summary>The variable as it is; one that needs escapes comes as QEnvironmentHexEncoded.</summary>
    [Packet("QEnvironment", "NAME=value")]
    public static void SetVariable(Session session, ReadOnlySpan<byte> arguments)
    {
        if (GuestText.TryRead(arguments, out var assignment) && session.Settings.SetVariable(assignment)) session.Reply.Ok();
        else Targets.Malformed(session);
    }

    [Packet("QSetSTDIN", "hex-path")]
    public static void SetInput(Session session, ReadOnlySpan<byte> arguments) => SetStream(session, arguments, 0);

    [Packet("QSetSTDOUT", "hex-path")]
    public static void SetOutput(Session session, ReadOnlySpan<byte> arguments) => SetStream(session, arguments, 1);

    [Packet("QSetSTDERR", "hex-path")]
    public static void SetError(Session session, ReadOnlySpan<byte> arguments) => SetStream(session, arguments, 2);

    /// <summary>Nothing is randomised in any case.</summary>
    [Packet("QSetDisableASLR", "0|1")]
    public static void DisableRandomization(Session session, ReadOnlySpan<byte> arguments) =>
        Launching.DisableRandomization(session, arguments);

    /// <summary>What becomes of a started program when the connection breaks: 1, it is left running; 0, it is killed.</summary>
    [Packet("QSetDetachOnError", "0|1")]
    public static void DetachOnError(Session session, ReadOnlySpan<byte> arguments)
    {
        if (arguments.SequenceEqual("1"u8)) session.Settings.OnLostClient = LostClient.Detach;
        else if (arguments.SequenceEqual("0"u8)) session.Settings.OnLostClient = LostClient.Kill;
        else
        {
            Targets.Malformed(session);
            return;
        }
        session.Reply.Ok();
    }

    /// <summary>There is one architecture to start programs of.</summary>
    [Packet("QLaunchArch", "architecture")]
    public static void Architecture(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!GuestText.TryRead(arguments, out var name)) Targets.Malformed(session);
        else if (name == session.Target.TripleArchitecture || name == session.Target.Name) session.Reply.Ok();
        else session.Reply.Error(Errno.EOPNOTSUPP, $"programs of this machine are {session.Target.TripleArchitecture}, not {name}");
    }

    /// <summary>Starts a program: for each word, argv[0] first, the number of its hex digits, its position, and the digits.</summary>
    [Packet("A", "length,position,hex-argument,…")]
    public static void Start(Session session, ReadOnlySpan<byte> arguments)
    {
        var words = new List<string>();
        var reader = new PacketReader(arguments);
        while (!reader.IsEmpty)
        {
            if (!reader.TryDecimal(out var length) || !reader.Skip(',') || !reader.TryDecimal(out var position) || !reader.Skip(',')
                || position != words.Count || !PacketReader.TryText(reader.Until(','), out var word)
                || word.Length * 2 != length)
            {
                Targets.Malformed(session);
                return;
            }
            words.Add(word);
        }
        if (words.Count == 0) Targets.Malformed(session);
        else if (Processes.TryLaunch(session, words)) session.Reply.Ok();
    }

    /// <summary>Whether the last A or vRun has started its program.</summary>
    [Packet("qLaunchSuccess")]
    public static void Success(Session session, ReadOnlySpan<byte> arguments)
    {
        if (session.LaunchError == Errno.None) session.Reply.Ok();
        else session.Reply.Text('E').Text(session.LaunchError.ToString());
    }

    /// <summary>What the user has typed for the program.</summary>
    [Packet("I", "hex-bytes")]
    public static void Type(Session session, ReadOnlySpan<byte> arguments)
    {
        var text = new byte[arguments.Length / 2];
        if (!PacketReader.TryBytes(arguments, text))
        {
            Targets.Malformed(session);
            return;
        }
        session.Console.Terminal.Type(text);
        session.Reply.Ok();
    }

    private static void SetStream(Session session, ReadOnlySpan<byte> arguments, int descriptor)
    {
        if (!PacketReader.TryText(arguments, out var path))
        {
            Targets.Malformed(session);
            return;
        }
        session.Settings.Streams[descriptor] = path.Length == 0 ? null : path;
        session.Reply.Ok();
    }
}
