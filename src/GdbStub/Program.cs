using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Arch.Amd64;
using Arch.Amd64.Conventions;
using Arch.Arm64;
using Arch.Arm64.Conventions;
using GdbStub.CommandLine;
using GdbStub.Sessions;
using GdbStub.Transports;
using TraceKernel;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Loading;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
using TraceKernel.Processes;
using TraceKernel.User;

namespace GdbStub;

/// <summary>The composition root: the only file that names an architecture or the kernel.</summary>
internal static class Program
{
    /// <summary>The CPUs that there are; the first one is the demo's unless told otherwise.</summary>
    private static readonly Cpu[] Cpus =
    [
        new("amd64", () => new Amd64 { UndefinedInstruction = Report }, new Amd64DebugTarget()),
        new("arm64", () => new Arm64 { UndefinedInstruction = Report }, new Arm64DebugTarget()),
    ];

    public static Task<int> Main(string[] arguments) => DescriptorLimit.IsEnough() ? Run(arguments) : Task.FromResult(1);

    /// <summary>Apart from <see cref="Main"/>, which must not need the assemblies that this method needs.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<int> Run(string[] arguments) =>
        new Application(options => new SimulatedSystem(options), Array.ConvertAll(Cpus, cpu => cpu.Name)).Run(arguments);

    private static void Report(ulong pc, string text) =>
        Serilog.Log.Warning("the instruction at {Address:x} raises SIGILL: {Instruction}", pc, text);

    private sealed record Cpu(string Name, Func<IArchitecture> Create, IDebugTarget Target);

    /// <summary>A simulated FreeBSD behind the server: one kernel for all, and one more for each isolated process.</summary>
    internal sealed class SimulatedSystem : KernelHost
    {
        /// <summary>Init, and the entries of the process table that only root gets.</summary>
        private const int ServerProcesses = 11;

        private static readonly Dictionary<int, string> Prototypes =
            TraceKernel.Syscalls.SyscallTable.Shared.Calls.DistinctBy(call => call.Number)
                .ToDictionary(call => (int)call.Number, call => call.Prototype);

        private readonly Sessions.KernelOptions _options;
        private readonly IArchitecture _architecture;
        private Kernel _kernel;
        private readonly List<string> _admitted = [];
        private readonly Dictionary<SystemCalls, (HostProcess Process, Kernel Kernel)> _processes = [];
        // What isolated machines had done when they ended.
        private MachineWork _done;
        private BootTable? _boot;

        public SimulatedSystem(Sessions.KernelOptions options)
        {
            _options = options;
            (_architecture, Target) = Choose(options);
            _kernel = CreateKernel();
        }

        public override IDebugTarget Target { get; }

        public override string DemoProgram => $"/demo/{_architecture.MachineArch}/demo";

        public override MachineWork Work
        {
            get
            {
                lock (_processes)
                    return _processes.Values.Select(entry => entry.Kernel).Append(_kernel).Distinct()
                        .Aggregate(_done with { Translations = Engine.AllTranslations }, (sum, kernel) => sum + Of(kernel));
            }
        }

        public override bool HasRequest(int request) => _kernel.Personality.Requests.Contains(request);

        public override Errno Admit(string hostPath, out string guestPath, out string reason)
        {
            guestPath = FileSystem.GuestPath(hostPath);
            var error = _kernel.FileSystem.Grant(hostPath, guestPath);
            reason = error switch
            {
                Errno.None => "",
                Errno.ENOENT => "no such file",
                Errno.EISDIR => "is a directory",
                Errno.EACCES => "permission denied",
                _ => $"cannot be opened ({error})",
            };
            if (error == Errno.None) error = Judge(guestPath, out reason);
            if (error == Errno.None) _admitted.Add(hostPath);
            reason = $"{hostPath}: {reason}";
            return error;
        }

        public override bool TryBoot(BootTable table, [NotNullWhen(false)] out string? reason)
        {
            var processes = new List<BootProcess>();
            foreach (var process in table.Processes)
            {
                var path = process.Path;
                reason = null;
                // The guest's own file, the host's that it is given, or none.
                if (_kernel.FileSystem.FindRegular(path, out _) != Errno.None && Admit(path, out path, out reason) != Errno.None) return false;
                if (Judge(path, out var refusal) != Errno.None)
                {
                    reason = $"{process.Path}: {refusal}";
                    return false;
                }
                processes.Add(process with { Path = path });
            }
            _boot = table with { Processes = processes };
            return (reason = Boot(_kernel)) is null;
        }

