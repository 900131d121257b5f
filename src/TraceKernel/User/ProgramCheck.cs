using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.User;

/// <summary>Whether execve(2) would run a file, and why not.</summary>
public static class ProgramCheck
{
    /// <summary>Loads the program as root would, with its interpreter if it has one, and gives it up again.</summary>
    /// <param name="path">In the guests' name space.</param>
    /// <param name="reason">When the result is an error: why, in one line for people.</param>
    /// <returns>What execve(2) would return.</returns>
    public static Errno Run(Kernel kernel, string path, out string reason)
    {
        lock (kernel.Gate)
        {
            var error = Executing.Load(kernel.Init, new ExecRequest(path, [path], []), out var program, out reason);
            program?.Image.Dispose();
            return error;
        }
    }
}
