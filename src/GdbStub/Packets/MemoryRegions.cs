using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Packets;

/// <summary>The map of the process's memory, a region at a time.</summary>
internal static class MemoryRegions
{
    [Packet("qMemoryRegionInfoSupported")]
    public static void Supported(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();

    /// <summary>The region that holds an address, or the hole between two; the last hole ends where addresses do.</summary>
    [Packet("qMemoryRegionInfo", "address", Needs = [PT_VM_ENTRY])]
    public static void Describe(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryNumber(out var address) || !reader.IsEmpty)
        {
            Targets.Malformed(session);
            return;
        }
        if (!Targets.TryCurrent(session, out var thread)) return;
        var error = MemoryMap.Find(session.System, thread.Process.Pid, address, out var region);
        if (error != Errno.None)
        {
            session.Reply.Error(error, "the map of the process's memory cannot be read");
            return;
        }
        session.Reply.Text("start:"u8).HexNumber(region.Start).Text(";size:"u8).HexNumber(region.End - region.Start).Text(';');
        if (region.IsMapped) WriteMapping(session, region);
    }

    private static void WriteMapping(Session session, MemoryRegion region)
    {
        var reply = session.Reply.Text("permissions:"u8);
        if (region.IsReadable) reply.Text('r');
        if (region.IsWritable) reply.Text('w');
        if (region.IsExecutable) reply.Text('x');
        reply.Text(";flags:;"u8);
        var isStack = region.End == session.System.StackTop();
        if (isStack) reply.Text("type:stack;"u8);
        if (region.Path.Length > 0) reply.Text("name:"u8).HexText(region.Path).Text(';');
        else if (isStack) reply.Text("name:"u8).HexText("[stack]").Text(';');
    }
}
