using Iced.Intel;

namespace Arch.Amd64.Decoding;

/// <summary>Decodes one instruction at a time from a span without allocating; used by one thread at a time.</summary>
internal sealed class InstructionReader
{
    /// <summary>Longest instruction in bytes (Intel SDM volume 2, 2.3.11).</summary>
    public const int MaximumLength = 15;

    private readonly Window _window = new();
    private readonly Decoder _decoder;

    public InstructionReader() => _decoder = Decoder.Create(64, _window);

    /// <summary>Decodes the instruction at the start of <paramref name="code"/>.</summary>
    /// <returns>False when the bytes end inside the instruction. An undefined instruction is true, with an invalid code.</returns>
    public bool TryRead(ulong pc, ReadOnlySpan<byte> code, out Instruction instruction)
    {
        _window.Show(code);
        _decoder.IP = pc;
        _decoder.Decode(out instruction);
        return _decoder.LastError != DecoderError.NoMoreBytes;
    }

    /// <summary>The bytes of the instruction being decoded.</summary>
    private sealed class Window : CodeReader
    {
        private readonly byte[] _bytes = new byte[MaximumLength];
        private int _next, _count;

        public void Show(ReadOnlySpan<byte> code)
        {
            _next = 0;
            _count = Math.Min(code.Length, MaximumLength);
            code[.._count].CopyTo(_bytes);
        }

        public override int ReadByte() => _next < _count ? _bytes[_next++] : -1;
    }
}
