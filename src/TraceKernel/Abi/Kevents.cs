using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>struct kevent, 64 bytes from FreeBSD 12 on; before that it ended with udata.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct kevent
{
    public const int Bytes = 64, OldBytes = 32;

    public ulong ident;
    public short filter;
    public ushort flags;
    public uint fflags;
    public long data;
    public ulong udata;
    public ulong ext0, ext1, ext2, ext3;
}

/// <summary>Filters and flags of kevent(2), sys/event.h.</summary>
public static class Kevents
{
    public const short EVFILT_READ = -1, EVFILT_WRITE = -2, EVFILT_VNODE = -4, EVFILT_PROC = -5, EVFILT_SIGNAL = -6, EVFILT_TIMER = -7,
        EVFILT_AIO = -3, EVFILT_PROCDESC = -8, EVFILT_FS = -9, EVFILT_LIO = -10, EVFILT_USER = -11, EVFILT_SENDFILE = -12, EVFILT_EMPTY = -13;

    public const ushort EV_ADD = 1, EV_DELETE = 2, EV_ENABLE = 4, EV_DISABLE = 8, EV_ONESHOT = 0x10, EV_CLEAR = 0x20, EV_RECEIPT = 0x40,
        EV_DISPATCH = 0x80, EV_FORCEONESHOT = 0x100, EV_KEEPUDATA = 0x200, EV_SYSFLAGS = 0xF000, EV_DROP = 0x1000, EV_ERROR = 0x4000,
        EV_EOF = 0x8000;

    /// <summary>kqueuex(2): the queue does not outlive an execve(2).</summary>
    public const uint KQUEUE_CLOEXEC = 1;

    /// <summary>EVFILT_PROC.</summary>
    public const uint NOTE_EXIT = 0x80000000, NOTE_FORK = 0x40000000, NOTE_EXEC = 0x20000000, NOTE_PCTRLMASK = 0xF0000000, NOTE_TRACK = 1,
        NOTE_TRACKERR = 2, NOTE_CHILD = 4;

    /// <summary>EVFILT_VNODE: what was done to a file.</summary>
    public const uint NOTE_DELETE = 1, NOTE_WRITE = 2, NOTE_EXTEND = 4, NOTE_ATTRIB = 8, NOTE_LINK = 0x10, NOTE_RENAME = 0x20,
        NOTE_REVOKE = 0x40, NOTE_OPEN = 0x80, NOTE_CLOSE = 0x100, NOTE_CLOSE_WRITE = 0x200, NOTE_READ = 0x400;

    /// <summary>EVFILT_SIGNAL: what posts a signal; the low bits are its number.</summary>
    public const uint NOTE_SIGNAL = 0x08000000;

    /// <summary>EVFILT_TIMER: the unit of data; milliseconds without any.</summary>
    public const uint NOTE_SECONDS = 1, NOTE_MSECONDS = 2, NOTE_USECONDS = 4, NOTE_NSECONDS = 8, NOTE_ABSTIME = 0x10;

    /// <summary>EVFILT_READ and EVFILT_WRITE: the level that counts as ready; files that are at their end too.</summary>
    public const uint NOTE_LOWAT = 1, NOTE_FILE_POLL = 2;

    /// <summary>EVFILT_USER.</summary>
    public const uint NOTE_FFAND = 0x40000000, NOTE_FFOR = 0x80000000, NOTE_FFCOPY = 0xC0000000, NOTE_FFCTRLMASK = 0xC0000000,
        NOTE_FFLAGSMASK = 0x00FFFFFF, NOTE_TRIGGER = 0x01000000;
}
