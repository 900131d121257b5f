using System.Runtime.InteropServices;
using GdbStub.Sessions;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Packets;

/// <summary>
/// All registers of a thread, kept by the server while lldb calls a function there, and with them the siginfo of the stop: gdb writes it
/// back itself (qXfer:siginfo:write), lldb does not.
/// </summary>
internal static class SavedRegisters
{
    /// <summary>A client that forgets to restore must not fill the memory.</summary>
    private const int Most = 64;

    /// <summary>The answer is the number by which the copy is restored.</summary>
    [Packet("QSaveRegisterState", "[thread]", Needs = [PT_SETREGS])]
    public static void Save(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!Targets.TryThread(session, ref reader, out var thread)) return;
        var layout = session.Tracer.Layout;
        var values = new byte[layout.TotalBytes + siginfo.Bytes];
        for (var number = 0; number < layout.Count; number++)
            _ = thread.Registers.TryRead(number, values.AsSpan(layout.Offset(number), layout.Bytes(number)));
        if (thread.ReadSiginfo(out var info) == Errno.None) MemoryMarshal.Write(values.AsSpan(layout.TotalBytes), info);
        session.Reply.Number(session.SavedRegisters.Keep(values, Most));
    }

    [Packet("QRestoreRegisterState", "number[;thread]", Needs = [PT_SETREGS])]
    public static void Restore(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryDecimal(out var number))
        {
            Targets.Malformed(session);
            return;
        }
        if (!Targets.TryThread(session, ref reader, out var thread)) return;
        if (session.SavedRegisters.Take(number) is not { } values)
        {
            session.Reply.Error(Errno.ENOENT, $"no registers are saved as {number}");
            return;
        }
        var registers = session.Tracer.Layout.TotalBytes;
        var info = MemoryMarshal.Read<siginfo>(values.AsSpan(registers));
        // As far as the kernel can: registers are what is asked for.
        if (info.si_signo != 0) _ = thread.WriteSiginfo(info);
        var error = thread.Registers.WriteAll(values.AsSpan(0, registers));
        if (error == Errno.None) session.Reply.Ok();
        else session.Reply.Error(error, "the kernel refuses the registers");
    }
}
