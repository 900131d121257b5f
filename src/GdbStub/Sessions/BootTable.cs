using TraceKernel.User;

namespace GdbStub.Sessions;

/// <summary>What a machine begins with besides the debugger: values of sysctl(8), and processes in the order in which they start.</summary>
/// <param name="Name">What the command line called it, for messages.</param>
/// <param name="Settings">Names and values of sysctl(8).</param>
/// <param name="Processes">Their paths are the guest's or, where it has no such file, this machine's.</param>
public sealed record BootTable(string Name, IReadOnlyList<KeyValuePair<string, string>> Settings, IReadOnlyList<BootProcess> Processes);
