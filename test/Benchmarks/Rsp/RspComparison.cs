using System.Diagnostics;

namespace Benchmarks.Rsp;

/// <summary>
/// gdbstub against gdbserver over loopback, in one run: rounds of the same packets to one and then to the other, so that whatever the
/// machine does meanwhile falls on both; of the rounds' ratios the median.
/// </summary>
internal static class RspComparison
{
    /// <summary>Odd, for the median.</summary>
    private const int FewestRounds = 21, MostRounds = 101;

    /// <summary>How long the slowest server's part of a round is to take, roughly, and all of a row's rounds.</summary>
    private static readonly TimeSpan Part = TimeSpan.FromMilliseconds(30), AllRounds = TimeSpan.FromSeconds(8);

    // The programs are linked here, their segments on pages that follow each other (scripts/build-guests.sh).
    private const string Text = "200000";

    /// <summary>As gdb sends them: gdbserver 13 steps a static program for ever when a packet names no thread.</summary>
    private const string Step = "vCont;s:THREAD", Continue = "vCont;c:THREAD";

    private static readonly Row[] Rows =
    [
        new("qC", ["qC"]),
        new("g", ["g"]),
        new("m, 64 bytes", [$"m{Text},40"]),
        new("m, 16384 bytes", [$"m{Text},4000"]) { ReplyBytes = 2 * 0x4000 },
        new("x, 16384 bytes", [$"x{Text},4000"]) { MayBeAbsent = true, ReplyBytes = 0x4000 },
        new("step", [Step]),
        // What gdb sends to continue from a breakpoint, which is hit again two instructions later.
        new("breakpoint hit and pass", ["z0,LOOP,1", Step, "Z0,LOOP,1", Continue]) { Begins = ["Z0,LOOP,1", Continue], Ends = ["z0,LOOP,1"] },
        new("500 false conditions", ["z0,END,1", Step, "Z0,END,1", Continue])
        {
            Begins = ["Z0,LOOP,1;X3,220027", "Z0,END,1", Continue], Ends = ["z0,LOOP,1", "z0,END,1"], Trial = 1,
        },
        new("next, 1000 instructions", [Step, Step, "vCont;rPC,END:THREAD"]) { Begins = ["Z0,END,1", Continue, "z0,END,1"], Trial = 1 },
    ];

    /// <summary>
    /// Twice: first all on one processor, for figures that repeat. A packet and its reply are one after the other anyway, and where the system places
    /// client, server and program on several, as it does the second time, waking the next may take longer than all else, in some rounds and not in
    /// others.
    /// </summary>
    /// <param name="guest">A FreeBSD program.</param>
    /// <param name="native">The same source built for this machine.</param>
    public static void Run(string guest, string native, string gdbserver, TextWriter output)
    {
        using var process = Process.GetCurrentProcess();
        if (OperatingSystem.IsLinux())
        {
            var all = process.ProcessorAffinity;
            process.ProcessorAffinity = 1;
            output.WriteLine("on one processor");
            Compare(guest, native, gdbserver, output);
            process.ProcessorAffinity = all;
        }
        output.WriteLine("placed by the system");
        Compare(guest, native, gdbserver, output);
    }

    private static void Compare(string guest, string native, string gdbserver, TextWriter output)
    {
        using var ours = RspServer.Ours(guest);
        using var stock = RspServer.Stock(gdbserver, native);
        using var floor = RspServer.Floor();
        var (ourGuest, stockGuest) = (Prepare(ours.Connection), Prepare(stock.Connection));
        output.WriteLine($"{"",-26}{ours.Name,12}{stock.Name,12}   times as fast (median of {FewestRounds} to {MostRounds} rounds, and their quartiles)");
        output.WriteLine($"{"",-26}{"",24}   and our time by that of a server which only sends as much");
        foreach (var row in Rows)
        {
            if (Obstacle(row, stock.Connection) is { } obstacle)
            {
                output.WriteLine($"{row.Name,-26}{stock.Name} {obstacle}");
                continue;
            }
            Contestant[] contestants =
            [
                new(ours.Connection, Frames(row.Packets, ourGuest)), new(stock.Connection, Frames(row.Packets, stockGuest)),
                new(floor.Connection, new byte[row.Packets.Length][]),
            ];
            Ask(row, ours.Connection, Frames(row.Begins, ourGuest), []);
            Ask(row, stock.Connection, Frames(row.Begins, stockGuest), []);
            Ask(row, stock.Connection, contestants[1].Frames, []);
            // What is to be sent is learnt from our own replies.
            Ask(row, ours.Connection, contestants[0].Frames, contestants[2].Frames);
            var rounds = Measure(contestants, row.Trial);
            Ask(row, ours.Connection, Frames(row.Ends, ourGuest), []);
            Ask(row, stock.Connection, Frames(row.Ends, stockGuest), []);
            var ratios = rounds.Select(times => times[1] / times[0]).Order().ToArray();
            var quarter = ratios.Length / 4;
            output.WriteLine(
                $"{row.Name,-26}{Median(rounds.Select(times => times[0])),9:f1} us{Median(rounds.Select(times => times[1])),9:f1} us"
                + $"   {Median(ratios):f2} ({ratios[quarter]:f2}..{ratios[^(quarter + 1)]:f2})"
                + $"   {Median(rounds.Select(times => times[0] / times[2])):f2} of {Median(rounds.Select(times => times[2])):f1} us");
        }
    }

