using System.Diagnostics;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace Benchmarks.Machine;

/// <summary>
/// What it costs a program that it is being debugged: its time with breakpoints and watchpoints over its time without, in pairs.
/// </summary>
internal sealed class DebuggingCost(string guests, TextWriter output)
{
    private const long Turn = 20_000, Measured = 2_500_000_000;
    private const int Pairs = 9, Insertions = 1000;
    private const ulong Untouched = 0x7000_0000_0000;

    /// <summary>Prints all ratios; false when one is above its bar.</summary>
    public bool Run()
    {
        ulong sieve = Symbols.Find(Guest("sieve"), "composite"), counter = Symbols.Find(Guest("counter"), "hot");
        bool good = true;
        good &= Compare("breakpoint and watchpoint elsewhere", "sieve", 1.1, Elsewhere);
        good &= Compare("breakpoint and watchpoint elsewhere", "sort", 1.1, Elsewhere);
        good &= Compare("8 bytes of a hot page watched", "sieve", 3, machine => Watch(machine, (sieve & ~0xfffUL) + (40 << 12)));
        good &= Compare("8 bytes beside a hot counter watched", "counter", 10, machine => Watch(machine, counter));
        return good & Reinsert("fib", "fib");
    }

    private bool Compare(string name, string guest, double bar, Action<BareMachine> disturb)
    {
        var ratios = new double[Pairs];
        long hits = 0;
        for (int i = 0; i < Pairs; i++)
        {
            // The first of a pair is now the one, now the other.
            var (first, _) = Measure(guest, i % 2 == 0 ? null : disturb);
            var (second, machine) = Measure(guest, i % 2 == 0 ? disturb : null);
            ratios[i] = i % 2 == 0 ? second / first : first / second;
            hits = Math.Max(hits, machine.Hits);
        }
        Array.Sort(ratios);
        double median = ratios[Pairs / 2];
        output.WriteLine($"{name,-38} {guest,-8} median of {Pairs} pairs {median:f2} ({ratios[0]:f2} to {ratios[^1]:f2}), bar {bar:f1}, {hits} hits");
        return median <= bar;
    }

    private (TimeSpan Time, BareMachine Machine) Measure(string guest, Action<BareMachine>? disturb)
    {
        using var machine = new BareMachine(Guest(guest), new TranslationPolicy(), TextWriter.Null);
        machine.Run(Turn, Measured / 10);
        disturb?.Invoke(machine);
        var before = Process.GetCurrentProcess().UserProcessorTime;
        machine.Run(Turn, Measured);
        return (Process.GetCurrentProcess().UserProcessorTime - before, machine);
    }

    // A breakpoint where the program has been and will not be again, a watchpoint where it never is.
    private static void Elsewhere(BareMachine machine)
    {
        machine.Poke(machine.Entry, 0xcc);
        machine.Map(Untouched);
        Watch(machine, Untouched);
    }

    private static void Watch(BareMachine machine, ulong address) => machine.Cpu.Comparators = [new DebugComparator(address, 8, Access.Write)];

    private bool Reinsert(string guest, string function)
    {
        using var machine = new BareMachine(Guest(guest), new TranslationPolicy(), TextWriter.Null);
        ulong address = Symbols.Find(Guest(guest), function);
        byte original = machine.Peek(address);
        machine.Run(Turn, Measured / 10);
        var before = machine.Engine.Translations;
        long lifts = machine.Engine.Lifts;
        for (int i = 0; i < Insertions; i++)
        {
            machine.Poke(address, 0xcc);
            machine.RunToBreakpoint(Turn);
            machine.Poke(address, original);
            machine.Run(Turn, machine.Cpu.Retired + Turn);
        }
        var after = machine.Engine.Translations;
        output.WriteLine(
            $"breakpoint set and removed {Insertions} times {guest}: {before.Translations} translations before, {after.Translations} after; " +
            $"{lifts} blocks lifted before, {machine.Engine.Lifts} after; {after.Retired - before.Retired} instructions ran translated in between");
        return after.Translations == before.Translations;
    }

    private string Guest(string name) => Path.Combine(guests, name);
}
