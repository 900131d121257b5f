using System.Diagnostics;
using TraceKernel.Machine.Execution;

namespace Benchmarks.Machine;

/// <summary>Instructions per second of the interpreter and of translations, and what translating cost.</summary>
internal static class MachineSpeed
{
    private const long Turn = 500_000, Interpreted = 50_000_000;

    public static void Run(string program, TextWriter output)
    {
        var (interpreter, _) = Measure(program, new TranslationPolicy(IsOn: false), Interpreted);
        var (translator, machine) = Measure(program, new TranslationPolicy(), long.MaxValue);
        var counts = machine.Engine.Translations;
        output.WriteLine(
            $"{Path.GetFileName(program),-10} interpreter {interpreter,6:f0} MIPS  translator {translator,6:f0} MIPS  " +
            $"{machine.Cpu.Retired / 1e6,6:f0} M instructions, {100.0 * counts.Retired / machine.Cpu.Retired,5:f1}% translated  " +
            $"translating: {counts.Translations} regions, {counts.GuestBytes} bytes of guest code, {counts.Time.TotalMilliseconds:f0} ms; {counts.Entries} entries");
    }

    private static (double Mips, BareMachine Machine) Measure(string program, TranslationPolicy policy, long most)
    {
        using var machine = new BareMachine(program, policy);
        var before = Process.GetCurrentProcess().UserProcessorTime;
        machine.Run(Turn, most);
        return (machine.Cpu.Retired / (Process.GetCurrentProcess().UserProcessorTime - before).TotalMicroseconds, machine);
    }
}
