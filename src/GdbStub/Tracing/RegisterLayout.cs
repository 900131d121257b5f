using TraceKernel.Abi;

namespace GdbStub.Tracing;

/// <summary>Where each register stands in the g packet: one after another in the order of their numbers.</summary>
public sealed class RegisterLayout
{
    private readonly RegisterRow[] _rows;
    private readonly int[] _offsets;

    public RegisterLayout(IDebugTarget target)
    {
        Target = target;
        _rows = [.. target.Registers];
        _offsets = new int[_rows.Length];
        for (var number = 0; number < _offsets.Length; number++)
        {
            _offsets[number] = TotalBytes;
            TotalBytes += Bytes(number);
        }
    }

    public IDebugTarget Target { get; }

    public int Count => _offsets.Length;

    /// <summary>Size of all registers in bytes.</summary>
    public int TotalBytes { get; }

    /// <summary>Byte offset of register <paramref name="number"/>.</summary>
    public int Offset(int number) => _offsets[number];

    /// <summary>Size of register <paramref name="number"/> on the wire.</summary>
    public int Bytes(int number) => _rows[number].Bits / 8;

    /// <summary>The ptrace image that carries register <paramref name="number"/>.</summary>
    public RegisterImage Image(int number) => _rows[number].Image;
}
