using System.Diagnostics;
using System.Globalization;

namespace Benchmarks.Machine;

/// <summary>
/// The host's processor time of one cheap system call of a guest: the difference of a run with many calls and a run with few, so that
/// starting up does not count.
/// </summary>
internal sealed class SystemCallCost(string gdbstub, string guest, TextWriter output)
{
    private const int Few = 1_000_000, Many = 5_000_000, Rounds = 5;

    /// <summary>Most microseconds of a call.</summary>
    private const double Bar = 1.0;

    /// <summary>Prints the median for each call; false when one is above the bar.</summary>
    public bool Run() => Measure("getpid") & Measure("clock_gettime");

    private bool Measure(string call)
    {
        var costs = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
            costs[round] = (Time(call, Many) - Time(call, Few)).TotalMicroseconds / (Many - Few);
        Array.Sort(costs);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{call,-14} median of {Rounds} {costs[Rounds / 2]:f2} us ({costs[0]:f2} to {costs[^1]:f2}), bar {Bar:f1}"));
        return costs[Rounds / 2] <= Bar;
    }

    /// <summary>Processor time of a whole run.</summary>
    private TimeSpan Time(string call, int count)
    {
        using var process = Process.Start(new ProcessStartInfo(gdbstub, ["run", "--", guest, call, count.ToString(CultureInfo.InvariantCulture)]))!;
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{guest} ended with status {process.ExitCode}");
        return process.TotalProcessorTime;
    }
}
