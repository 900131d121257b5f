using System.Runtime.CompilerServices;

namespace TraceKernel;

public sealed partial class Kernel
{
    private readonly ConditionalWeakTable<object, object> _addresses = [];
    private ulong _lastAddress = 0xfffff80000000000;

    /// <summary>What it has counted since boot.</summary>
    public VmMeter Meter { get; } = new();

    /// <summary>What it is called.</summary>
    public HostIdentity Host { get; } = new();

    /// <summary>Its messages.</summary>
    internal MessageBuffer MessageBuffer { get; } = new();

    /// <summary>printf(9): a line for the message buffer and for whoever runs the machine.</summary>
    internal void Print(string line)
    {
        MessageBuffer.Append(line);
        Options.Console?.Invoke(line);
    }

    /// <summary>
    /// A number that stands for the address of a kernel object in what sysctl(3) reports: never 0, the same as long as the object lives, and no
    /// address of the host's.
    /// </summary>
    internal ulong AddressOf(object thing) => (ulong)_addresses.GetValue(thing, _ => _lastAddress += 0x400);
}
