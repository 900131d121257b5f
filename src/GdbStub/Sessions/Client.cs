using System.Text;
using GdbStub.Tracing;

namespace GdbStub.Sessions;

/// <summary>What the client at the other end has said it understands. A new connection knows nothing.</summary>
public sealed class Client
{
    /// <summary>multiprocess+: thread ids are pPID.TID. Must not be used towards a client that did not send it.</summary>
    public bool Multiprocess { get; private set; }

    /// <summary>swbreak+ and hwbreak+: stop replies may say so.</summary>
    public bool SwBreak { get; private set; }
    public bool HwBreak { get; private set; }

    /// <summary>fork-events+, vfork-events+ and exec-events+.</summary>
    public bool ForkEvents { get; private set; }
    public bool VforkEvents { get; private set; }
    public bool ExecEvents { get; private set; }

    /// <summary>no-resumed+: the stop reply N may be sent.</summary>
    public bool NoResumed { get; private set; }

    /// <summary>vContSupported+.</summary>
    public bool VContSupported { get; private set; }

    /// <summary>error-message+: E.text is understood everywhere; gdb 16 and later.</summary>
    public bool ErrorMessage { get; private set; }

    /// <summary>qRelocInsn+: every gdb since 7.1 sends it, and nobody else.</summary>
    public bool IsGdb { get; private set; }

    /// <summary>QEnableErrorStrings was sent: errors are Exx;hextext; lldb.</summary>
    public bool ErrorStrings { get; set; }

    /// <summary>
    /// QThreadSuffixSupported was sent: ";thread:ID;" may follow register packets; and signals are FreeBSD's own numbers; lldb.
    /// </summary>
    public bool ThreadSuffix { get; set; }

    /// <summary>QListThreadsInStopReply was sent; lldb.</summary>
    public bool ListThreadsInStopReply { get; set; }

    /// <summary>"x0,0" was sent: x is answered with bare bytes instead of "b" and bytes; lldb before 22.</summary>
    public bool BareBinaryRead { get; set; }

    /// <summary>Extended mode, the ! packet: the server outlives the debuggee.</summary>
    public bool Extended { get; set; }

    /// <summary>
    /// What the client wants to hear of beyond signals and ends. lldb has no feature for exec: it knows it without having said so.
    /// </summary>
    public ReportedEvents Events =>
        (ForkEvents ? ReportedEvents.Fork : 0) | (VforkEvents ? ReportedEvents.Vfork : 0)
        | (ExecEvents || ThreadSuffix ? ReportedEvents.Exec : 0) | (NoResumed ? ReportedEvents.NoResumed : 0);

    /// <summary>lldb gives itself away by the packets that only it sends at connect.</summary>
    public bool IsLldb => ThreadSuffix || ListThreadsInStopReply || ErrorStrings;

    /// <summary>Takes qSupported's arguments: "multiprocess+;swbreak+;xmlRegisters=i386". A feature not named is not understood.</summary>
    public void Agree(ReadOnlySpan<byte> features)
    {
        Multiprocess = SwBreak = HwBreak = ForkEvents = VforkEvents = ExecEvents = NoResumed = VContSupported = ErrorMessage = IsGdb = false;
        foreach (var range in features.Split((byte)';'))
        {
            switch (Encoding.ASCII.GetString(features[range]))
            {
                case "multiprocess+": Multiprocess = true; break;
                case "swbreak+": SwBreak = true; break;
                case "hwbreak+": HwBreak = true; break;
                case "fork-events+": ForkEvents = true; break;
                case "vfork-events+": VforkEvents = true; break;
                case "exec-events+": ExecEvents = true; break;
                case "no-resumed+": NoResumed = true; break;
                case "vContSupported+": VContSupported = true; break;
                case "qRelocInsn+": IsGdb = true; break;
                case "error-message+": ErrorMessage = true; break;
            }
        }
    }
}
