using System.Buffers.Binary;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>Where a register lies in a C structure: <paramref name="Bytes"/> (2, 4 or 8) at <paramref name="Offset"/>.</summary>
public readonly record struct ImageField(Slot Slot, int Offset, int Bytes = 8)
{
    /// <summary>Register to structure.</summary>
    public void Fill(Cpu cpu, Span<byte> image)
    {
        var value = cpu[Slot];
        var field = image.Slice(Offset, Bytes);
        if (Bytes == 8) BinaryPrimitives.WriteUInt64LittleEndian(field, value);
        else if (Bytes == 4) BinaryPrimitives.WriteUInt32LittleEndian(field, (uint)value);
        else BinaryPrimitives.WriteUInt16LittleEndian(field, (ushort)value);
    }

    /// <summary>Structure to register.</summary>
    public void Load(Cpu cpu, ReadOnlySpan<byte> image)
    {
        var field = image.Slice(Offset, Bytes);
        cpu[Slot] = Bytes switch
        {
            8 => BinaryPrimitives.ReadUInt64LittleEndian(field),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(field),
            _ => BinaryPrimitives.ReadUInt16LittleEndian(field),
        };
    }
}
