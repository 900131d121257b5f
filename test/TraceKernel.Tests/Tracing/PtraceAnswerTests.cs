using NUnit.Framework;
using TraceKernel.Processes;
using TraceKernel.Tests.Kernels;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Tests.Tracing;

/// <summary>
/// Every request of a target in every state, with addresses and data that matter, must be answered as the kernel's own sys_process.c answers:
/// scripts/differential-ptrace.sh has made the tables in <c>answers</c> from those. freebsd-14 is measured by freebsd-13's.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class PtraceAnswerTests
{
    private static readonly int[] s_data = [int.MinValue, -1, 0, 1, 4, 128, 129, 152, 160, 161, int.MaxValue];

    /// <summary>The target has a page there.</summary>
    private const ulong Page = 0x1000_0000, Nothing = 0x2000_0000;

    private static readonly int[] s_targetAddresses = [PT_READ_I, PT_READ_D, PT_WRITE_I, PT_WRITE_D, PT_CONTINUE, PT_STEP, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL];

    private static string Table(string kernel) => kernel == "freebsd-14" ? "freebsd-13" : kernel;

    private static IEnumerable<string> Lines(string kernel) =>
        File.ReadLines(Path.Combine(TestMachine.Repository, "test", "TraceKernel.Tests", "Tracing", "answers", Table(kernel) + ".txt"));

    private static IEnumerable<TestCaseData> Rows() =>
        from kernel in RuleAttribute.Kernels
        from state in Lines(kernel).Select(line => line[..line.IndexOf(' ')]).Distinct()
        select new TestCaseData(kernel, state);

    [TestCaseSource(nameof(Rows))]
    public void Answers(string kernel, string state)
    {
        var differences = new List<string>();
        using var scene = new Scene(kernel, state);
        foreach (var line in Lines(kernel).Where(line => line.StartsWith(state + " ", StringComparison.Ordinal)))
        {
            var (head, tail) = (line[(state.Length + 1)..line.IndexOf(':')], line[(line.IndexOf(':') + 2)..]);
            foreach (var request in head.Split(',').Select(int.Parse))
                foreach (var (address, answers) in tail.Split(" | ").Select((part, index) => (index, part.Split(' '))))
                    for (var index = 0; index < s_data.Length; index++)
                    {
                        var expected = answers[answers.Length == 1 ? 0 : index];
                        if (expected == "-" || differences.Count > 20) continue;
                        var seen = scene.Ask(request, address, s_data[index]);
                        if (seen != expected) differences.Add($"request {request}, address {address}, data {s_data[index]}: {seen}, not {expected}");
                    }
        }
        Assert.That(differences, Is.Empty);
    }

    /// <summary>A caller and its target, made anew once a request has moved it.</summary>
    private sealed class Scene(string kernel, string state) : IDisposable
    {
        private TestMachine? _machine;
        private GuestDebugger _caller = null!;
        private int _pid;

        public string Ask(int request, int address, int data)
        {
            if (_machine is null) Reach();
            _caller.Memory[DebuggerMemory.Good, 4096].Fill(0x22);
            var isTargets = s_targetAddresses.Contains(request) || (request == PT_DETACH && kernel is "freebsd-5" or "dragonfly");
            var good = isTargets ? Page : DebuggerMemory.Good;
            var error = _caller.Ptrace(request, _pid, address switch { 0 => 0, 1 => SamePc, 2 => good, _ => isTargets ? Nothing : DebuggerMemory.Bad }, data);
            if (error != None) return ((int)error).ToString();
            if (request is PT_GETNUMLWPS or PT_GETLWPLIST) return $"ok{_caller.Value}";
            var moves = request is PT_CONTINUE or PT_KILL or PT_STEP or PT_ATTACH or PT_DETACH or PT_TO_SCE or PT_TO_SCX or PT_SYSCALL;
            if (!moves) return "ok";
            var registers = (int)_caller.Ptrace(PT_GETREGS, _pid, DebuggerMemory.Good);
            var parent = Target.Parent;
            var whose = parent == _caller.Process ? "debugger" : parent.Pid == _machine!.Calls.Pid ? "parent" : "another";
            Dispose();
            return $"ok,{registers},{whose}";
        }

        private Process Target => _pid > Kernel.MaximumPid ? _machine!.Kernel.FindLwp(_pid)!.Process : _machine!.Kernel.Find(_pid)!;

        private void Reach()
        {
            _machine = new TestMachine(kernel: kernel);
            _caller = new GuestDebugger(_machine);
            _pid = state switch
            {
                "no-such-process" => 98765,
                "negative-pid" => -5,
                "process-0" => 0,
                "no-such-thread" => 198765,
                "init" => 1,
                "self" or "self-traced" => _caller.Pid,
                "self-by-thread" => _caller.Process.FirstThread.Tid,
                "parent" or "own-debugger" => new GuestDebugger(_machine).Pid,
                _ => Start(),
            };
            if (state is "self-traced" or "own-debugger") _caller.Process.Flags |= ProcessFlags.Traced;
            if (state is "parent" or "own-debugger") _caller.Process.Parent = Target;
            if (state == "stopped-by-thread") _pid = Target.FirstThread.Tid;
        }

        private int Start()
        {
            _pid = _machine!.Start("traced.O2", traced: false, state == "zombie" ? "fork" : "page");
            _machine.Run(20_000);
            var target = Target;
            switch (state)
            {
                case "job-control-stop":
                    _machine.Calls.Kill(_pid, SIGSTOP);
                    Assert.That(Observation.Next(_machine, _machine.Calls, _pid), Is.EqualTo("SIGSTOP"));
                    break;
                case "zombie":
                    _machine.Calls.Kill(_pid, SIGKILL);
                    _machine.Run(20_000);
                    Assert.That(target.IsZombie);
                    break;
                case "exiting": target.Flags |= ProcessFlags.Exiting; break;
                case "in-execve": target.Flags |= ProcessFlags.InExec; break;
                case "single-threading": target.Flags |= ProcessFlags.StoppedSingle; break;
                case "untraced": break;
                case "traced-by-another" or "running-for-another": Attach(new GuestDebugger(_machine)); break;
                default: Attach(_caller); break;
            }
            return _pid;
        }

        private void Attach(GuestDebugger debugger)
        {
            Assert.That(debugger.Ptrace(PT_ATTACH, _pid), Is.EqualTo(None));
            if (state.StartsWith("running", StringComparison.Ordinal)) return;
            if (state == "not-waited-for")
            {
                _machine!.Run(20_000);
                return;
            }
            Assert.That(debugger.Next(_pid), Is.EqualTo("SIGSTOP"));
            if (state == "resumed") Assert.That(debugger.Ptrace(PT_CONTINUE, _pid, SamePc), Is.EqualTo(None));
            if (state == "traced-and-single-threading")
                Target.Flags = (Target.Flags & ~(ProcessFlags.StoppedTrace | ProcessFlags.StoppedSignal)) | ProcessFlags.StoppedSingle;
            if (state != "system-call-entry") return;
            Assert.That(debugger.Ptrace(PT_TO_SCE, _pid, SamePc), Is.EqualTo(None));
            Assert.That(debugger.Next(_pid), Is.EqualTo("SIGTRAP"));
        }

        public void Dispose()
        {
            _machine?.Dispose();
            _machine = null;
        }
    }
}
