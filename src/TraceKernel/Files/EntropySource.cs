using System.Buffers.Binary;

namespace TraceKernel.Files;

/// <summary>
/// Where everything random in a guest comes from: a function of the kernel's seed (SplitMix64, Steele, Lea and Flood 2014).
/// </summary>
public sealed class EntropySource(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }

    public void Fill(Span<byte> destination)
    {
        for (; destination.Length >= 8; destination = destination[8..]) BinaryPrimitives.WriteUInt64LittleEndian(destination, Next());
        if (destination.IsEmpty) return;
        Span<byte> last = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(last, Next());
        last[..destination.Length].CopyTo(destination);
    }
}
