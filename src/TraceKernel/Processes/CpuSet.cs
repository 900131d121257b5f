using System.Numerics;
using TraceKernel.Abi;

namespace TraceKernel.Processes;

/// <summary>struct cpuset: processors that threads may run on. Threads run one at a time whatever it says; programs read it back.</summary>
/// <param name="id">Its number; <see cref="Anonymous"/>: it belongs to one thread.</param>
/// <param name="parent">The set that it is within; null: the root of all.</param>
/// <param name="mask">A bit for each processor.</param>
/// <param name="policy">DOMAINSET_POLICY_*, where memory is taken from.</param>
internal sealed class CpuSet(int id, CpuSet? parent, BigInteger mask, int policy)
{
    /// <summary>CPUSET_INVALID.</summary>
    public const int Anonymous = -1;

    public int Id => id;
    public CpuSet? Parent => parent;
    public BigInteger Mask { get; set; } = mask;
    public int Policy { get; set; } = policy;

    /// <summary>CPU_SET_ROOT: the system's, or a jail's.</summary>
    public bool IsRoot { get; init; }

    /// <summary>CPU_SET_RDONLY.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>cpuset_getbase: the numbered set of a thread.</summary>
    public CpuSet Base => id == Anonymous ? parent! : this;

    /// <summary>cpuset_getroot.</summary>
    public CpuSet Root
    {
        get
        {
            var set = this;
            while (set.Parent is { } next && !set.IsRoot) set = next;
            return set;
        }
    }

    /// <summary>It is the other set, or within it.</summary>
    public bool IsWithin(CpuSet other)
    {
        for (var set = this; set is not null; set = set.Parent)
            if (set == other) return true;
        return false;
    }

    /// <summary>Whether every processor of <paramref name="other"/> is in it (CPU_SUBSET).</summary>
    public bool Covers(BigInteger other) => (Mask & other) == other;
}

/// <summary>All numbered CPU sets of a kernel: kern_cpuset.c.</summary>
internal sealed class CpuSets
{
    /// <summary>Numbers of cpuset_zero, cpuset_default and cpuset_kernel.</summary>
    private const int RootId = 0, DefaultId = 1, KernelId = 2;

    private readonly Kernel _kernel;
    private readonly SortedDictionary<int, CpuSet> _sets = [];

    /// <summary>cpuset_thread0.</summary>
    public CpuSets(Kernel kernel)
    {
        _kernel = kernel;
        var root = new CpuSet(RootId, null, (BigInteger.One << kernel.Options.Cpus) - 1, Scheduling.DOMAINSET_POLICY_FIRSTTOUCH) { IsRoot = true, IsReadOnly = true };
        Default = new CpuSet(DefaultId, root, root.Mask, root.Policy);
        _sets.Add(RootId, root);
        _sets.Add(DefaultId, Default);
        _sets.Add(KernelId, new CpuSet(KernelId, root, root.Mask, Scheduling.DOMAINSET_POLICY_INTERLEAVE));
    }

    /// <summary>The set that processes begin in.</summary>
    public CpuSet Default { get; }

    /// <summary>cpuset_lookup; null for a set that nobody is in any more.</summary>
    public CpuSet? Find(int id)
    {
        DropUnused();
        return _sets.GetValueOrDefault(id);
    }

    /// <summary>cpuset_create: a new numbered set that has the processors of its parent.</summary>
    public CpuSet Create(CpuSet parent, bool isRoot = false)
    {
        DropUnused();
        var id = KernelId + 1;
        while (_sets.ContainsKey(id)) id++;
        var set = new CpuSet(id, parent, parent.Mask, parent.Policy) { IsRoot = isRoot };
        _sets.Add(id, set);
        return set;
    }