    /// <summary>The reason for which a server cannot take part in a row; null: it can.</summary>
    private static string? Obstacle(Row row, RspConnection connection) =>
        row.ReplyBytes > connection.PacketSize ? $"sends packets of at most {connection.PacketSize} bytes"
        : row.MayBeAbsent && connection.Ask(row.Packets[0]).Length == 0 ? "does not have the packet" : null;

    /// <summary>
    /// Begins a session, and puts code in the program's place that never ends: "mov ecx, 500" at PC, "dec ecx; jne LOOP" at LOOP, and at END
    /// "nop; jmp PC".
    /// </summary>
    private static Guest Prepare(RspConnection connection)
    {
        var thread = connection.Begin();
        const int ProgramCounter = 16;
        // rip follows the 16 general registers; its bytes come lowest first.
        var registers = RspConnection.Expand(connection.Ask("g"));
        var address = BitConverter.ToUInt64(Convert.FromHexString(registers.AsSpan(ProgramCounter * 16, 16)));
        connection.Expect($"M{address:x},c:b9f4010000ffc975fc90ebf4", "OK");
        return new Guest(address, thread);
    }

    private static byte[][] Frames(string[] packets, Guest guest) =>
    [
        .. packets.Select(packet => RspConnection.Frame(packet.Replace("PC", $"{guest.Code:x}", StringComparison.Ordinal)
            .Replace("LOOP", $"{guest.Code + 5:x}", StringComparison.Ordinal).Replace("END", $"{guest.Code + 9:x}", StringComparison.Ordinal)
            .Replace("THREAD", guest.Thread, StringComparison.Ordinal))),
    ];

    /// <param name="floors">Gets the packets that have the floor's server send as much; empty: nobody wants to know.</param>
    private static void Ask(Row row, RspConnection connection, byte[][] frames, byte[][] floors)
    {
        for (var packet = 0; packet < frames.Length; packet++)
        {
            var reply = connection.Ask(frames[packet]);
            if (reply is [] or [(byte)'E', ..]) throw new InvalidDataException($"{row.Name}: a packet is refused");
            if (floors.Length > 0) floors[packet] = RspConnection.Frame($"{reply.Length}");
        }
    }

    /// <returns>Of each round the microseconds of each contestant, for each time that the row's packets were sent.</returns>
    private static double[][] Measure(Contestant[] contestants, int trial)
    {
        // Some to warm up: the servers compile what they run often.
        for (var warm = 0; warm < 20; warm++)
            foreach (var contestant in contestants) _ = Time(contestant, trial);
        var slowest = contestants.Max(contestant => Time(contestant, trial));
        var count = Math.Max(trial, (int)(Part.TotalMicroseconds / slowest));
        var wanted = (int)(AllRounds.TotalMicroseconds / (slowest * count * contestants.Length));
        var rounds = new double[Math.Clamp(wanted, FewestRounds, MostRounds) | 1][];
        for (var round = 0; round < rounds.Length; round++)
        {
            var times = rounds[round] = new double[contestants.Length];
            // Nobody is always the first.
            for (var turn = 0; turn < times.Length; turn++)
            {
                var next = (turn + round) % times.Length;
                times[next] = Time(contestants[next], count);
            }
        }
        return rounds;
    }

    private static double Time(Contestant contestant, int count)
    {
        var start = Stopwatch.GetTimestamp();
        for (var time = 0; time < count; time++)
            foreach (var frame in contestant.Frames) _ = contestant.Connection.Ask(frame);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / count;
    }

    private static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToArray();
        return ordered[ordered.Length / 2];
    }

    /// <summary>A program's code, at the address of PC, and its only thread.</summary>
    private readonly record struct Guest(ulong Code, string Thread);

    /// <summary>A server, and what it is asked in the row in hand.</summary>
    private readonly record struct Contestant(RspConnection Connection, byte[][] Frames);

    /// <summary>Packets that are measured together.</summary>
    /// <param name="Packets">In the order sent; PC, LOOP and END stand for addresses, and THREAD for the thread.</param>
    private sealed record Row(string Name, string[] Packets)
    {
        /// <summary>What is sent once before, and once after.</summary>
        public string[] Begins { get; init; } = [];
        public string[] Ends { get; init; } = [];

        /// <summary>gdbserver before 16 has no x packet.</summary>
        public bool MayBeAbsent { get; init; }

        /// <summary>Bytes of the longest reply before it is shortened: gdbserver before 16 writes beyond its buffer when a client asks for more.</summary>
        public int ReplyBytes { get; init; }

        /// <summary>How often at least they are sent in a round.</summary>
        public int Trial { get; init; } = 20;
    }
}
