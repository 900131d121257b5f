using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Files;

/// <summary>struct file: what open(2) makes and dup(2) and fork(2) share, the offset included.</summary>
public sealed class OpenFile
{
    /// <summary>FCNTLFLAGS: what F_SETFL may change.</summary>
    private const int Settable = O_APPEND | O_ASYNC | O_FSYNC | O_DSYNC | O_NONBLOCK | O_DIRECT;

    private int _references = 1;

    /// <param name="flags">O_* of open(2).</param>
    public OpenFile(FileObject target, int flags)
    {
        Target = target;
        Flags = flags & (O_ACCMODE | O_EXEC | O_PATH | Settable);
        target.Opened(this);
    }

    public FileObject Target { get; }

    /// <summary>What F_GETFL returns.</summary>
    public int Flags { get; private set; }

    /// <summary>f_offset in bytes.</summary>
    public long Offset { get; set; }

    /// <summary>f_pipegen: writers of a named pipe that had come and gone when this reader came.</summary>
    internal long PipeGeneration { get; set; }

    /// <summary>f_count.</summary>
    public int References => _references;

    public bool CanRead => (Flags & (O_EXEC | O_PATH)) == 0 && (Flags & O_ACCMODE) is O_RDONLY or O_RDWR;
    public bool CanWrite => (Flags & O_ACCMODE) is O_WRONLY or O_RDWR;
    /// <summary>path_fileops: it names a file, but what is in the file is out of reach.</summary>
    public bool IsPath => (Flags & O_PATH) != 0;

    public bool IsNonBlocking => (Flags & O_NONBLOCK) != 0;
    public bool IsAppending => (Flags & O_APPEND) != 0;

    /// <summary>F_SETFL: access mode and what may not change stay.</summary>
    public void SetFlags(int flags) => Flags = Flags & ~Settable | flags & Settable;

    public void AddReference() => _references++;

    /// <summary>fget and fdrop around a call that may sleep: whoever closes the descriptor meanwhile does not close the file.</summary>
    internal async ValueTask<T> Hold<T>(ValueTask<T> call)
    {
        AddReference();
        var result = await call;
        Release();
        return result;
    }

    /// <summary>fdrop: closes it with the last reference.</summary>
    public void Release()
    {
        if (--_references == 0) Target.Closed(this);
    }
}
