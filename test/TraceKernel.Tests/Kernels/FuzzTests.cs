using System.Diagnostics;
using System.Globalization;
using System.Text;
using NUnit.Framework;
using TraceKernel.Ptrace;
using TraceKernel.Syscalls;

namespace TraceKernel.Tests.Kernels;

/// <summary>
/// Hostile guests (test/guests/fuzz.c): whatever a program calls, executes or starts, no exception reaches the kernel, nobody hangs, memory
/// does not grow. <c>scripts/fuzz-guests.sh</c> makes the long run.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class FuzzTests
{
    private const long MaximumMemory = 64 << 20;

    // A machine takes seconds. One that takes so long is reported, for a run that never ends would say nothing.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    private static readonly string s_signatures = string.Join(' ', SyscallTable.Shared.Calls.Select(Signature));

    /// <summary>Each kernel on each CPU that it runs on.</summary>
    private static readonly (string Kernel, string Cpu)[] s_machines =
        [.. Personality.All.SelectMany(kernel => kernel.Architectures.Where(TestMachine.Cpus.Contains).Select(cpu => (kernel.Name, cpu)))];

    /// <summary>What a guest does: the word for it, children of a machine, actions of a child.</summary>
    private static readonly (string Word, int Children, int Actions)[] s_kinds =
        [("calls", 24, 200), ("trace", 16, 60), ("code", 16, 40), ("images", 60, 1)];

    [Test]
    public void A_sample_does_no_harm([ValueSource(nameof(s_machines))] (string Kernel, string Cpu) machine) =>
        Array.ForEach(s_kinds, kind => Assert.That(Run(kind, machine.Kernel, machine.Cpu, seed: 1), Is.Positive));

    [Test]
    [Explicit("a long run: scripts/fuzz-guests.sh")]
    public void Long_run()
    {
        var (seed, actions, made) = (Setting("GDBSTUB_FUZZ_SEED", 1), Setting("GDBSTUB_FUZZ_CALLS", 10_000_000), 0L);
        var (started, told) = (Stopwatch.StartNew(), TimeSpan.Zero);
        var only = Environment.GetEnvironmentVariable("GDBSTUB_FUZZ_KIND");
        var kinds = s_kinds.Where(kind => only is null || kind.Word == only).ToArray();
        for (var turn = 0; made < actions; turn++)
        {
            var kind = kinds[turn % kinds.Length];
            var (kernel, cpu) = s_machines[turn / kinds.Length % s_machines.Length];
            made += Run(kind, kernel, cpu, seed + turn);
            if (started.Elapsed - told < Silence) continue;
            told = started.Elapsed;
            TestContext.Progress.WriteLine(
                $"{made} actions in {turn + 1} machines, {told.TotalSeconds:f0} s, {GC.GetTotalMemory(forceFullCollection: true) >> 20} MB of objects, "
                + $"{Environment.WorkingSet >> 20} MB");
        }
    }

    /// <summary>One machine with one hostile program. Returns how many actions that was.</summary>
    private static long Run((string Word, int Children, int Actions) kind, string kernel, string cpu, int seed)
    {
        var name = $"fuzz {kind.Word} {seed} on {kernel}, {cpu}";
        using var machine = new TestMachine(kernel: kernel, cpu: cpu, programCredentials: Processes.Credentials.Of(0, 0), memory: MaximumMemory);
        using var watch = new Timer(_ => TestContext.Progress.WriteLine($"{name} takes long: {Current(machine)}"), null, Silence, Silence);
        string[] arguments = [kind.Word, seed.ToString(CultureInfo.InvariantCulture), $"{kind.Children}", $"{kind.Actions}"];
        try
        {
            // What is executed is a program of its own.
            var pid = machine.Start("fuzz.O2", traced: false, [.. arguments, kind.Word == "images" ? "/bin/fuzz.O2" : s_signatures]);
            machine.Wait(pid, mostInstructions: 20_000_000_000);
        }
        catch (Exception exception) when (exception is not ResultStateException)
        {
            Assert.Fail($"{name}: {Current(machine)}\n{exception}");
        }
        var summary = machine.Output.TrimEnd().Split('\n')[^1];
        TestContext.Out.WriteLine($"{name}: {summary}");
        return long.TryParse(summary.Split(' ')[0], CultureInfo.InvariantCulture, out var made) ? made : 0;
    }

    /// <summary>The call that the kernel is in.</summary>
    private static string Current(TestMachine machine)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{machine.Kernel.Scheduler.Retired} instructions, uptime {machine.Kernel.Uptime}\n");
        foreach (var process in machine.Kernel.Processes.ToArray())
            foreach (var lwp in process.Threads.ToArray())
            {
                var arguments = string.Join(", ", lwp.Call.Arguments.ToArray().Select(value => $"{value:x}"));
                text.Append(CultureInfo.InvariantCulture, $"{process.Pid}/{lwp.Tid} {(lwp.InUserMode ? "runs" : lwp.WaitMessage)} ")
                    .Append(CultureInfo.InvariantCulture, $"{SyscallTable.Shared.Name(lwp.Call.Code)}({arguments})\n");
            }
        return text.ToString();
    }

    /// <summary>The number of a call and the kinds of its arguments, as the guest reads them.</summary>
    private static string Signature(SyscallAttribute call)
    {
        var (start, end) = (call.Prototype.IndexOf('(', StringComparison.Ordinal) + 1, call.Prototype.LastIndexOf(')'));
        var list = call.Prototype[start..end].Split(',', StringSplitOptions.TrimEntries);
        return call.Number + string.Concat(list.Where(text => text is not ("" or "void")).Select(Kind));
    }

    private static char Kind(string parameter)
    {
        var name = parameter.Split(' ', '*')[^1];
        var isPath = parameter.Contains("char", StringComparison.Ordinal) && name is "path" or "from" or "to" or "link" or "fname";
        if (parameter.Contains('*', StringComparison.Ordinal)) return isPath ? 'p' : 'b';
        if (parameter.StartsWith("size_t", StringComparison.Ordinal) || name.Contains("len", StringComparison.Ordinal)) return 'n';
        if (parameter.StartsWith("pid_t", StringComparison.Ordinal) || name is "id" or "pid") return 'i';
        if (name.StartsWith("sig", StringComparison.Ordinal)) return 's';
        return name.Contains("fd", StringComparison.Ordinal) || name is "s" or "fildes" or "fdes" or "d" ? 'f' : 'v';
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
