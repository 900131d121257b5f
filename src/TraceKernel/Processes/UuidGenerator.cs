using System.Buffers.Binary;
using TraceKernel.Files;

namespace TraceKernel.Processes;

/// <summary>Identifiers of uuidgen(2): version 1 of RFC 4122, without a network card's address (kern_uuid.c).</summary>
internal sealed class UuidGenerator
{
    private const int Bytes = 16, NodeBytes = 6;

    /// <summary>100-ns intervals from 15 October 1582 to 1970.</summary>
    private const ulong GregorianToUnix = 0x01b21dd213814000;

    private readonly byte[] _node = new byte[NodeBytes];
    private ushort _sequence;
    private ulong _last;

    /// <summary>Writes as many identifiers as fit, each with a later time than all before.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    public void Fill(Span<byte> bytes, long now, EntropySource entropy)
    {
        if (_last == 0) Begin(entropy);
        var time = Math.Max(GregorianToUnix + (ulong)now / 100, _last + 1);
        for (; bytes.Length >= Bytes; bytes = bytes[Bytes..], time++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)time);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], (ushort)(time >> 32));
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], (ushort)((time >> 48 & 0xfff) | 1 << 12));
            bytes[8] = (byte)(_sequence >> 8 & 0x3f | 0x80);
            bytes[9] = (byte)_sequence;
            _node.CopyTo(bytes[10..]);
        }
        _last = time - 1;
    }

    /// <summary>The multicast bit marks a node that is no card's address (uuid_node).</summary>
    private void Begin(EntropySource entropy)
    {
        Span<byte> random = stackalloc byte[NodeBytes + sizeof(ushort)];
        entropy.Fill(random);
        random[..NodeBytes].CopyTo(_node);
        _node[0] |= 1;
        _sequence = BinaryPrimitives.ReadUInt16LittleEndian(random[NodeBytes..]);
    }
}
