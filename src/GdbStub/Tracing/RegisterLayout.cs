using System.Runtime.InteropServices;
using TraceKernel.Abi;

namespace GdbStub.Tracing;

/// <summary>Where each register stands in the g packet: one after another in the order of their numbers.</summary>
public sealed class RegisterLayout
{
    private readonly RegisterRow[] _rows;
    private readonly int[] _offsets;
    private readonly List<Piece> _pieces = [];
    private readonly List<int> _converted = [];

    public RegisterLayout(IDebugTarget target)
    {
        Target = target;
        _rows = [.. target.Registers];
        _offsets = new int[_rows.Length];
        for (var number = 0; number < _offsets.Length; number++)
        {
            _offsets[number] = TotalBytes;
            TotalBytes += Bytes(number);
            if (_rows[number].IsConverted) _converted.Add(number);
            else AddPiece(_rows[number], _offsets[number]);
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

    /// <summary>What to copy from the images for all registers but the <see cref="Converted"/> ones; between the pieces is zero.</summary>
    internal ReadOnlySpan<Piece> Pieces => CollectionsMarshal.AsSpan(_pieces);

    /// <summary>The registers whose bytes in the image are not those on the wire.</summary>
    internal ReadOnlySpan<int> Converted => CollectionsMarshal.AsSpan(_converted);

    private void AddPiece(RegisterRow row, int to)
    {
        if (_pieces is [.., var last] && last.Image == row.Image && last.From + last.Bytes == row.Offset && last.To + last.Bytes == to)
            _pieces[^1] = last with { Bytes = last.Bytes + row.ImageBytes };
        else _pieces.Add(new Piece(row.Image, row.Offset, to, row.ImageBytes));
    }

    /// <summary>Bytes of an image, and where they stand in the g packet: one register, or several that follow each other in both.</summary>
    internal readonly record struct Piece(RegisterImage Image, int From, int To, int Bytes);
}
