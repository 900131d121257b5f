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

    // After so many sessions the long run goes on with another command line.
    private const int RoundSessions = 400;

    // A session takes milliseconds. One that takes so long is reported, for a run that never ends would say nothing.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(20);

    private static readonly IReadOnlyList<string> Names = PacketTable.OfThisAssembly(_ => true).Names;

    [Test]
    public void ASampleIsAnswered([Values(1, 2)] int seed, [ValueSource(typeof(FuzzSetup), nameof(FuzzSetup.All))] object setup) =>
        Fuzz((FuzzSetup)setup, seed, 1200);

    /// <summary>Each setup in turn: a server for some sessions, then the next.</summary>
    [Test]
    [Explicit("a long run: scripts/fuzz-packets.sh")]
    public void LongRun()
    {
        var (seed, packets) = (Setting("GDBSTUB_FUZZ_SEED", Random.Shared.Next()), Setting("GDBSTUB_FUZZ_PACKETS", 10_000_000));
        var from = Setting("GDBSTUB_FUZZ_FROM", 0);
        for (var round = from / RoundSessions; packets > 0; round++)
        {
            packets -= Fuzz(FuzzSetup.All[round % FuzzSetup.All.Count], seed, Math.Min(packets, RoundSessions * SessionPackets), Math.Max(from, round * RoundSessions));
        }
    }

    /// <param name="from">The first session, to see one again without those before it.</param>
    /// <returns>How many packets were sent.</returns>
    private static int Fuzz(FuzzSetup setup, int seed, int packets, int from = 0)
    {
        var started = Stopwatch.StartNew();
        var (sent, sessions, baseline) = (0, from, 0L);
        setup.With(server =>
        {
            while (sent < packets)
            {
                // Each session has a seed of its own, by which it can be run again alone.
                var session = unchecked((seed * 1_000_003) + sessions);
                var number = sessions;
                var client = new FuzzClient(new Random(session), Names, SessionPackets);
                using var watch = new Timer(_ => Tell(setup, seed, number, client), null, Silence, Silence);
                try
                {
                    server.Serve(client.Connection);
                }
                catch (Exception exception)
                {
                    Assert.Fail($"{setup}, seed {seed}, session {sessions}:\n{string.Join('\n', client.History)}\n{exception}");
                }
                sent += client.Sent;
                sessions++;
                if (sessions == from + 20) baseline = GC.GetTotalMemory(forceFullCollection: true);
            }
            var grown = GC.GetTotalMemory(forceFullCollection: true) - baseline;
            Report(setup, seed, sent, sessions - from, started.Elapsed);
            // A machine that all sessions share keeps what they leave in its files.
            if (baseline > 0) Assert.That(grown, Is.LessThan(setup.HasBoot ? 128 << 20 : 32 << 20), "bytes more than after the first sessions");
        });
        return sent;
    }

    private static void Tell(FuzzSetup setup, int seed, int session, FuzzClient client) => TestContext.Progress.WriteLine(
        $"{setup}, seed {seed}, session {session} (GDBSTUB_FUZZ_FROM) hangs:\n{string.Join('\n', client.History)}");

    private static void Report(FuzzSetup setup, int seed, int sent, int sessions, TimeSpan time) =>
        TestContext.Progress.WriteLine(
            $"{setup}, seed {seed}: {sent} packets in {sessions} sessions, {time.TotalSeconds:f0} s, {Environment.CpuUsage.TotalTime.TotalSeconds:f0} s of processors, "
            + $"{GC.GetTotalMemory(false) >> 20} MB");

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
