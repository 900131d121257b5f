using System.Runtime.InteropServices;

namespace GdbStub.Transports;

/// <summary>
/// The host's terminal in raw mode: every character goes to the guest's own line discipline, and its output comes out as it is. Nothing
/// on hosts without termios.
/// </summary>
public sealed class HostTerminalModes : IDisposable
{
    private const int StandardInput = 0, StandardOutput = 1, Now = 0;

    /// <summary>More than any host's struct termios has.</summary>
    private const int TermiosBytes = 256;

    private byte[]? _former;

    /// <summary>Makes it raw until <see cref="Dispose"/>.</summary>
    public HostTerminalModes()
    {
        if (OperatingSystem.IsWindows()) return;
        var modes = new byte[TermiosBytes];
        if (GetAttributes(StandardInput, modes) != 0) return;
        _former = (byte[])modes.Clone();
        MakeRaw(modes);
        _ = SetAttributes(StandardInput, Now, modes);
        AppDomain.CurrentDomain.ProcessExit += Restore;
    }

    /// <summary>Rows and columns of the window; null where the host does not say.</summary>
    public static (int Rows, int Columns)? Size
    {
        get
        {
            // TIOCGWINSZ of Linux; of macOS and the BSDs.
            nuint request = OperatingSystem.IsLinux() ? 0x5413u : 0x40087468u;
            var size = new ushort[4];
            if (OperatingSystem.IsWindows() || Control(StandardOutput, request, size) != 0 || size[0] == 0 || size[1] == 0) return null;
            return (size[0], size[1]);
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= Restore;
        Restore(null, EventArgs.Empty);
    }

    private void Restore(object? sender, EventArgs arguments)
    {
        if (_former is not null) _ = SetAttributes(StandardInput, Now, _former);
        _former = null;
    }

    [DllImport("libc", EntryPoint = "tcgetattr")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetAttributes(int descriptor, byte[] modes);

    [DllImport("libc", EntryPoint = "tcsetattr")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetAttributes(int descriptor, int when, byte[] modes);

    [DllImport("libc", EntryPoint = "cfmakeraw")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void MakeRaw(byte[] modes);

    [DllImport("libc", EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, nuint request, [Out] ushort[] size);
}