        /// <summary>Starts what every machine starts with; why that cannot be done, or null.</summary>
        private string? Boot(Kernel kernel)
        {
            if (_boot is not { } table) return null;
            foreach (var (name, value) in table.Settings)
                if (Booting.Set(kernel, name, value) is var error and not Errno.None)
                    return $"{table.Name}: sysctl.{name}: {SysctlRefusal(error)}";
            for (var index = 0; index < table.Processes.Count; index++)
                if (Booting.Start(kernel, table.Processes[index]) is var error and not Errno.None)
                    return $"{table.Name}: processes[{index}]: {table.Processes[index].Path} cannot be started: {StartRefusal(error)}";
            return null;
        }

        private static string SysctlRefusal(Errno error) => error switch
        {
            Errno.ENOENT => "there is no such value",
            Errno.EPERM => "cannot be set so",
            Errno.EINVAL => "is a number",
            _ => error.ToString(),
        };

        private static string StartRefusal(Errno error) => error switch
        {
            Errno.EEXIST => "its pid is taken",
            Errno.ENOENT => "there is no such directory",
            Errno.EAGAIN => "the process table is full",
            _ => error.ToString(),
        };

        /// <summary>
        /// The CPU that the program's file names; without one, or when it names none of ours, the one that the command line does.
        /// </summary>
        private static (IArchitecture Architecture, IDebugTarget Target) Choose(Sessions.KernelOptions options)
        {
            var program = options.ProgramFile ?? options.Boot?.Processes.Select(process => process.Path).FirstOrDefault(File.Exists);
            var machine = program is { } file ? MachineOf(file, options.Root) : 0;
            foreach (var cpu in Cpus)
                if (machine != 0 && cpu.Create() is var architecture && architecture.ElfMachine == machine)
                    return (architecture, cpu.Target);
            var named = Array.Find(Cpus, cpu => cpu.Name == options.Architecture)!;
            return (named.Create(), named.Target);
        }

        /// <summary>e_machine of a program; of a script, that of its interpreter in the guests' root. 0 when none can be told.</summary>
        private static ushort MachineOf(string program, string? root)
        {
            if (ElfImage.MachineOf(program) is var machine and not 0) return machine;
            return ShellScript.InterpreterOf(program) is { } interpreter
                ? ElfImage.MachineOf(Path.Join(root ?? "/", interpreter)) : (ushort)0;
        }

        /// <summary>Tests whether this kernel would execute the file, and gives the reason if it would not.</summary>
        private Errno Judge(string guestPath, out string reason)
        {
            reason = $"{_kernel.Personality.Name} does not run on {_architecture.Name}";
            if (!_kernel.Personality.Architectures.Contains(_architecture.Name)) return Errno.ENOEXEC;
            var error = ProgramCheck.Run(_kernel, guestPath, out reason);
            // The program is there: so it is its interpreter that is not.
            if (error == Errno.ENOENT) reason += "; --root DIR gives guests a FreeBSD system, which scripts/freebsd-root.sh fetches";
            return error;
        }

        public override bool IsAnswering(TimeSpan limit) => _kernel.IsAnswering(limit);

        public override SystemCalls CreateProcess(bool isolated)
        {
            lock (_processes) return CreateIn(isolated ? CreateBootedKernel() : Shared());
        }

        public override SystemCalls CreateBeside(SystemCalls other)
        {
            lock (_processes)
            {
                if (!_processes.TryGetValue(other, out var entry)) return CreateIn(CreateBootedKernel());
                return CreateIn(entry.Kernel == _kernel ? Shared() : entry.Kernel.HasPanicked ? CreateBootedKernel() : entry.Kernel);
            }
        }

        /// <summary>The machine that all share; after one that a bug has ended, a new one.</summary>
        private Kernel Shared()
        {
            if (!_kernel.HasPanicked) return _kernel;
            var ended = _kernel;
            _kernel = CreateBootedKernel();
            // Else with the last of its sessions.
            if (!_processes.Values.Any(entry => entry.Kernel == ended)) Retire(ended);
            return _kernel;
        }

