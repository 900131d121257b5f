using TraceKernel.Files;
using static TraceKernel.Abi.Mib;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl kern.ipc.*: pipes, sockets and their buffers.</summary>
internal static class InterprocessSysctls
{
    /// <summary>KIPC_* of sys/sysctl.h.</summary>
    private const int KIPC_MAXSOCKBUF = 1, KIPC_SOCKBUF_WASTE = 2, KIPC_SOMAXCONN = 3, KIPC_MAX_LINKHDR = 4, KIPC_MAX_PROTOHDR = 5,
        KIPC_MAX_HDR = 6, KIPC_MAX_DATALEN = 7;

    /// <summary>somaxconn: longest queue of connections that are not accepted yet.</summary>
    internal const int MaximumConnections = 128;

    public static readonly SysctlRow[] Rows =
    [
        Node("kern.ipc", KERN_IPC, "Communication between processes"),
        ULong("kern.ipc.maxsockbuf", KIPC_MAXSOCKBUF, _ => SocketOptions.MaximumBuffer, "Most bytes of a socket's buffer"),
        ULong("kern.ipc.sockbuf_waste_factor", KIPC_SOCKBUF_WASTE, _ => 8, "How much of a socket's buffer may be waste"),
        UInt("kern.ipc.somaxconn", KIPC_SOMAXCONN, _ => MaximumConnections, "Longest queue of connections; see soacceptqueue").With(CTLFLAG_SKIP),
        Int("kern.ipc.max_linkhdr", KIPC_MAX_LINKHDR, _ => 16, "Longest header of a link"),
        Int("kern.ipc.max_protohdr", KIPC_MAX_PROTOHDR, _ => 60, "Longest header of a protocol"),
        Int("kern.ipc.max_hdr", KIPC_MAX_HDR, _ => 76, "Longest header of a link and a protocol"),
        Int("kern.ipc.max_datalen", KIPC_MAX_DATALEN, _ => 92, "Least room for data behind the longest header"),
        UInt("kern.ipc.soacceptqueue", MaximumConnections, "Longest queue of connections that are not accepted"),
        Int("kern.ipc.maxsockets", Auto, kernel => kernel.Sockets.Maximum, "Most sockets"),
        Int("kern.ipc.numopensockets", Auto, kernel => kernel.Sockets.Taken, "Open sockets"),
        ULong("kern.ipc.maxpipekva", Auto, kernel => (ulong)kernel.Pipes.Maximum * Pipe.Capacity, "Most bytes of all pipes"),
        ULong("kern.ipc.pipekva", Auto, kernel => (ulong)kernel.Pipes.Taken * Pipe.Capacity, "Bytes of all pipes"),
        Int("kern.ipc.pipes", Auto, kernel => kernel.Pipes.Taken, "Pipes"),
        U64("kern.ipc.maxmbufmem", Auto, kernel => (ulong)kernel.Options.MaximumMemory / 2, "Most bytes of network buffers"),
        Int("kern.ipc.nmbclusters", 65536, "Most clusters of network buffers"),
        Int("kern.ipc.nmbjumbop", 32768, "Most network buffers of a page"),
        Int("kern.ipc.nmbjumbo9", 0, "Most network buffers of 9 KB"),
        Int("kern.ipc.nmbjumbo16", 0, "Most network buffers of 16 KB"),
        Int("kern.ipc.nmbufs", 262144, "Most network buffers"),
        Int("kern.ipc.nsfbufs", 0, "Buffers of sendfile(2)"),
        Int("kern.ipc.nsfbufspeak", 0, "Buffers of sendfile(2) that were in use at a time"),
        Int("kern.ipc.nsfbufsused", 0, "Buffers of sendfile(2) in use"),
        // struct sfstat of 13: eleven counters.
        Opaque("kern.ipc.sfstat", Auto, "S,sfstat", (in SysctlRequest request) => request.Put(stackalloc byte[11 * sizeof(ulong)]),
            "What sendfile(2) has done"),
    ];
}
