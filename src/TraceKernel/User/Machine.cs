using TraceKernel.Files;

namespace TraceKernel.User;

/// <summary>A moment in the life of a machine: the same input at the same moments makes the same run.</summary>
/// <param name="Instructions">Instructions that all threads together have retired.</param>
/// <param name="Clock">Nanoseconds since boot on the guests' clock.</param>
public readonly record struct GuestTime(long Instructions, long Clock);

/// <summary>A machine seen from outside, as none of its processes sees it: for recording a run and for replaying it.</summary>
public sealed class Machine(Kernel kernel)
{
    /// <summary>The time now. Exact while no guest runs, as in the callback of <see cref="SystemCalls.Wait6"/>.</summary>
    public GuestTime Now => kernel.Now;

    /// <summary>
    /// When <see cref="SystemCalls.Wait6"/> is to ask its callback, before guests go on and before idle time is skipped; null: at no time in
    /// particular. Only times at which a callback was asked in the same run before can be met.
    /// </summary>
    public GuestTime? AskAt
    {
        set => kernel.AskAt = value;
    }

    /// <summary>
    /// From now on, reports the contents of the host's files as guests open them, and the names in its directories as guests list them.
    /// </summary>
    /// <param name="found">Called with the guest's path, that of a directory with a slash, and the SHA-256 in hexadecimal.</param>
    public void WatchHostFiles(Action<string, string> found) => kernel.FileSystem.HostContents = new HostContents(found);
}
