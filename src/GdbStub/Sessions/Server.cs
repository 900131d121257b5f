using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using GdbStub.Packets;
using GdbStub.Transports;
using Microsoft.Extensions.Hosting;
using Serilog;

namespace GdbStub.Sessions;

/// <summary>The hosted service: accepts clients at every endpoint and gives each a thread and a session.</summary>
public sealed class Server : BackgroundService
{
    // How long all sessions together have to end when the server does.
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(3);

    // A turn of a guest with long system calls takes seconds on a loaded host. A probe waits a little longer for its answer.
    private static readonly TimeSpan TimeToAnswer = TimeSpan.FromSeconds(10);

    // Connections beyond the sessions: probes, scanners, and clients that are about to say something.
    private const int Silent = 64;

    private readonly IReadOnlyList<Listener> _listeners;
    private readonly DebuggeeSource _source;
    private readonly PacketTable _packets;
    private readonly SessionOptions _options;
    private readonly ServerStatistics _statistics;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger _log;
    private readonly Dictionary<int, Open> _open = [];
    private int _lastId;

    public Server(
        IReadOnlyList<Listener> listeners, DebuggeeSource source, PacketTable packets, SessionOptions options, ServerStatistics statistics,
        IHostApplicationLifetime lifetime, ILogger log)
    {
        _listeners = listeners;
        _source = source;
        _packets = packets;
        _options = options;
        _statistics = statistics;
        _lifetime = lifetime;
        _log = log;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        Open[] open;
        lock (_open) open = [.. _open.Values];
        if (open.Length > 0) _log.Information("closing {Count} sessions", open.Length);
        foreach (var session in open) session.Connection.Abort();
        var started = Stopwatch.GetTimestamp();
        foreach (var session in open)
        {
            var left = TimeToEnd - Stopwatch.GetElapsedTime(started);
            if (!session.Thread.Join(left > TimeSpan.Zero ? left : TimeSpan.Zero)) _log.Error("session {Session} does not end", session.Connection.Peer);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.WhenAll(_listeners.Select(listener => AcceptAll(listener, stoppingToken))).ConfigureAwait(false);
        foreach (var listener in _listeners) listener.Dispose();
    }

    private async Task AcceptAll(Listener listener, CancellationToken stop)
    {
        while (await listener.AcceptAsync(stop).ConfigureAwait(false) is { } connection) Admit(connection, listener.Address);
    }

    private void Admit(Connection connection, string endpoint)
    {
        lock (_open)
        {
            var id = ++_lastId;
            var log = _log.ForContext("Session", id);
            if (_open.Count >= _options.MaxSessions + Silent) GiveUpOldestSilent();
            var thread = new Thread(() => Serve(id, connection, endpoint, log)) { Name = $"session {id}" };
            _open.Add(id, new Open(connection, thread));
            _statistics.Opened();
            try
            {
                thread.Start();
            }
            catch (OutOfMemoryException)
            {
                // The system gives no thread, which takes descriptors as well.
                _open.Remove(id);
                _statistics.Closed();
                _statistics.Refused();
                log.Warning("refused {Peer}: the system gives no thread for it", connection.Peer);
                connection.Dispose();
            }
        }
    }

    /// <summary>Makes room: who has said nothing for longest has the least to lose.</summary>
    private void GiveUpOldestSilent()
    {
        if (_open.Where(entry => !entry.Value.IsSession).OrderBy(entry => entry.Key).FirstOrDefault().Value is not { } silent) return;
        _log.Warning("gave up {Peer}, which says nothing: too many such connections", silent.Connection.Peer);
        silent.Connection.Abort();
    }

    /// <summary>A connection has said its first word, and wants to be a session.</summary>
    private bool TryBegin(int id, string peer, ILogger log)
    {
        lock (_open)
        {
            if (_open.Values.Count(open => open.IsSession) < _options.MaxSessions) return _open[id].IsSession = true;
        }
        log.Warning("refused {Peer}: {Limit} sessions are open, the limit", peer, _options.MaxSessions);
        _statistics.Refused();
        return false;
    }

    private void Serve(int id, Connection connection, string endpoint, ILogger log)
    {
        var link = new Link(connection);
        var isSession = false;
        using (connection)
        {
            if (!_source.IsAnswering(TimeToAnswer))
            {
                log.Error("refused {Peer:l}: the machine does not answer", connection.Peer);
                Refuse(link, "the machine does not answer");
            }
            else if (link.Open(_options.TimeToOpen))
            {
                isSession = TryBegin(id, connection.Peer, log);
                if (isSession) Converse(id, link, connection, endpoint, log);
                else Refuse(link, $"{_options.MaxSessions} sessions are open, the limit (--max-sessions)");
            }
            else if (link.IsForeign)
            {
                log.Warning("{Peer} does not speak the remote serial protocol", connection.Peer);
            }
            else if (!link.IsClosed)
            {
                log.Warning("gave up {Peer}, which has said nothing for {Seconds} seconds", connection.Peer, _options.TimeToOpen.TotalSeconds);
                Refuse(link, string.Create(CultureInfo.InvariantCulture, $"nothing was said for {_options.TimeToOpen.TotalSeconds} seconds"));
            }
        }
        lock (_open) _open.Remove(id);
        _statistics.Closed();
        if (isSession && _options.Once) _lifetime.StopApplication();
    }

    private static void Refuse(Link link, string why) => link.Send(Encoding.ASCII.GetBytes("E." + why));

    private void Converse(int id, Link link, Connection connection, string endpoint, ILogger log)
    {
        log.Information("{Peer:l} connected", connection.Peer);
        _statistics.Began();
        var packets = new RecentPackets(log);
        var engagement = new Engagement(_source) { Endpoint = endpoint, Statistics = _statistics, MayHaveLeft = () => connection.MayHaveLeft };
        var trace = new PacketTrace(_statistics.Counting(packets), _options.Trace, id, () => engagement.Instructions);
        engagement.CallLog = trace;
        log = log.ForContext(new SessionProperties(engagement, packets));
        var isSound = Attempt(log, packets, () => new EventLoop(link, engagement, _packets, _options, trace, log).Run());
        if (!isSound)
        {
            _statistics.Failed();
            // What it waits for will not come.
            link.Send("E.a fault of this server has ended the session"u8);
        }
        Attempt(log, packets, () => engagement.End(isSound));
        if (connection.Complaint is { } complaint) log.Warning("gave up {Peer:l}: {Complaint:l}", connection.Peer, complaint);
        log.Information("{Peer:l} left", connection.Peer);
    }

    /// <summary>Does a session's work; an exception is a bug of ours, which ends the session, loudly, and never the server.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "The boundary that keeps one session's bug from the others.")]
    private static bool Attempt(ILogger log, RecentPackets packets, Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (Exception bug)
        {
            log.Error(bug, "a bug of this program ends the session; its last packets:\n{Packets:l}", packets);
            return false;
        }
    }

    /// <summary>One client's connection and the thread that serves it.</summary>
    private sealed record Open(Connection Connection, Thread Thread)
    {
        public bool IsSession { get; set; }
    }
}
