using TraceKernel.Abi;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Files;

/// <summary>
/// struct shmfd: an object of shm_open2(2), which may be sealed and grows by write(2) only if it was made so (uipc_shm.c).
/// </summary>
/// <param name="flags">shm_flags: SHM_ALLOW_SEALING and SHM_GROW_ON_WRITE.</param>
internal sealed class SharedMemoryObject(FileSystem fileSystem, Mount mount, int permissions, Caller owner, int flags)
    : MemoryFile(fileSystem, mount, permissions, owner)
{
    public const int SHM_ALLOW_SEALING = 1, SHM_GROW_ON_WRITE = 2, SHM_LARGEPAGE = 4;

    /// <summary>shm_flags, SHM_*.</summary>
    public int CreationFlags => flags;

    /// <summary>shm_seals, F_SEAL_*. Objects that nobody asked to be sealable are sealed against seals.</summary>
    public int Seals { get; private set; } = InitialSeals(flags);

    /// <summary>The seals that opening with these flags sets.</summary>
    public static int InitialSeals(int flags) => (flags & SHM_ALLOW_SEALING) != 0 ? 0 : F_SEAL_SEAL;

    /// <summary>Opened again, by somebody who did not ask for seals.</summary>
    public void SealAsOpened(int seals) => Seals |= seals;

    /// <summary>shm_add_seals: EPERM once no more may be added, EBUSY for F_SEAL_WRITE while a mapping may write.</summary>
    public Errno AddSeals(int seals)
    {
        if ((Seals & F_SEAL_SEAL) != 0) return Errno.EPERM;
        if ((seals & ~Seals & F_SEAL_WRITE) != 0 && ((Vm.IBackingFile)this).Object is { HasWritableMapping: true }) return Errno.EBUSY;
        Seals |= seals;
        return Errno.None;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        var grows = (flags & SHM_GROW_ON_WRITE) != 0;
        var overflows = offset > long.MaxValue - source.Length;
        if (grows && overflows) return Errno.EFBIG;
        if ((Seals & F_SEAL_WRITE) != 0) return Errno.EPERM;
        if (!grows) source = source[..(int)Math.Clamp(Size - offset, 0, source.Length)];
        else if (offset + source.Length > Size && Truncate(offset + source.Length) is var refused and not Errno.None) return refused;
        return source.Length == 0 ? Errno.None : base.Write(file, offset, source, out count);
    }

    public override Errno Truncate(long length)
    {
        if (length < Size && (Seals & F_SEAL_SHRINK) != 0) return Errno.EPERM;
        if (length > Size && (Seals & F_SEAL_GROW) != 0) return Errno.EPERM;
        return base.Truncate(length);
    }

    public override Errno Allocate(long offset, long length) =>
        offset + length > Size && (Seals & F_SEAL_GROW) != 0 ? Errno.EPERM : base.Allocate(offset, length);

    public override Errno Deallocate(long offset, long length) =>
        (Seals & F_SEAL_WRITE) != 0 ? Errno.EPERM : base.Deallocate(offset, length);
}
