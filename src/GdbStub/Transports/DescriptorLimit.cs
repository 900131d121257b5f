using System.Runtime.InteropServices;
using System.Text;

namespace GdbStub.Transports;

/// <summary>
/// How many files the system lets this process have open. The runtime opens one for each of its assemblies, and one that it cannot open is an
/// exception wherever the program happens to be. Uses nothing but the runtime's core.
/// </summary>
public static class DescriptorLimit
{
    /// <summary>What the runtime, this program and a few clients take.</summary>
    private const int Least = 192;

    private const int StandardError = 2;

    /// <summary>Whether there are enough; else standard error says that there are not.</summary>
    public static bool IsEnough()
    {
        // RLIMIT_NOFILE of Linux; of macOS and the BSDs. The runtime has raised the soft limit to the hard one.
        var limit = new ulong[2];
        if (OperatingSystem.IsWindows() || GetLimit(OperatingSystem.IsLinux() ? 7 : 8, limit) != 0 || limit[0] >= Least) return true;
        var line = Encoding.UTF8.GetBytes($"gdbstub: {limit[0]} open files are too few (ulimit -n): it takes {Least}\n");
        _ = Write(StandardError, line, line.Length);
        return false;
    }

    [DllImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLimit(int resource, [Out] ulong[] limit);

    [DllImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(int descriptor, byte[] bytes, nint length);
}
