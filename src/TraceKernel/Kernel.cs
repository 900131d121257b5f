using TraceKernel.Machine.Memory;
namespace TraceKernel;
#pragma warning disable
/// <summary>A simulated FreeBSD: its process table, memory and clock. A monitor: one host thread is inside at a time.</summary>
public sealed partial class Kernel
{
    public Kernel(IArchitecture architecture, KernelOptions options) { Architecture = architecture; Options = options; Memory = new PhysicalMemory(options.MaximumMemory); }
    public IArchitecture Architecture { get; }
    public KernelOptions Options { get; }
    public PhysicalMemory Memory { get; }
    /// <summary>Nanoseconds since boot (CLOCK_MONOTONIC).</summary>
    public long Uptime => Clock;
    /// <summary>Nanoseconds since 1970 (CLOCK_REALTIME).</summary>
    public long RealTime => 1_000_000_000_000_000_000 + Clock;
}
