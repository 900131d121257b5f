using System.Buffers;
using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Packets;

/// <summary>
/// Registers of the selected thread, or of the one that ";thread:ID;" names, in the order and the sizes of target.xml.
/// </summary>
internal static class Registers
{
    /// <summary>Longest register, in bytes.</summary>
    private const int Longest = 64;

    [Packet("g", "[thread]", Needs = [PT_GETREGS])]
    public static void ReadAll(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!Targets.TryThread(session, ref reader, out var thread)) return;
        var layout = session.Tracer.Layout;
        var buffer = ArrayPool<byte>.Shared.Rent(layout.TotalBytes);
        var registers = buffer.AsSpan(0, layout.TotalBytes);
        if (thread.Registers.TryReadAll(registers)) session.Reply.Hex(registers);
        else for (var number = 0; number < layout.Count; number++) Append(session, thread, number);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    [Packet("G", "registers[;thread]", Needs = [PT_SETREGS], NeedsStop = true)]
    public static void WriteAll(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        var values = reader.Until(';');
        if (!Targets.TryThread(session, ref reader, out var thread)) return;
        var size = session.Tracer.Layout.TotalBytes;
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        var registers = buffer.AsSpan(0, size);
        if (PacketReader.TryBytes(values, registers)) Answer(session, thread.Registers.WriteAll(registers));
        else Targets.Malformed(session);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    [Packet("p", "number[;thread]", Needs = [PT_GETREGS])]
    public static void Read(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryCount(out var number)) Targets.Malformed(session);
        else if (IsRegister(session, number) && Targets.TryThread(session, ref reader, out var thread)) Append(session, thread, number);
    }

    [Packet("P", "number=value[;thread]", Needs = [PT_SETREGS], NeedsStop = true)]
    public static void Write(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryCount(out var number) || !reader.Skip('='))
        {
            Targets.Malformed(session);
            return;
        }
        var digits = reader.Until(';');
        if (!IsRegister(session, number) || !Targets.TryThread(session, ref reader, out var thread)) return;
        Span<byte> value = stackalloc byte[Longest];
        value = value[..session.Tracer.Layout.Bytes(number)];
        if (PacketReader.TryBytes(digits, value)) Answer(session, thread.Registers.Write(number, value));
        else Targets.Malformed(session);
    }

    private static bool IsRegister(Session session, int number)
    {
        if (number < session.Tracer.Layout.Count) return true;
        session.Reply.Error(Errno.EINVAL, $"there is no register {number}");
        return false;
    }

    private static void Append(Session session, TracedThread thread, int number)
    {
        Span<byte> value = stackalloc byte[Longest];
        value = value[..session.Tracer.Layout.Bytes(number)];
        if (thread.Registers.TryRead(number, value)) session.Reply.Hex(value);
        else session.Reply.Unavailable(value.Length);
    }

    private static void Answer(Session session, Errno error)
    {
        if (error == Errno.None) session.Reply.Ok();
        else session.Reply.Error(error, error == Errno.EOPNOTSUPP ? "the register cannot be changed" : "the kernel refuses the value");
    }
}
