using System.Runtime.InteropServices;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Vm;

/// <summary>
/// struct vm_object: pages by index, of a file or of nothing. An anonymous object may shadow another one: pages that it lacks are looked
/// for there. Reference-counted; each map entry and each shadow holds one reference.
/// </summary>
public sealed class VmObject
{
    private readonly Dictionary<ulong, Frame> _frames = [];
    private readonly HashSet<ulong> _dirty = [];
    // How many entries of each map map it directly, and how many objects it is the backing of.
    private readonly Dictionary<VmMap, int> _mappings = [];
    private int _shadows;
    private ulong _size;

    private VmObject(PhysicalMemory memory, IBackingFile? file, ulong size)
    {
        Memory = memory;
        File = file;
        _size = size;
    }

    /// <summary>The vnode; null for anonymous memory.</summary>
    public IBackingFile? File { get; }

    /// <summary>Where its pages come from.</summary>
    internal PhysicalMemory Memory { get; }

    public bool IsAnonymous => File is null;

    /// <summary>Pages that it may have: of a file, those that begin before its end.</summary>
    public ulong Size => File is null ? _size : ((ulong)File.Size + Frame.Size - 1) / Frame.Size;

    /// <summary>backing_object: where pages are that this one lacks.</summary>
    public VmObject? Backing { get; private set; }

    /// <summary>Where this object begins in <see cref="Backing"/>, in bytes.</summary>
    public ulong BackingOffset { get; private set; }

    public int References { get; private set; } = 1;

    /// <summary>Pages in memory.</summary>
    public int ResidentPages => _frames.Count;

    /// <summary>OBJ_SYSVSHM: it keeps its size, and its pages while nobody shows them.</summary>
    internal bool IsSegment { get; set; }

    /// <summary>OBJ_ONEMAPPING: each page has at most one view, since one map at most and no other object shows it.</summary>
    internal bool HasOneMapping => !IsSegment && _mappings.Count <= 1 && _shadows == 0;

    /// <summary>un_pager.swp.writemappings: a mapping shows the object itself and may be made writable.</summary>
    internal bool HasWritableMapping => _mappings.Keys.Any(map => map.Entries.Any(
        entry => entry.Object == this && !entry.Has(EntryFlags.CopyOnWrite) && (entry.MaxProtection & Access.Write) != 0));

    /// <summary>Memory that is zero until written; the caller holds the reference.</summary>
    internal static VmObject Anonymous(PhysicalMemory memory, ulong pages) => new(memory, null, pages);

    /// <summary>The pages of a file, see <see cref="VnodePager"/>; the caller holds the reference.</summary>
    internal static VmObject Vnode(PhysicalMemory memory, IBackingFile file) => new(memory, file, 0);

    /// <summary>
    /// An object for private copies of the pages of <paramref name="source"/> from an offset on; the caller holds the reference.
    /// </summary>
    internal static VmObject ShadowOf(VmObject source, ulong offset, ulong pages)
    {
        var shadow = new VmObject(source.Memory, null, pages);
        shadow.StandBefore(source, offset);
        return shadow;
    }

    internal void AddReference() => References++;

    /// <summary>An entry of a map begins to map it; this takes a reference.</summary>
    internal void AddMapping(VmMap map)
    {
        References++;
        CollectionsMarshal.GetValueRefOrAddDefault(_mappings, map, out _)++;
    }

    /// <summary>An entry of a map no longer maps it.</summary>
    internal void RemoveMapping(VmMap map)
    {
        if (--CollectionsMarshal.GetValueRefOrNullRef(_mappings, map) == 0)
            _mappings.Remove(map);
        Release();
    }

    /// <summary>vm_object_deallocate. The last reference writes a file's changed pages back and frees all.</summary>
    internal void Release()
    {
        for (VmObject? current = this; current is not null && --current.References == 0;)
        {
            if (current.File is not null)
                VnodePager.Forget(current);
            foreach (var frame in current._frames.Values)
                frame.Release();
            current._frames.Clear();
            var backing = current.Backing;
            current.Backing = null;
            if (backing is not null)
                backing._shadows--;
            current = backing;
        }
    }

