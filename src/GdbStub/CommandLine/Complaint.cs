using GdbStub.Tracing;

namespace GdbStub.CommandLine;

/// <summary>Reports an error in one line on standard error.</summary>
internal static class Complaint
{
    /// <returns><paramref name="status"/>, the exit status.</returns>
    public static int Fail(string problem, int status = 1)
    {
        try
        {
            Console.Error.WriteLine($"gdbstub: {GuestText.Shown(problem.ReplaceLineEndings(" "))}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Standard error is closed: the status has to say it.
        }
        return status;
    }
}
