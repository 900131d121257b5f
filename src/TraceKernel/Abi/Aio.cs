using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>struct aiocb of aio.h on LP64: a transfer that a program asks for, and where its outcome is kept.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public record struct aiocb
{
    public const int Bytes = 160;

    /// <summary>Of _aiocb_private.status and error, which the kernel writes.</summary>
    public const ulong StatusOffset = 56, ErrorOffset = 64;

    /// <summary>lio_listio(2)'s requests, and those that only the kernel makes.</summary>
    public const int LIO_NOP = 0, LIO_WRITE = 1, LIO_READ = 2, LIO_VECTORED = 4, LIO_WRITEV = LIO_WRITE | LIO_VECTORED,
        LIO_READV = LIO_READ | LIO_VECTORED, LIO_SYNC = 8, LIO_DSYNC = 0x10 | LIO_SYNC, LIO_MLOCK = 0x20;

    public const int LIO_NOWAIT = 0, LIO_WAIT = 1;
    public const int AIO_CANCELED = 1, AIO_NOTCANCELED = 2, AIO_ALLDONE = 3;

    [FieldOffset(0)] public int aio_fildes;
    [FieldOffset(8)] public long aio_offset;
    /// <summary>The buffer, or the segments (aio_iov).</summary>
    [FieldOffset(16)] public ulong aio_buf;
    /// <summary>Bytes of the buffer, or the number of segments (aio_iovcnt).</summary>
    [FieldOffset(24)] public ulong aio_nbytes;
    [FieldOffset(48)] public int aio_lio_opcode;
    [FieldOffset(80)] public sigevent aio_sigevent;
}
