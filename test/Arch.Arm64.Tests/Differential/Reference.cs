using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Arch.Arm64.Tests.Differential;

/// <summary>qemu-aarch64 with the program that executes cases.</summary>
internal sealed class Reference : IDisposable
{
    /// <summary>Cases that the program reads before it answers.</summary>
    public const int Batch = 64;

    private readonly Process _process;

    private Reference(Process process)
    {
        _process = process;
        Span<ulong> places = stackalloc ulong[2];
        process.StandardOutput.BaseStream.ReadExactly(MemoryMarshal.AsBytes(places));
        (CodeAddress, MemoryAddress) = (places[0], places[1]);
    }

    /// <summary>Where it executes the words of a case.</summary>
    public ulong CodeAddress { get; }

    /// <summary>Where the cases' memory begins, a page.</summary>
    public ulong MemoryAddress { get; }

    private static string Program => Path.Combine(TestTree.Root, "test/guests/bin/arm64/linux/differential");

    /// <summary>Null when qemu-aarch64 is not installed or the guests have not been built.</summary>
    public static Reference? TryStart()
    {
        if (!File.Exists(Program))
            return null;
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("QEMU_AARCH64") ?? "qemu-aarch64", [Program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        try
        {
            return new Reference(Process.Start(start)!);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Executes a whole batch.</summary>
    public void Execute(ReadOnlySpan<MachineState> cases, Span<MachineState> results)
    {
        _process.StandardInput.BaseStream.Write(MemoryMarshal.AsBytes(cases));
        _process.StandardInput.BaseStream.Flush();
        _process.StandardOutput.BaseStream.ReadExactly(MemoryMarshal.AsBytes(results));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
