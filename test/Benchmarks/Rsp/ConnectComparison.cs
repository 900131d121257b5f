using System.Diagnostics;
using System.Globalization;

namespace Benchmarks.Rsp;

/// <summary>
/// How long gdb takes to connect to a large program that it fetches from the server, beyond what it takes when it has the file itself: by
/// gdbstub and by gdbserver, in turn. Each connection is the first of a server that has just been started.
/// </summary>
internal static class ConnectComparison
{
    private const int Rounds = 11;

    /// <param name="guest">A FreeBSD program.</param>
    /// <param name="native">As large a one for this machine.</param>
    public static void Run(string guest, string native, string gdbserver, string gdb, TextWriter output)
    {
        // Debian 12's gdb takes a FreeBSD program for one that it cannot debug (docs/gdb.md).
        string[] abi = Say(gdb, "set osabi FreeBSD").Contains("Undefined item", StringComparison.Ordinal) ? ["-iex", "set osabi none"] : [];
        var (ours, stock) = (new Times(), new Times());
        for (var round = 0; round < Rounds; round++)
        {
            // Nobody is always the first.
            foreach (var isOurs in round % 2 == 0 ? [true, false] : (bool[])[false, true])
            {
                var times = isOurs ? ours : stock;
                foreach (var fetches in new[] { true, false })
                {
                    using var server = isOurs ? RspServer.Ours(guest) : RspServer.Stock(gdbserver, native);
                    var seconds = Connect(gdb, isOurs ? abi : [], server.Port, fetches ? null : isOurs ? guest : native);
                    (fetches ? times.Fetched : times.Local).Add(seconds);
                }
            }
        }
        output.WriteLine(
            $"connecting to a program of {new FileInfo(guest).Length / 1e6:f1} MB, by {Path.GetFileName(gdb)} (medians of {Rounds} rounds, and the quartiles of the last)");
        output.WriteLine($"{"",-12}{"fetched",12}{"local file",12}{"beyond",12}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"gdbstub",-12}{ours}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"gdbserver",-12}{stock}"));
    }

    /// <returns>Seconds.</returns>
    private static double Connect(string gdb, string[] abi, int port, string? file)
    {
        string[] local = file is null ? [] : ["-ex", $"file {file}", "-ex", "set sysroot /"];
        var start = new ProcessStartInfo(
            gdb, ["-nx", "-batch", "-iex", "set debuginfod enabled off", .. abi, .. local, "-ex", $"target remote 127.0.0.1:{port}",
                "-ex", "info symbol $pc", "-ex", "disconnect"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var time = clock.Elapsed.TotalSeconds;
        // Without symbols there was nothing to wait for.
        if (!said.Contains("_start in section .text", StringComparison.Ordinal))
            throw new InvalidDataException($"gdb does not know where the program is:\n{said}{errors.Result}");
        return time;
    }

    private static string Say(string gdb, string command)
    {
        using var process = Process.Start(new ProcessStartInfo(gdb, ["-nx", "-batch", "-ex", command]) { RedirectStandardError = true })!;
        return process.StandardError.ReadToEnd();
    }

    /// <summary>Of one server, in seconds, by round.</summary>
    private sealed class Times
    {
        public List<double> Fetched { get; } = [];

        public List<double> Local { get; } = [];

        public override string ToString()
        {
            var beyond = Fetched.Zip(Local, (fetched, local) => fetched - local).Order().ToArray();
            return $"{Median(Fetched),10:f2} s{Median(Local),10:f2} s{beyond[Rounds / 2],10:f2} s ({beyond[Rounds / 4]:f2}..{beyond[Rounds * 3 / 4]:f2})";
        }

        private static double Median(List<double> times) => times.Order().ElementAt(Rounds / 2);
    }
}