    /// <summary>cpuset_rel: sets go with their last user.</summary>
    private void DropUnused()
    {
        if (_sets.Count == KernelId + 1) return;
        var used = new HashSet<CpuSet>(ReferenceEqualityComparer.Instance);
        foreach (var prison in _kernel.Prisons.Host.Descendants)
            if (prison.CpuSet is { } own) used.Add(own);
        foreach (var process in _kernel.Processes)
            foreach (var lwp in process.Threads)
                for (var set = lwp.CpuSet; set is not null && used.Add(set); set = set.Parent)
                {
                }
        foreach (var set in _sets.Values.ToArray())
            if (set.Id > KernelId && !used.Contains(set)) _sets.Remove(set.Id);
    }

    /// <summary>
    /// cpuset_modify, for a caller with the privilege. EINVAL for a processor that the set's root lacks, EPERM for a set that cannot change,
    /// EDEADLK when a set within it would be left without any.
    /// </summary>
    public Errno Modify(CpuSet set, BigInteger mask)
    {
        // The root of a jail is within the set that the jail was made from.
        var limit = set.IsRoot && !set.IsReadOnly ? set.Parent! : set.Root;
        if (!limit.Covers(mask)) return Errno.EINVAL;
        if (set.IsReadOnly) return Errno.EPERM;
        if (mask.IsZero) return Errno.EDEADLK;
        var within = Within(set);
        if (within.Exists(other => (other.Mask & mask).IsZero)) return Errno.EDEADLK;
        set.Mask = mask;
        foreach (var other in within) other.Mask &= mask;
        return Errno.None;
    }

    /// <summary>cpuset_modify_domain: there is one domain, so that only the policy changes.</summary>
    public void ModifyPolicy(CpuSet set, int policy)
    {
        foreach (var other in Within(set)) other.Policy = policy;
        set.Policy = policy;
    }

    /// <summary>Every set below one: numbered ones, and those of single threads.</summary>
    private List<CpuSet> Within(CpuSet set)
    {
        var found = new List<CpuSet>();
        foreach (var other in _sets.Values)
            if (other != set && other.IsWithin(set)) found.Add(other);
        foreach (var process in _kernel.Processes)
            foreach (var lwp in process.Threads)
                if (lwp.CpuSet.Id == CpuSet.Anonymous && lwp.CpuSet.IsWithin(set)) found.Add(lwp.CpuSet);
        return found;
    }

    /// <summary>cpuset_shadow: the threads get a set of their own within the one that they are in. EINVAL, EDEADLK.</summary>
    /// <param name="mask">Null: the processors stay.</param>
    /// <param name="policy">0: the policy stays.</param>
    public static Errno Restrict(IReadOnlyList<Lwp> threads, BigInteger? mask, int policy)
    {
        foreach (var lwp in threads)
            if (mask is { } wanted && !lwp.CpuSet.Base.Covers(wanted)) return Errno.EINVAL;
        if (mask is { IsZero: true }) return Errno.EDEADLK;
        foreach (var lwp in threads)
        {
            var old = lwp.CpuSet;
            lwp.CpuSet = new CpuSet(CpuSet.Anonymous, old.Base, mask ?? old.Mask, policy == 0 ? old.Policy : policy);
        }
        return Errno.None;
    }

    /// <summary>
    /// cpuset_setproc: the threads go over to a numbered set and keep what they restrict themselves to. EDEADLK when nothing would be left.
    /// </summary>
    public static Errno Assign(IReadOnlyList<Lwp> threads, CpuSet set)
    {
        var next = new CpuSet[threads.Count];
        for (var index = 0; index < next.Length; index++)
        {
            var old = threads[index].CpuSet;
            if (old.Id != CpuSet.Anonymous)
            {
                next[index] = set;
                continue;
            }
            var mask = old.Mask == old.Base.Mask ? set.Mask : old.Mask & set.Mask;
            if (mask.IsZero) return Errno.EDEADLK;
            next[index] = new CpuSet(CpuSet.Anonymous, set, mask, old.Policy);
        }
        for (var index = 0; index < next.Length; index++) threads[index].CpuSet = next[index];
        return Errno.None;
    }
}
