using System.Globalization;
using System.Reflection;
using TraceKernel.Abi;

namespace GdbStub.Tracing;

/// <summary>
/// The names of ptrace's requests and of a thread's events, for people; from the constants that the kernel's headers define.
/// </summary>
public static class PtraceNames
{
    private static readonly Dictionary<int, string> Requests = typeof(Ptrace).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.IsLiteral && field.FieldType == typeof(int) && field.Name.StartsWith("PT_", StringComparison.Ordinal))
        .GroupBy(field => (int)field.GetRawConstantValue()!)
        .ToDictionary(group => group.Key, group => group.First().Name);

    /// <summary>PT_CONTINUE; a number that has no name is written as it is.</summary>
    public static string Request(int request) =>
        Requests.TryGetValue(request, out var name) ? name : request.ToString(CultureInfo.InvariantCulture);

    /// <summary>A status of wait6(2) in words: "stopped by SIGTRAP", "exited with 3", "killed by SIGSEGV".</summary>
    public static string Status(int status) =>
        Wait.WIFSTOPPED(status) ? "stopped by " + SignalTexts.Name(Wait.WSTOPSIG(status))
        : Wait.WIFEXITED(status) ? string.Create(CultureInfo.InvariantCulture, $"exited with {Wait.WEXITSTATUS(status)}")
        : "killed by " + SignalTexts.Name(Wait.WTERMSIG(status));
}
