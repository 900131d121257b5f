using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace GdbStub.Sessions;

/// <summary>
/// What the server has done since it started: for <c>monitor stats</c>, <c>gdbstub stats</c>, and as a <see cref="Meter"/> called gdbstub
/// for whoever listens to System.Diagnostics.Metrics in this process (dotnet-counters, an exporter).
/// </summary>
public sealed class ServerStatistics : IDisposable
{
    private readonly Meter _meter = new("gdbstub");
    private readonly List<(string Name, string Description, Func<long> Read)> _rows = [];
    private long _sessions;
    private long _open;
    private long _refused;
    private long _packets;
    private long _stops;
    private long _errors;
    private long _faults;

    /// <param name="work">What the machines have done.</param>
    public ServerStatistics(Func<MachineWork> work)
    {
        Count("sessions", "clients that have said something", () => Volatile.Read(ref _sessions));
        Show("sessions.open", "clients that are connected", () => Volatile.Read(ref _open));
        Count("sessions.refused", "clients turned away because of --max-sessions", () => Volatile.Read(ref _refused));
        Count("packets", "packets received", () => Volatile.Read(ref _packets));
        Count("stops", "stop replies sent", () => Volatile.Read(ref _stops));
        Count("errors", "error replies sent", () => Volatile.Read(ref _errors));
        Count("faults", "sessions ended by a bug of this server", () => Volatile.Read(ref _faults));
        Count("ptrace.requests", "requests to the kernel's ptrace", () => work().PtraceRequests);
        Count("instructions", "instructions that guests have retired", () => work().Instructions);
        Count("translations", "pieces of guest code translated for this machine", () => work().Translations);
        Show("processes", "guest processes, zombies included", () => work().Processes);
        Show("guest.memory", "bytes of guest memory in use", () => work().MemoryBytes);
    }

    /// <summary>A client has connected; dispose when it has left.</summary>
    public void Opened() => Interlocked.Increment(ref _open);

    public void Closed() => Interlocked.Decrement(ref _open);

    /// <summary>A client has begun a session.</summary>
    public void Began() => Interlocked.Increment(ref _sessions);

    public void Refused() => Interlocked.Increment(ref _refused);

    /// <summary>A bug has ended a session.</summary>
    public void Failed() => Interlocked.Increment(ref _faults);

    /// <summary>Counts what one session says, and passes it on.</summary>
    public IPacketLog Counting(IPacketLog log) => new Counter(this, log);

    /// <summary>One line for each number: its name, the number, what it counts.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, description, read) in _rows)
            text.Append(CultureInfo.InvariantCulture, $"{name,-18}{read(),16}  {description}\n");
        return text.ToString();
    }

    public void Dispose() => _meter.Dispose();

    private void Count(string name, string description, Func<long> read)
    {
        _rows.Add((name, description, read));
        _meter.CreateObservableCounter("gdbstub." + name, read, unit: null, description);
    }

    private void Show(string name, string description, Func<long> read)
    {
        _rows.Add((name, description, read));
        _meter.CreateObservableGauge("gdbstub." + name, read, unit: null, description);
    }

    private sealed class Counter(ServerStatistics statistics, IPacketLog log) : IPacketLog
    {
        public void Received(ReadOnlySpan<byte> packet)
        {
            Interlocked.Increment(ref statistics._packets);
            log.Received(packet);
        }

        public void Sent(ReadOnlySpan<byte> packet, SentKind kind)
        {
            if (kind == SentKind.Stop) Interlocked.Increment(ref statistics._stops);
            else if (kind == SentKind.Error) Interlocked.Increment(ref statistics._errors);
            log.Sent(packet, kind);
        }
    }
}

/// <summary>What the machines behind a server have done, those that have ended included.</summary>
/// <param name="Instructions">Retired by guests.</param>
/// <param name="Translations">Pieces of guest code translated.</param>
/// <param name="PtraceRequests">Made of kern_ptrace, by debuggers of either side.</param>
/// <param name="Processes">In the process tables now.</param>
/// <param name="MemoryBytes">Guest memory in use now.</param>
public readonly record struct MachineWork(long Instructions, long Translations, long PtraceRequests, long Processes, long MemoryBytes)
{
    public static MachineWork operator +(MachineWork left, MachineWork right) => new(
        left.Instructions + right.Instructions, left.Translations + right.Translations, left.PtraceRequests + right.PtraceRequests,
        left.Processes + right.Processes, left.MemoryBytes + right.MemoryBytes);
}
