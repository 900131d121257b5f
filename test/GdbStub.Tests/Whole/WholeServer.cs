using System.Runtime.ExceptionServices;
using GdbStub.Packets;
using GdbStub.Sessions;
using NUnit.Framework;
using Serilog;
using TraceKernel.Abi;

namespace GdbStub.Tests.Whole;

/// <summary>
/// The server as it is shipped, but for its sockets: a simulated system with the demo in it, and sessions on the caller's thread.
/// </summary>
internal sealed class WholeServer : IDisposable
{
    private readonly Program.SimulatedSystem _system;
    private readonly DebuggeeSource _source;
    private readonly PacketTable _table;
    private readonly SessionOptions _options;
    private readonly ILogger _log = new LoggerConfiguration().CreateLogger();
    private int _sessions;

    /// <param name="offer">What a client finds.</param>
    /// <param name="trace">What --trace names; null: nothing.</param>
    /// <param name="root">What --root names; null: nothing.</param>
    public WholeServer(Offer offer = Offer.Demo, string architecture = "amd64", TraceFile? trace = null, string? root = null)
        : this(CreateSystem(architecture, root: root), offer, trace)
    {
    }

    /// <param name="system">One that ends with the server.</param>
    public WholeServer(Program.SimulatedSystem system, Offer offer, TraceFile? trace)
        : this(offer, system, system => new GuestProgram(system.DemoProgram, [system.DemoProgram]), trace)
    {
    }

    /// <summary>A server with a program of test/guests.</summary>
    /// <param name="arguments">Those of the program, after its name.</param>
    public WholeServer(string kernel, string guest, params string[] arguments)
        : this(Offer.Program, CreateSystem(kernel: kernel), system => Admit(system, guest, arguments), trace: null)
    {
    }

    private WholeServer(Offer offer, Program.SimulatedSystem system, Func<Program.SimulatedSystem, GuestProgram> choose, TraceFile? trace)
    {
        _options = new SessionOptions { Trace = trace };
        _system = system;
        var program = choose(system);
        _source = new DebuggeeSource(_system, offer, program, _options, _log);
        _table = PacketTable.OfThisAssembly(_system.HasRequest);
        Statistics = new ServerStatistics(() => _system.Work);
        RunAlone(() => Assert.That(_source.Start(), Is.Null));
    }

    private static GuestProgram Admit(Program.SimulatedSystem system, string guest, string[] arguments)
    {
        var path = Path.Combine(Repository, "test", "guests", "bin", guest);
        Assume.That(File.Exists(path), $"{guest} is not built: run scripts/build-guests.sh");
        Assert.That(system.Admit(path, out var guestPath, out var reason), Is.EqualTo(Errno.None), reason);
        return new GuestProgram(guestPath, [guestPath, .. arguments]);
    }

    /// <summary>The repository's root.</summary>
    private static string Repository
    {
        get
        {
            var directory = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
            while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "gdbstub.sln"))) directory = directory.Parent;
            return directory?.FullName ?? ".";
        }
    }

    /// <summary>A machine as small as a test needs it.</summary>
    public static Program.SimulatedSystem CreateSystem(
        string architecture = "amd64", string kernel = "freebsd-14", string? root = null, bool isRootWritable = false, bool isStrict = false) => new(new KernelOptions
    {
        Kernel = kernel, Architecture = architecture, Time = TimeMode.Fast, Seed = 1, MaxMemory = 1L << 30, MaxFiles = 1L << 26,
        MaxProcesses = 100, Root = root, IsRootWritable = isRootWritable, IsStrict = isStrict,
    });

    public ServerStatistics Statistics { get; }

    /// <summary>
    /// Serves one client until it leaves, on a thread of its own as the server does: guests' kernel code must not go on wherever the test
    /// framework has its context. An exception of the server is one of this method.
    /// </summary>
    public void Serve(ScriptedConnection connection) => RunAlone(() => Converse(connection));

    /// <summary>Runs <paramref name="action"/> as <see cref="Serve"/> runs a session.</summary>
    public static void RunAlone(Action action)
    {
        ExceptionDispatchInfo? bug = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                bug = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        bug?.Throw();
    }

    private void Converse(ScriptedConnection connection)
    {
        var link = new Link(connection);
        var id = ++_sessions;
        Assert.That(link.Open(TimeSpan.MaxValue), Is.True, "the script begins with a packet");
        var recent = new RecentPackets(_log);
        var engagement = new Engagement(_source) { Statistics = Statistics };
        var trace = new PacketTrace(Statistics.Counting(recent), _options.Trace, id, () => engagement.Instructions);
        engagement.CallLog = trace;
        try
        {
            new EventLoop(link, engagement, _table, _options, trace, _log).Run();
        }
        catch (Exception)
        {
            TestContext.Out.WriteLine(recent);
            throw;
        }
        finally
        {
            engagement.End(isSound: true);
            connection.Dispose();
        }
    }

    public void Dispose()
    {
        _source.Dispose();
        Statistics.Dispose();
        _system.Dispose();
    }
}
