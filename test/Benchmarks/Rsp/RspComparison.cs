using System.Diagnostics;

namespace Benchmarks.Rsp;

/// <summary>
/// gdbstub against gdbserver over loopback, in one run: rounds of the same packets to one and then to the other, so that whatever the machine
/// does meanwhile falls on both; of the rounds' ratios the median.
/// </summary>
internal static class RspComparison
{
    private const int Rounds = 21;

    /// <summary>How long one server's part of a round is to take, roughly.</summary>
    private static readonly TimeSpan Part = TimeSpan.FromMilliseconds(60);

    // The programs are linked here, their segments on pages that follow each other (scripts/build-guests.sh).
    private const string Text = "200000";

    private static readonly Row[] Rows =
    [
        new("qC", ["qC"]),
        new("g", ["g"]),
        new("m, 64 bytes", [$"m{Text},40"]),
        new("m, 16384 bytes", [$"m{Text},4000"]),
        new("x, 16384 bytes", [$"x{Text},4000"]),
        new("step", ["s"]),
        // What gdb sends to continue from a breakpoint, which is hit again two instructions later.
        new("breakpoint hit and pass", ["z0,LOOP,1", "s", "Z0,LOOP,1", "c"]) { Begins = ["Z0,LOOP,1", "c"], Ends = ["z0,LOOP,1"] },
        new("500 false conditions", ["z0,END,1", "s", "Z0,END,1", "c"])
        {
            Begins = ["Z0,LOOP,1;X3,220027", "Z0,END,1", "c"], Ends = ["z0,LOOP,1", "z0,END,1"], Trial = 1,
        },
        new("next, 1000 instructions", ["s", "s", "vCont;rPC,END"]) { Begins = ["Z0,END,1", "c", "z0,END,1"], Trial = 1 },
    ];

    /// <param name="guest">A FreeBSD program.</param>
    /// <param name="native">The same source built for this machine.</param>
    public static void Run(string guest, string native, string gdbserver, TextWriter output)
    {
        using var ours = RspServer.Ours(guest);
        using var stock = RspServer.Stock(gdbserver, native);
        var (ourCode, stockCode) = (WriteCode(ours.Connection), WriteCode(stock.Connection));
        output.WriteLine($"{"",-26}{ours.Name,12}{stock.Name,12}   times as fast (median of {Rounds} rounds, and their quartiles)");
        foreach (var row in Rows)
        {
            var (left, right) = (Frames(row.Packets, ourCode), Frames(row.Packets, stockCode));
            Check(row, ours.Connection, Frames(row.Begins, ourCode));
            Check(row, stock.Connection, Frames(row.Begins, stockCode));
            Check(row, ours.Connection, left);
            Check(row, stock.Connection, right);
            var count = Calibrate(row.Trial, ours.Connection, left, stock.Connection, right);
            var rounds = new (double Ours, double Stock)[Rounds];
            for (var round = 0; round < Rounds; round++) rounds[round] = Measure(ours.Connection, left, stock.Connection, right, count, round % 2 == 0);
            Check(row, ours.Connection, Frames(row.Ends, ourCode));
            Check(row, stock.Connection, Frames(row.Ends, stockCode));
            var ratios = rounds.Select(times => times.Stock / times.Ours).Order().ToArray();
            output.WriteLine(
                $"{row.Name,-26}{Median(rounds.Select(times => times.Ours)),9:f1} us{Median(rounds.Select(times => times.Stock)),9:f1} us"
                + $"   {ratios[Rounds / 2]:f2} ({ratios[Rounds / 4]:f2}..{ratios[Rounds * 3 / 4]:f2})");
        }
    }

    /// <summary>
    /// Puts a program where the program is that never ends: "mov ecx, 500" at PC, "dec ecx; jne LOOP" at LOOP, and at END "nop; jmp PC".
    /// </summary>
    /// <returns>The address of PC.</returns>
    private static ulong WriteCode(RspConnection connection)
    {
        const int ProgramCounter = 16;
        // rip follows the 16 general registers; its bytes come lowest first.
        var registers = RspConnection.Expand(connection.Ask("g"));
        var address = BitConverter.ToUInt64(Convert.FromHexString(registers.AsSpan(ProgramCounter * 16, 16)));
        connection.Expect($"M{address:x},c:b9f4010000ffc975fc90ebf4", "OK");
        return address;
    }

    private static byte[][] Frames(string[] packets, ulong code) =>
    [
        .. packets.Select(packet => RspConnection.Frame(packet.Replace("PC", $"{code:x}", StringComparison.Ordinal)
            .Replace("LOOP", $"{code + 5:x}", StringComparison.Ordinal).Replace("END", $"{code + 9:x}", StringComparison.Ordinal))),
    ];

    private static void Check(Row row, RspConnection connection, byte[][] frames)
    {
        foreach (var frame in frames)
            if (connection.Ask(frame) is [] or [(byte)'E', ..]) throw new InvalidDataException($"{row.Name}: a packet is refused");
    }

    private static int Calibrate(int trial, RspConnection ours, byte[][] left, RspConnection stock, byte[][] right)
    {
        // Once to warm up: the servers compile what they run often.
        for (var warm = 0; warm < 20; warm++) _ = Measure(ours, left, stock, right, trial, true);
        var (first, second) = Measure(ours, left, stock, right, trial, true);
        return Math.Max(trial, (int)(Part.TotalMicroseconds / Math.Max(first, second)));
    }

    /// <returns>Microseconds for each time that the row's packets were sent.</returns>
    private static (double Ours, double Stock) Measure(RspConnection ours, byte[][] left, RspConnection stock, byte[][] right, int count, bool oursFirst)
    {
        if (oursFirst) return (Time(ours, left, count), Time(stock, right, count));
        var second = Time(stock, right, count);
        return (Time(ours, left, count), second);
    }

    private static double Time(RspConnection connection, byte[][] frames, int count)
    {
        var start = Stopwatch.GetTimestamp();
        for (var time = 0; time < count; time++)
            foreach (var frame in frames) _ = connection.Ask(frame);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / count;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    /// <summary>Packets that are measured together.</summary>
    /// <param name="Packets">In the order sent; PC, LOOP and END stand for addresses.</param>
    private sealed record Row(string Name, string[] Packets)
    {
        /// <summary>What is sent once before, and once after.</summary>
        public string[] Begins { get; init; } = [];
        public string[] Ends { get; init; } = [];

        /// <summary>How often at least they are sent in a round.</summary>
        public int Trial { get; init; } = 50;
    }
}
