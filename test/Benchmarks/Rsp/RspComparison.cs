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
        new("step", ["s"]),
        // What gdb sends to continue from a breakpoint, which is hit again: the loop's only other instruction is a jump.
        new("breakpoint hit and pass", ["z0,PC,1", "s", "Z0,PC,1", "c"]),
    ];

    /// <param name="guest">A FreeBSD program.</param>
    /// <param name="native">The same source built for this machine.</param>
    public static void Run(string guest, string native, string gdbserver, TextWriter output)
    {
        using var ours = RspServer.Ours(guest);
        using var stock = RspServer.Stock(gdbserver, native);
        var (ourLoop, stockLoop) = (WriteLoop(ours.Connection), WriteLoop(stock.Connection));
        output.WriteLine($"{"",-26}{ours.Name,12}{stock.Name,12}   times as fast (median of {Rounds} rounds, and their quartiles)");
        foreach (var row in Rows)
        {
            var (left, right) = (Frames(row, ourLoop), Frames(row, stockLoop));
            if (row.Packets.Length > 1)
            {
                Begin(ours.Connection, ourLoop);
                Begin(stock.Connection, stockLoop);
            }
            Check(row, ours.Connection, left);
            Check(row, stock.Connection, right);
            var count = Calibrate(ours.Connection, left, stock.Connection, right);
            var rounds = new (double Ours, double Stock)[Rounds];
            for (var round = 0; round < Rounds; round++) rounds[round] = Measure(ours.Connection, left, stock.Connection, right, count, round % 2 == 0);
            var ratios = rounds.Select(times => times.Stock / times.Ours).Order().ToArray();
            output.WriteLine(
                $"{row.Name,-26}{Median(rounds.Select(times => times.Ours)),9:f1} us{Median(rounds.Select(times => times.Stock)),9:f1} us"
                + $"   {ratios[Rounds / 2]:f2} ({ratios[Rounds / 4]:f2}..{ratios[Rounds * 3 / 4]:f2})");
        }
    }

    /// <summary>Puts "nop; jmp" where the program is, so that it can be stepped for ever.</summary>
    /// <returns>The loop's address, as the protocol writes it.</returns>
    private static string WriteLoop(RspConnection connection)
    {
        const int ProgramCounter = 16;
        // rip follows the 16 general registers; its bytes come lowest first.
        var registers = RspConnection.Expand(connection.Ask("g"));
        var bytes = Convert.FromHexString(registers.AsSpan(ProgramCounter * 16, 16));
        var address = BitConverter.ToUInt64(bytes).ToString("x");
        connection.Expect($"M{address},3:90ebfd", "OK");
        return address;
    }

    private static void Begin(RspConnection connection, string loop)
    {
        connection.Expect($"Z0,{loop},1", "OK");
        connection.Expect("c", "T05");
    }

    private static byte[][] Frames(Row row, string loop) =>
        [.. row.Packets.Select(packet => RspConnection.Frame(packet.Replace("PC", loop, StringComparison.Ordinal)))];

    private static void Check(Row row, RspConnection connection, byte[][] frames)
    {
        foreach (var frame in frames)
            if (connection.Ask(frame) is [] or [(byte)'E', ..]) throw new InvalidDataException($"{row.Name}: a packet is refused");
    }

    private static int Calibrate(RspConnection ours, byte[][] left, RspConnection stock, byte[][] right)
    {
        const int Trial = 50;
        // Once to warm up: the servers compile what they run often.
        for (var warm = 0; warm < 20; warm++) _ = Measure(ours, left, stock, right, Trial, true);
        var (first, second) = Measure(ours, left, stock, right, Trial, true);
        return Math.Max(10, (int)(Part.TotalMicroseconds / Math.Max(first, second)));
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
    /// <param name="Packets">In the order sent; PC stands for the loop's address.</param>
    private sealed record Row(string Name, string[] Packets);
}
