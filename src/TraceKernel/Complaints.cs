namespace TraceKernel;

/// <summary>Lines of one kind for the console, at most one in a second of the guest's clock: printf(9) behind ppsratecheck(9).</summary>
internal sealed class Complaints(Kernel kernel)
{
    private const long Second = 1_000_000_000;

    private long _next = long.MinValue;

    public void Print(string text)
    {
        if (kernel.Uptime < _next) return;
        _next = kernel.Uptime + Second;
        kernel.Print(text);
    }
}
