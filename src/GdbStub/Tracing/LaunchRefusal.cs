using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Fcntl;

namespace GdbStub.Tracing;

/// <summary>The error of a start in words: of all that the child does before it is the program, what was refused.</summary>
public static class LaunchRefusal
{
    public static string Describe(SystemCalls system, SpawnRequest request, Errno error)
    {
        if (request.WorkingDirectory is { } directory && system.Scandir(directory, out _) == error) return $"cannot start in {directory}: {error}";
        return IsRefused(system, request.StandardInput, O_RDONLY, error)
            ?? IsRefused(system, request.StandardOutput, O_WRONLY, error)
            ?? IsRefused(system, request.StandardError, O_WRONLY, error)
            ?? $"cannot run {request.Path}: {system.SpawnRefusal ?? error.ToString()}";
    }

    /// <summary>Says so if the file cannot be opened; what the child could make is there by now.</summary>
    private static string? IsRefused(SystemCalls system, string? path, int flags, Errno error)
    {
        if (path is null) return null;
        var refusal = system.Open(path, flags | O_NONBLOCK, 0, out var descriptor);
        if (refusal == Errno.None) _ = system.Close(descriptor);
        return refusal == error ? $"cannot open {path} for the program: {error}" : null;
    }
}
