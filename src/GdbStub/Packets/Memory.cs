using System.Buffers;
using GdbStub.Frames;
using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>Memory of the selected thread's process.</summary>
internal static class Memory
{
    /// <summary>What fits a reply when every byte takes two characters.</summary>
    private const int MostBytes = FrameDecoder.PacketSize / 2 - 16;

    /// <summary>What fits a reply behind "b" when no byte is escaped.</summary>
    private const int MostBinaryBytes = FrameDecoder.PacketSize - 16;

    private const int SearchBlock = 16 * 1024;

    private static readonly uint[] s_crcTable = CrcTable();

    [Packet("m", "address,length")]
    public static void Read(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryRange(session, arguments, out var thread, out var address, out var length)) return;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(length, MostBytes));
        var bytes = buffer.AsSpan(0, Math.Min(length, MostBytes));
        if (TryRead(session, thread, address, bytes, out var count)) session.Reply.Hex(bytes[..count]);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>
    /// The binary read. gdb and lldb 22, which look for binary-upload, want "b" and bytes; lldb before that asks "x0,0" whether there is
    /// one and wants the bytes alone.
    /// </summary>
    [Packet("x", "address,length", Advertises = "binary-upload+")]
    public static void ReadBinary(Session session, ReadOnlySpan<byte> arguments)
    {
        if (arguments.SequenceEqual("0,0"u8))
        {
            session.Client.BareBinaryRead = true;
            session.Reply.Ok();
            return;
        }
        if (!TryRange(session, arguments, out var thread, out var address, out var length)) return;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(length, MostBinaryBytes));
        var bytes = buffer.AsSpan(0, Math.Min(length, MostBinaryBytes));
        if (TryRead(session, thread, address, bytes, out var count))
        {
            if (!session.Client.BareBinaryRead) session.Reply.Text('b');
            session.Reply.Binary(bytes[..BinaryEscapes.Fitting(bytes[..count], MostBinaryBytes)]);
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    [Packet("M", "address,length:hex")]
    public static void Write(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryRange(out var address, out var length, ':') || reader.Rest.Length != length * 2L)
        {
            Targets.Malformed(session);
            return;
        }
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        var bytes = buffer.AsSpan(0, length);
        if (PacketReader.TryBytes(reader.Rest, bytes)) Write(session, address, bytes);
        else Targets.Malformed(session);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>The binary write; with length 0 the client only asks whether it exists.</summary>
    [Packet("X", "address,length:binary")]
    public static void WriteBinary(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryRange(out var address, out var length, ':') || reader.Rest.Length != length)
        {
            Targets.Malformed(session);
            return;
        }
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        reader.Rest.CopyTo(buffer);
        Write(session, address, buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Looks for bytes: "1,ADDRESS" or "0".</summary>
    [Packet("qSearch:memory:", "address;length;pattern")]
    public static void Search(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryNumber(out var address) || !reader.Skip(';') || !reader.TryNumber(out var length) || !reader.Skip(';')
            || reader.IsEmpty)
        {
            Targets.Malformed(session);
            return;
        }
        if (!Targets.TryCurrent(session, out var thread)) return;
        // Blocks overlap by a pattern less one byte, so that no match is cut. The pattern is behind them: what the client sends meanwhile takes the
        // packet's place.
        var patternBytes = reader.Rest.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(SearchBlock + 2 * patternBytes - 1);
        var pattern = buffer.AsSpan(SearchBlock + patternBytes - 1, patternBytes);
        reader.Rest.CopyTo(pattern);
        var error = Errno.None;
        var found = -1;
        for (ulong offset = 0; found < 0 && offset < length;)
        {
            var block = buffer.AsSpan(0, (int)Math.Min(length - offset, (ulong)(SearchBlock + pattern.Length - 1)));
            error = thread.Process.Memory.Read(address + offset, block, out var count);
            found = block[..count].IndexOf(pattern);
            if (found >= 0) address += offset + (ulong)found;
            else if (count < block.Length) error = Errno.EFAULT;
            else if (session.IsInterrupted()) error = Errno.EINTR;
            if (error != Errno.None || block.Length < SearchBlock) break;
            offset += SearchBlock;
        }
        ArrayPool<byte>.Shared.Return(buffer);
        if (found >= 0) session.Reply.Text("1,"u8).HexNumber(address);
        else if (error != Errno.None) FailInRange(session, error);
        else session.Reply.Text('0');
    }

    /// <summary>The CRC-32 of a range as gdb's compare-sections wants it.</summary>
    [Packet("qCRC", "address,length")]
    public static void Checksum(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryNumber(out var address) || !reader.Skip(',') || !reader.TryNumber(out var length) || !reader.IsEmpty)
        {
            Targets.Malformed(session);
            return;
        }
        if (!Targets.TryCurrent(session, out var thread)) return;
        var buffer = ArrayPool<byte>.Shared.Rent(SearchBlock);
        var crc = uint.MaxValue;
        var error = Errno.None;
        while (length > 0 && error == Errno.None)
        {
            var block = buffer.AsSpan(0, (int)Math.Min(length, SearchBlock));
            error = thread.Process.Memory.Read(address, block, out var count);
            if (count < block.Length) error = Errno.EFAULT;
            else crc = Crc(crc, block);
            if (session.IsInterrupted()) error = Errno.EINTR;
            address += (ulong)block.Length;
            length -= (ulong)block.Length;
        }
        ArrayPool<byte>.Shared.Return(buffer);
        if (error != Errno.None) FailInRange(session, error);
        else session.Reply.Text('C').HexNumber(crc);
    }

    private static void FailInRange(Session session, Errno error) =>
        session.Reply.Error(error, error == Errno.EINTR ? "interrupted" : "memory in the range cannot be read");

    /// <summary>Polynomial 0x04c11db7, highest bit first, no final inversion (GDB manual, qCRC).</summary>
    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes) crc = crc << 8 ^ s_crcTable[crc >> 24 ^ value];
        return crc;
    }

    private static uint[] CrcTable()
    {
        var table = new uint[256];
        for (var value = 0; value < table.Length; value++)
        {
            var crc = (uint)value << 24;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 0x80000000) != 0 ? crc << 1 ^ 0x04c11db7 : crc << 1;
            table[value] = crc;
        }
        return table;
    }

    private static bool TryRange(
        Session session, ReadOnlySpan<byte> arguments, out TracedThread thread, out ulong address, out int length)
    {
        thread = null!;
        var reader = new PacketReader(arguments);
        // An empty answer would say that the packet does not exist.
        if (!reader.TryRange(out address, out length) || length == 0)
        {
            Targets.Malformed(session);
            return false;
        }
        if (!Targets.TryCurrent(session, out var current)) return false;
        thread = current;
        return true;
    }

    private static bool TryRead(Session session, TracedThread thread, ulong address, Span<byte> bytes, out int count)
    {
        var error = thread.Process.Memory.Read(address, bytes, out count);
        if (error != Errno.None) session.Reply.Error(error, $"cannot read memory at 0x{address:x}");
        return error == Errno.None;
    }

    private static void Write(Session session, ulong address, Span<byte> bytes)
    {
        if (!Targets.TryCurrent(session, out var thread)) return;
        var error = thread.Process.Memory.Write(address, bytes);
        if (error == Errno.None) session.Reply.Ok();
        else session.Reply.Error(error, $"cannot write memory at 0x{address:x}");
    }
}
