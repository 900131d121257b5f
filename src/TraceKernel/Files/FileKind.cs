namespace TraceKernel.Files;

/// <summary>f_type of struct file: DTYPE_* of sys/file.h.</summary>
public enum FileKind
{
    /// <summary>A file, directory or device that has a name.</summary>
    Vnode = 1,
    Socket = 2, Pipe = 3, Fifo = 4, Kqueue = 5, MessageQueue = 7, SharedMemory = 8, Semaphore = 9, PseudoTerminal = 10, Device = 11,
    ProcessDescriptor = 12, EventCounter = 13,
}
