using GdbStub.Sessions;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Packets;

/// <summary>Memory in the process that belongs to the debugger: where lldb puts the code of its expressions.</summary>
internal static class Allocation
{
    /// <summary>The largest allocation, in bytes: more is no expression's code or data.</summary>
    private const ulong MostBytes = 64 << 20;

    [Packet("_M", "size,permissions", Glued = true, Needs = [PT_SETREGS, PT_SETSTEP], NeedsStop = true)]
    public static void Allocate(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryNumber(out var bytes) || !reader.Skip(',') || !TryProtection(reader.Rest, out var protection)
            || bytes is 0 or > MostBytes)
        {
            Targets.Malformed(session);
            return;
        }
        if (!Targets.TryCurrent(session, out var thread)) return;
        var error = thread.Process.Allocate(bytes, protection, out var address);
        if (error == Errno.None) session.Reply.HexNumber(address);
        else session.Reply.Error(error, Explain(error));
    }

    [Packet("_m", "address", Glued = true, Needs = [PT_SETREGS, PT_SETSTEP], NeedsStop = true)]
    public static void Free(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryNumber(out var address) || !reader.IsEmpty)
        {
            Targets.Malformed(session);
            return;
        }
        if (!Targets.TryCurrent(session, out var thread)) return;
        var error = thread.Process.Free(address);
        if (error == Errno.None) session.Reply.Ok();
        else session.Reply.Error(error, Explain(error));
    }

    private static bool TryProtection(ReadOnlySpan<byte> letters, out int protection)
    {
        protection = Mman.PROT_NONE;
        foreach (var letter in letters)
        {
            switch ((char)letter)
            {
                case 'r': protection |= Mman.PROT_READ; break;
                case 'w': protection |= Mman.PROT_WRITE; break;
                case 'x': protection |= Mman.PROT_EXEC; break;
                default: return false;
            }
        }
        return true;
    }

    private static string Explain(Errno error) =>
        error == Errno.EBUSY ? "every thread is inside a system call; let the program return from one first"
            : $"mmap(2) in the process failed: {error}";
}
