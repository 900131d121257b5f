using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>A symbolic link: its target is looked up in the guest's name space, never by the host.</summary>
public class LinkVnode(FileSystem fileSystem, Mount mount, string target, Caller owner, long? fileId = null)
    : Vnode(fileSystem, mount, S_IFLNK, 0x1ed, owner, fileId)
{
    /// <summary>What readlink(2) gives.</summary>
    public string Target => target;

    public override long Size => target.Length;

    protected override void Reclaim()
    {
        if (Mount.IsInMemory) Budget.ReturnFile();
    }
}