    internal bool TryGet(ulong index, out Frame frame) => _frames.TryGetValue(index, out frame!);

    /// <summary>Puts a page in that the object lacks, which takes over the caller's reference to the frame.</summary>
    internal void Put(ulong index, Frame frame) => _frames.Add(index, frame);

    /// <summary>vm_object_page_remove: frees the pages of a range; nobody sees them any more.</summary>
    internal void RemovePages(ulong first, ulong count)
    {
        foreach (ulong index in PagesIn(first, count))
        {
            _frames.Remove(index, out var frame);
            _dirty.Remove(index);
            frame!.RemoveViews();
            frame.Release();
        }
    }

    /// <summary>
    /// vm_object_coalesce: whether the object can also hold the <paramref name="count"/> pages after the first <paramref name="used"/>
    /// ones of an entry that ends there.
    /// </summary>
    internal bool TryExtend(ulong used, ulong count)
    {
        if (!IsAnonymous || IsSegment || Backing is not null || (References > 1 && _size != used))
            return false;
        RemovePages(used, count);
        _size = Math.Max(_size, used + count);
        return true;
    }

    /// <summary>
    /// vm_object_collapse: while the backing object is seen by this one alone, takes its pages over; so a program that forks again and
    /// again keeps a short chain. With <paramref name="thorough"/> also leaves out a backing object of which every page is hidden by an
    /// own one.
    /// </summary>
    internal void Collapse(bool thorough)
    {
        while (Backing is { IsAnonymous: true } backing)
        {
            if (backing.References == 1)
                Absorb(backing);
            else if (thorough && Hides(backing))
                Bypass(backing);
            else
                return;
        }
    }

    private void Absorb(VmObject backing)
    {
        foreach (var (index, frame) in backing._frames)
        {
            ulong own = index - BackingOffset / Frame.Size;
            if (own >= _size || !_frames.TryAdd(own, frame))
                frame.Release();
        }
        backing._frames.Clear();
        StandBefore(backing.Backing, BackingOffset + backing.BackingOffset);
        backing.Release();
    }

    private void Bypass(VmObject backing)
    {
        StandBefore(backing.Backing, BackingOffset + backing.BackingOffset);
        backing._shadows--;
        backing.Release();
    }

    private void StandBefore(VmObject? backing, ulong offset)
    {
        Backing = backing;
        BackingOffset = backing is null ? 0 : offset;
        if (backing is null)
            return;
        backing.AddReference();
        backing._shadows++;
    }

    private bool Hides(VmObject backing)
    {
        foreach (ulong index in backing._frames.Keys)
        {
            ulong own = index - BackingOffset / Frame.Size;
            if (own < _size && !_frames.ContainsKey(own))
                return false;
        }
        return true;
    }

    /// <summary>A page of a file is about to be changed through a mapping.</summary>
    internal void MarkDirty(ulong index) => _dirty.Add(index);

    internal bool IsDirty(ulong index) => _dirty.Contains(index);

    /// <summary>A page of a file is as the file is: the next store to it faults.</summary>
    internal void MarkClean(ulong index)
    {
        if (_dirty.Remove(index) && TryGet(index, out var frame))
            frame.ProtectViews(Access.Read | Access.Execute);
    }

    /// <summary>The changed pages of a range of a file, in ascending order.</summary>
    internal List<ulong> DirtyIn(ulong first, ulong count) => IndicesIn(_dirty, first, count);

    /// <summary>Indices of the pages of a range that are in memory.</summary>
    internal List<ulong> PagesIn(ulong first, ulong count) => IndicesIn(_frames.Keys, first, count);

    private static List<ulong> IndicesIn(ICollection<ulong> present, ulong first, ulong count)
    {
        var indices = new List<ulong>();
        if (count < (ulong)present.Count)
        {
            for (ulong index = first; index - first < count; index++)
            {
                if (present.Contains(index))
                    indices.Add(index);
            }
            return indices;
        }
        foreach (ulong index in present)
        {
            if (index - first < count)
                indices.Add(index);
        }
        indices.Sort();
        return indices;
    }
}