        private void Retire(Kernel kernel)
        {
            _done += Of(kernel) with { Processes = 0, MemoryBytes = 0 };
            kernel.Dispose();
        }

        public override bool HasEnded(SystemCalls process)
        {
            lock (_processes) return !_processes.TryGetValue(process, out var entry) || entry.Kernel.HasPanicked;
        }

        public override Machine MachineOf(SystemCalls process)
        {
            lock (_processes) return new Machine(_processes[process].Kernel);
        }

        public override long Instructions(SystemCalls process)
        {
            lock (_processes) return _processes.TryGetValue(process, out var entry) ? entry.Kernel.Scheduler.Retired : 0;
        }

        public override string? SystemCallPrototype(int number) => Prototypes.GetValueOrDefault(number);

        /// <summary>With its last process an isolated machine ends.</summary>
        public override void End(SystemCalls process)
        {
            (HostProcess Process, Kernel Kernel) entry;
            bool isLast;
            lock (_processes)
            {
                if (!_processes.Remove(process, out entry)) return;
                isLast = entry.Kernel != _kernel && !_processes.Values.Any(other => other.Kernel == entry.Kernel);
                if (isLast) _done += Of(entry.Kernel) with { Processes = 0, MemoryBytes = 0 };
            }
            entry.Process.Dispose();
            if (isLast) entry.Kernel.Dispose();
        }

        private static MachineWork Of(Kernel kernel) =>
            new(kernel.Scheduler.Retired, Translations: 0, kernel.PtraceRequests, kernel.ProcessCount, kernel.Memory.FramesInUse * Frame.Size);

        private SystemCalls CreateIn(Kernel kernel)
        {
            var process = HostProcess.TryCreate(kernel, "gdbstub", _options.User.Number, _options.User.Groups) ?? throw new InvalidOperationException("the process table is full");
            _processes.Add(process.Calls, (process, kernel));
            return process.Calls;
        }

        private Kernel CreateKernel()
        {
            var kernel = new Kernel(_architecture, new TraceKernel.KernelOptions
            {
                Personality = _options.Kernel,
                IsStrict = _options.IsStrict,
                MaximumMemory = _options.MaxMemory,
                MaximumFileBytes = _options.MaxFiles,
                MaximumInstructions = _options.MaxInstructions,
                Console = text => Serilog.Log.Warning("kernel: {Text:l}", text),
                // The server's own sessions are processes too.
                MaximumProcesses = _options.MaxProcesses + ServerProcesses,
                Root = _options.Root,
                IsRootWritable = _options.IsRootWritable,
                ProgramCredentials = Credentials.Of(_options.ProgramUser.Number, _options.ProgramUser.Groups),
                Seed = _options.Seed,
                RunsUnattended = true,
                Probe = _options.Probe,
                Time = _options.Time switch
                {
                    TimeMode.Fast => TimeSource.Fast,
                    TimeMode.Host => TimeSource.Host,
                    _ => TimeSource.Virtual,
                },
            });
            AddOwn(kernel, "demo", DemoProgram);
            AddOwn(kernel, "station", "/demo/station");
            foreach (var hostPath in _admitted) kernel.FileSystem.Grant(hostPath, FileSystem.GuestPath(hostPath));
            return kernel;
        }

        /// <summary>Gives the guest one of the programs inside gdbstub.</summary>
        private void AddOwn(Kernel kernel, string name, string path)
        {
            using var program = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{name}-{_architecture.Name}")!;
            var bytes = new byte[program.Length];
            program.ReadExactly(bytes);
            // As old as this build: gdb warns when sources are newer than the program.
            var built = File.GetLastWriteTimeUtc(Path.Combine(AppContext.BaseDirectory, "gdbstub.dll"));
            kernel.FileSystem.AddFile(path, bytes, (built - DateTime.UnixEpoch).Ticks * 100);
        }

        private Kernel CreateBootedKernel()
        {
            var kernel = CreateKernel();
            return Boot(kernel) is { } reason ? throw new InvalidOperationException(reason) : kernel;
        }

        protected override void Dispose(bool disposing)
        {
            foreach (var process in _processes.Keys.ToArray()) End(process);
            _kernel.Dispose();
        }
    }
}
