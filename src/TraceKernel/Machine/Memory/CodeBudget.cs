namespace TraceKernel.Machine.Memory;

/// <summary>
/// Host memory that the decoded and translated code of all address spaces of one machine may take together. When there is no more, the
/// address spaces that have not run for longest lose theirs; code that is needed again is decoded again.
/// </summary>
public sealed class CodeBudget
{
    /// <summary>Enough for one large program, however little memory its machine has.</summary>
    private const long Least = 16L << 20;

    /// <summary>More than programs have been seen to profit from.</summary>
    private const long Most = 512L << 20;

    /// <summary>Bytes forgotten since the host's collector was asked to take them.</summary>
    private long _forgotten;

    /// <summary>The address spaces, the one that ran last at the end.</summary>
    private readonly LinkedList<CodeAccount> _accounts = [];

    /// <param name="machineBytes">The machine's memory. An eighth of it, within limits, may hold code.</param>
    public CodeBudget(long machineBytes) => MaximumBytes = Math.Clamp(machineBytes / 8, Least, Most);

    public long MaximumBytes { get; }

    /// <summary>Bytes in use. Those of translations are estimated, for the host's compiler does not report them.</summary>
    public long Bytes { get; internal set; }

    /// <summary>The part of a new address space.</summary>
    internal CodeAccount Open()
    {
        var account = new CodeAccount(this);
        account.Place = _accounts.AddLast(account);
        return account;
    }

    internal void Use(CodeAccount account)
    {
        if (_accounts.Last == account.Place) return;
        _accounts.Remove(account.Place);
        _accounts.AddLast(account.Place);
    }

    internal void Close(CodeAccount account)
    {
        if (account.Place.List is null) return;
        _accounts.Remove(account.Place);
        Bytes -= account.Bytes;
    }

    /// <summary>Whether there is room, if need be after others than <paramref name="user"/> have lost their code.</summary>
    internal bool TryMakeRoom(CodeAccount user)
    {
        for (var place = _accounts.First; Bytes > MaximumBytes && place is not null; place = place.Next)
            if (place.Value != user) Forget(place.Value);
        return Bytes <= MaximumBytes;
    }

    // Code that was in use for a while is old to the host's collector, which would let it lie until the heap has grown by much more.
    private void Forget(CodeAccount account)
    {
        _forgotten += account.Bytes;
        account.Forget();
        if (_forgotten < MaximumBytes) return;
        _forgotten = 0;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }
}

/// <summary>The part of one address space in its machine's <see cref="CodeBudget"/>.</summary>
internal sealed class CodeAccount(CodeBudget budget)
{
    public long Bytes { get; private set; }

    /// <summary>Throws all code of the address space away; its bytes are given back by <see cref="Add"/>.</summary>
    public Action Forget { get; set; } = () => { };

    internal LinkedListNode<CodeAccount> Place { get; set; } = null!;

    /// <summary>Takes bytes, or gives them back when negative. What exceeds the budget is looked at by <see cref="HasRoom"/>.</summary>
    public void Add(long bytes)
    {
        Bytes += bytes;
        budget.Bytes += bytes;
    }

    /// <summary>The address space runs now.</summary>
    public void Use() => budget.Use(this);

    /// <summary>Whether the budget holds. False: the other address spaces have lost their code already, and this one must forget its own.</summary>
    public bool HasRoom() => budget.Bytes <= budget.MaximumBytes || budget.TryMakeRoom(this);

    /// <summary>The address space is gone.</summary>
    public void Close() => budget.Close(this);
}
