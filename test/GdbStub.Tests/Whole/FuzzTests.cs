using System.Diagnostics;
using System.Globalization;
using GdbStub.Packets;
using NUnit.Framework;

namespace GdbStub.Tests.Whole;

/// <summary>
/// Generated and mutated packets against the whole server: no exception reaches a session, no reply is missing, memory does not grow, and
/// the server still serves. <c>scripts/fuzz-packets.sh</c> makes the long run.
/// </summary>
[NonParallelizable]
public sealed class FuzzTests
{
    private const int SessionPackets = 150;

    // A session takes milliseconds. One that takes so long is reported, for a run that never ends would say nothing.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(20);

    private static readonly IReadOnlyList<string> Names = PacketTable.OfThisAssembly(_ => true).Names;

    [Test]
    public void ASampleIsAnswered([Values(1, 2, 3, 4)] int seed) => Fuzz(seed, 3000);

    [Test]
    [Explicit("a long run: scripts/fuzz-packets.sh")]
    public void LongRun() =>
        Fuzz(Setting("GDBSTUB_FUZZ_SEED", Random.Shared.Next()), Setting("GDBSTUB_FUZZ_PACKETS", 10_000_000), Setting("GDBSTUB_FUZZ_FROM", 0));

    /// <param name="from">The first session, to see one again without those before it.</param>
    private static void Fuzz(int seed, int packets, int from = 0)
    {
        var started = Stopwatch.StartNew();
        var (sent, sessions, baseline) = (0, from, 0L);
        using var server = new WholeServer();
        while (sent < packets)
        {
            // Each session has a seed of its own, by which it can be run again alone.
            var session = unchecked((seed * 1_000_003) + sessions);
            var number = sessions;
            var client = new FuzzClient(new Random(session), Names, SessionPackets);
            using var watch = new Timer(_ => Tell(seed, number, client), null, Silence, Silence);
            try
            {
                server.Serve(client.Connection);
            }
            catch (Exception exception)
            {
                Assert.Fail($"seed {seed}, session {sessions}:\n{string.Join('\n', client.History)}\n{exception}");
            }
            sent += client.Sent;
            sessions++;
            if (sessions == from + 20) baseline = GC.GetTotalMemory(forceFullCollection: true);
            if (sessions % 2000 == 0) Report(seed, sent, sessions, started.Elapsed);
        }
        var grown = GC.GetTotalMemory(forceFullCollection: true) - baseline;
        Report(seed, sent, sessions, started.Elapsed);
        if (baseline > 0) Assert.That(grown, Is.LessThan(32 << 20), "bytes more than after the first sessions");
    }

    private static void Tell(int seed, int session, FuzzClient client) => TestContext.Progress.WriteLine(
        $"seed {seed}, session {session} (GDBSTUB_FUZZ_FROM) hangs:\n{string.Join('\n', client.History)}");

    private static void Report(int seed, int sent, int sessions, TimeSpan time) =>
        TestContext.Progress.WriteLine(
            $"seed {seed}: {sent} packets in {sessions} sessions, {time.TotalSeconds:f0} s, {Environment.CpuUsage.TotalTime.TotalSeconds:f0} s of processors, "
            + $"{GC.GetTotalMemory(false) >> 20} MB");

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
