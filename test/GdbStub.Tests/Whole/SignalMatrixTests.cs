using System.Text;
using GdbStub.Frames;
using NUnit.Framework;

namespace GdbStub.Tests.Whole;

/// <summary>
/// A signal that the client hands back reaches the program, on every kernel, by every packet, whatever the stop was and whatever the program
/// does about the signal.
/// </summary>
public sealed class SignalMatrixTests
{
    private const string Handled = "W1f", HandledTwice = "W20", NotHandled = "W03", Killed = "X1e";
    private const int SIGSTOP = 17, SIGUSR1 = 30, SIGUSR2 = 31;

    private static readonly string[] s_kernels = ["freebsd-5", "dragonfly", "freebsd-11", "freebsd-13", "freebsd-14"];

    private static readonly (string What, string End)[] s_dispositions =
        [("default", Killed), ("ignore", NotHandled), ("handle", Handled), ("block", Handled)];

    private static IEnumerable<TestCaseData> Given() =>
        from kernel in s_kernels
        from disposition in s_dispositions
        from stop in new[] { SIGUSR2, SIGSTOP }
        from packet in new[] { "C1e", "S1e", "vCont;C1e", "vCont;S1e", "c", "vCont;c" }
        select new TestCaseData(kernel, disposition.What, stop, packet)
            .Returns(packet.EndsWith('c') ? NotHandled : disposition.What == "block" && QueuesTwice(kernel) ? HandledTwice : disposition.End);

    /// <summary>ptracestop queues what a debugger gives, and issignal queues it once more when the thread blocks it.</summary>
    private static bool QueuesTwice(string kernel) => kernel is "freebsd-13" or "freebsd-14";

    [TestCaseSource(nameof(Given))]
    public string IsGivenAtTheStopOfAnotherSignal(string kernel, string disposition, int stop, string packet) =>
        new Client(kernel, disposition, stop) { Answer = packet }.Run();

    private static IEnumerable<TestCaseData> Passed() =>
        from kernel in s_kernels
        from disposition in s_dispositions
        from packet in new[] { "QPassSignals:1e", "C1e", "S1e" }
        select new TestCaseData(kernel, disposition.What, packet).Returns(disposition.End);

    [TestCaseSource(nameof(Passed))]
    public string IsHandedBackAtItsOwnStop(string kernel, string disposition, string packet) =>
        new Client(kernel, disposition, SIGUSR1) { Answer = packet, Passes = packet[0] == 'Q' }.Run();

    /// <summary>Goes on with the packet at the first signal's stop, hands SIGUSR1 back whenever it is shown, and returns how the program ends.</summary>
    private sealed class Client(string kernel, string disposition, int raised)
    {
        private readonly FrameDecoder _decoder = new(FrameDecoder.PacketSize, expandsRuns: true);
        private IEnumerator<string>? _packets;
        private string _last = "";

        public required string Answer { get; init; }

        /// <summary>The packet is QPassSignals, and nothing is shown.</summary>
        public bool Passes { get; init; }

        public string Run()
        {
            using var server = new WholeServer(kernel, "dispositions.O2", disposition, $"{raised}");
            server.Serve(new ScriptedConnection(Next, Received));
            return _last.Split(';')[0];
        }

        private byte[]? Next()
        {
            _packets ??= Say().GetEnumerator();
            return _packets.MoveNext() ? ScriptedConnection.Frame(Encoding.Latin1.GetBytes(_packets.Current)) : null;
        }

        private IEnumerable<string> Say()
        {
            yield return "qSupported:vContSupported+";
            yield return "QStartNoAckMode";
            yield return "?";
            if (Passes) yield return Answer;
            yield return "c";
            var isFirst = !Passes;
            for (var stops = 0; _last.StartsWith('T') && stops < 20; stops++)
            {
                var isOwn = _last.StartsWith("T1e", StringComparison.Ordinal);
                if (Passes && isOwn && disposition != "block") yield break;
                yield return isFirst ? Answer : isOwn ? "C1e" : "c";
                isFirst = false;
            }
        }

        private void Received(ReadOnlyMemory<byte> bytes)
        {
            for (var rest = bytes.Span; !rest.IsEmpty;)
                if (_decoder.Decode(ref rest) == FrameKind.Packet && _decoder.Payload is not [(byte)'O', not (byte)'K', ..])
                    _last = Encoding.Latin1.GetString(_decoder.Payload);
        }
    }
}
