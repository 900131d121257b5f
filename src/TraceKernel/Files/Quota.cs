namespace TraceKernel.Files;

/// <summary>How many of a kind of thing one kernel may have, so that no guest can take all that the host has.</summary>
public sealed class Quota(int maximum)
{
    public int Maximum => maximum;
    public int Taken { get; private set; }

    /// <summary>False when there are as many as there may be.</summary>
    public bool TryTake()
    {
        if (Taken >= maximum) return false;
        Taken++;
        return true;
    }

    public void Return(int count = 1) => Taken -= count;
}
