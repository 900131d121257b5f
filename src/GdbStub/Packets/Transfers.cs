using System.Runtime.InteropServices;
using System.Text;
using GdbStub.Frames;
using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Packets;

/// <summary>Objects that clients read in pieces: "object:read:annex:offset,length" (GDB manual, qXfer).</summary>
internal static class Transfers
{
    /// <summary>What fits a reply behind "m" or "l" when no byte is escaped.</summary>
    private const int MostBytes = FrameDecoder.PacketSize - 16;

    [Packet("qXfer:features:read:", "annex:offset,length", Advertises = "qXfer:features:read+")]
    public static void Features(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryPiece(session, arguments, out var annex, out var piece)) return;
        if (!annex.SequenceEqual("target.xml"u8))
        {
            session.Reply.Error(Errno.ENOENT, "there is only target.xml");
            return;
        }
        Send(session, session.Tracer.Description.Document(session.KnowsFreeBsd ? "FreeBSD" : "none"), piece);
    }

    [Packet("qXfer:threads:read:", ":offset,length", Advertises = "qXfer:threads:read+")]
    public static void ThreadList(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryPiece(session, arguments, out _, out var piece)) return;
        var text = new StringBuilder("<?xml version=\"1.0\"?>\n<threads>\n");
        foreach (var process in session.Tracer.Processes)
        {
            foreach (var thread in process.Threads)
            {
                text.Append("<thread id=\"");
                if (session.Client.Multiprocess) text.Append($"p{process.Pid:x}.");
                text.Append($"{thread.Lwp:x}\" core=\"0\" name=\"").Append(GuestText.Xml(thread.Name)).Append("\"/>\n");
            }
        }
        Send(session, Encoding.UTF8.GetBytes(text.Append("</threads>\n").ToString()), piece);
    }

    [Packet("qXfer:auxv:read:", ":offset,length", Advertises = "qXfer:auxv:read+")]
    public static void AuxiliaryVector(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryPiece(session, arguments, out _, out var piece) || !Targets.TryCurrent(session, out var thread)) return;
        var error = session.System.ReadAuxv(thread.Process.Pid, out var auxv);
        if (error == Errno.None) Send(session, auxv, piece);
        else session.Reply.Error(error, "the auxiliary vector cannot be read");
    }

    /// <summary>
    /// Where a position-independent program is, for clients without an OS ABI that would find out (gdb 13 with osabi none). Empty for a
    /// program at the addresses that its file gives.
    /// </summary>
    [Packet("qOffsets", "")]
    public static void Offsets(Session session, ReadOnlySpan<byte> arguments)
    {
        if (session.Tracer.Current is not { } thread) return;
        var image = ProgramImage.Read(session.Tracer.System, thread.Process);
        // By segment, so that gdb moves all sections and not .text, .data and .bss alone.
        if (image.Displacement is not (null or 0)) session.Reply.Text("TextSeg=").HexNumber(image.FirstSegment);
    }

    /// <summary>The annex is a process in hex, or empty for the selected one.</summary>
    [Packet("qXfer:exec-file:read:", "[pid]:offset,length", Advertises = "qXfer:exec-file:read+")]
    public static void ExecFile(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryPiece(session, arguments, out var annex, out var piece)) return;
        Tracee? process;
        if (annex.IsEmpty)
        {
            if (!Targets.TryCurrent(session, out var thread)) return;
            process = thread.Process;
        }
        else
        {
            var reader = new PacketReader(annex);
            if (!reader.TryCount(out var pid) || !reader.IsEmpty)
            {
                Targets.Malformed(session);
                return;
            }
            if (!Targets.TryProcess(session, pid, out process)) return;
        }
        var error = session.System.ReadPathname(process.Pid, out var path);
        if (error == Errno.None) Send(session, GuestText.Bytes(path), piece);
        else session.Reply.Error(error, "the kernel does not know the path of the program");
    }

    /// <summary>FreeBSD's siginfo_t.</summary>
    [Packet("qXfer:siginfo:read:", ":offset,length", Advertises = "qXfer:siginfo:read+", Needs = [PT_LWPINFO])]
    public static void SignalInformation(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryPiece(session, arguments, out _, out var piece) || !Targets.TryCurrent(session, out var thread)) return;
        var error = thread.ReadSiginfo(out var info);
        if (error == Errno.None) Send(session, MemoryMarshal.AsBytes(new ReadOnlySpan<siginfo>(in info)), piece);
        else session.Reply.Error(error, "no signal has stopped the thread");
    }

    /// <summary>
    /// Changes part of it, for the handler to see if the program goes on with that signal; after calling a function gdb puts back what was
    /// there before. FreeBSD has no request for it: not there with --strict.
    /// </summary>
    [Packet("qXfer:siginfo:write:", ":offset:binary", Advertises = "qXfer:siginfo:write+", Needs = [PT_LWPINFO, PT_X_SETSIGINFO])]
    public static void ChangeSignalInformation(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.Skip(':') || !reader.TryNumber(out var offset) || !reader.Skip(':') || offset >= siginfo.Bytes)
        {
            Targets.Malformed(session);
            return;
        }
        if (!Targets.TryCurrent(session, out var thread)) return;
        var error = thread.ReadSiginfo(out var info);
        if (error == Errno.None)
        {
            var changed = MemoryMarshal.AsBytes(new Span<siginfo>(ref info))[(int)offset..];
            var part = reader.Rest[..Math.Min(reader.Rest.Length, changed.Length)];
            part.CopyTo(changed);
            error = thread.WriteSiginfo(info);
            if (error == Errno.None) session.Reply.HexNumber((ulong)part.Length);
        }
        if (error != Errno.None) session.Reply.Error(error, error == Errno.ENOENT ? "no signal has stopped the thread" : "the kernel refuses this siginfo");
    }

    /// <summary>Reads "annex:offset,length"; else the packet is answered with an error.</summary>
    internal static bool TryPiece(Session session, ReadOnlySpan<byte> arguments, out ReadOnlySpan<byte> annex, out Piece piece)
    {
        annex = default;
        piece = default;
        var colon = arguments.LastIndexOf((byte)':');
        var reader = new PacketReader(arguments[(colon + 1)..]);
        if (colon < 0 || !reader.TryRange(out var offset, out var length))
        {
            Targets.Malformed(session);
            return false;
        }
        annex = arguments[..colon];
        piece = new Piece(offset, Math.Min(length, MostBytes));
        return true;
    }

    /// <summary>"m" and a piece when more follows, "l" and the last one.</summary>
    internal static void Send(Session session, ReadOnlySpan<byte> whole, Piece piece)
    {
        var rest = piece.Offset < (ulong)whole.Length ? whole[(int)piece.Offset..] : default;
        var part = rest[..BinaryEscapes.Fitting(rest[..Math.Min(rest.Length, piece.Length)], MostBytes)];
        session.Reply.Text(part.Length < rest.Length ? 'm' : 'l').Binary(part);
    }

    /// <summary>Which part of an object is asked for.</summary>
    internal readonly record struct Piece(ulong Offset, int Length);
}
