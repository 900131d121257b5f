namespace GdbStub.Sessions;

/// <summary>--max-idle for one session: how long nobody has said anything, the client, the program or this server.</summary>
/// <param name="limit"><see cref="Timeout.InfiniteTimeSpan"/>: there is none.</param>
public sealed class IdleLimit(TimeSpan limit, TimeProvider clock)
{
    private long _heard = clock.GetTimestamp();

    /// <summary>How long the silence may go on.</summary>
    public TimeSpan Left
    {
        get
        {
            if (IsNone) return limit;
            var left = limit - clock.GetElapsedTime(_heard);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public bool IsOver => !IsNone && Left == TimeSpan.Zero;

    private bool IsNone => limit == Timeout.InfiniteTimeSpan;

    /// <summary>Somebody has said something.</summary>
    public void Heard() => _heard = clock.GetTimestamp();

    /// <summary>What the client and the log are told.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"nothing was said for {limit.TotalSeconds} seconds (--max-idle): this session ends");
}
