using System.Text;
using GdbStub.Packets;
using GdbStub.Sessions;
using GdbStub.Tests.Tracing;
using GdbStub.Tracing;
using NUnit.Framework;
using TraceKernel.Abi;

namespace GdbStub.Tests.Packets;

/// <summary>A client that sends packets to a session over <see cref="FakeKernel"/>, without frames.</summary>
internal sealed class PacketClient
{
    public const string Gdb13 =
        "qSupported:multiprocess+;swbreak+;hwbreak+;qRelocInsn+;fork-events+;vfork-events+;exec-events+;vContSupported+;QThreadEvents+;"
        + "no-resumed+;memory-tagging+;xmlRegisters=i386";

    public const string Gdb16 =
        "qSupported:multiprocess+;swbreak+;hwbreak+;qRelocInsn+;fork-events+;vfork-events+;exec-events+;vContSupported+;QThreadEvents+;"
        + "QThreadOptions+;no-resumed+;memory-tagging+;xmlRegisters=i386;error-message+";

    private readonly StringBuilder _console = new();

    public PacketClient(SessionOptions? options = null)
    {
        var tracer = new Tracer(Kernel, new FakeTarget());
        var debuggee = new Debuggee(Kernel, tracer, new GuestConsole());
        Session = new Session(
            new Engagement(debuggee), PacketTable.OfThisAssembly(_ => true), options ?? new SessionOptions(), text =>
            _console.Append(text));
    }

    public FakeKernel Kernel { get; } = new();

    public Session Session { get; }

    public FakeProcess Process => Kernel.Processes[^1];

    /// <summary>What monitor commands have printed.</summary>
    public string Console => _console.ToString();

    /// <summary>p64.18704 and the like of the first process's first thread.</summary>
    public string Thread => $"p{Process.Pid:x}.{Process.Main.Lwp:x}";

    /// <summary>Starts a program of these instructions with vRun.</summary>
    public string Launch(params byte[] code)
    {
        Kernel.ExecutedProgram = code;
        return Send("vRun;" + Hex("/bin/program"));
    }

    /// <summary>Sends a packet and returns its reply, after the stop that it may have to wait for.</summary>
    public string Send(string packet) => Send(Encoding.Latin1.GetBytes(packet));

    public string Send(ReadOnlySpan<byte> packet)
    {
        Session.Answer(packet);
        // What the session's loop does when the client interrupts its waiting for a program.
        if (Session.Awaited is not null) Session.Reply.Error(Errno.EINTR);
        else if (Session.Deferred)
        {
            Assert.That(Session.Tracer.Wait(null, out var stop), Is.EqualTo(Errno.None));
            StopReplies.Write(Session, stop);
        }
        return Encoding.Latin1.GetString(Session.Reply.Bytes);
    }

    /// <summary>Sends a packet and ^C some rounds later.</summary>
    public string SendAndInterrupt(string packet)
    {
        Session.Answer(Encoding.Latin1.GetBytes(packet));
        Assert.That(Session.Deferred, Is.True);
        var rounds = 0;
        StopEvent stop;
        while (Session.Tracer.Wait(_ => ++rounds == 5, out stop) == Errno.EINTR) Session.Tracer.Interrupt();
        StopReplies.Write(Session, stop);
        return Encoding.Latin1.GetString(Session.Reply.Bytes);
    }

    public static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));
}
