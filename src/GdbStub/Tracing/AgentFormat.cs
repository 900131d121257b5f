using System.Globalization;
using System.Text;
using TraceKernel.Abi;

namespace GdbStub.Tracing;

/// <summary>
/// The format of an agent expression's printf, taken apart once: what gdb sends of a dprintf, its escapes as the user typed them. Floating
/// point, wide strings and '*' are refused.
/// </summary>
internal sealed class AgentFormat
{
    // A string that is longer is no string.
    private const int LongestString = 4096;
    private const int WidestField = 1024;
    private const int Block = 64;

    private readonly Piece[] _pieces;

    private AgentFormat(Piece[] pieces)
    {
        _pieces = pieces;
        foreach (var piece in pieces)
            if (piece.Conversion != '\0') Arguments++;
    }

    /// <summary>How many values it takes.</summary>
    public int Arguments { get; }

    /// <param name="refusal">What it contains that is not printed here; null when there is nothing.</param>
    public static AgentFormat? Parse(ReadOnlySpan<byte> text, out string? refusal)
    {
        var pieces = new List<Piece>();
        var literal = new List<byte>();
        refusal = null;
        while (!text.IsEmpty)
        {
            var character = text[0];
            text = text[1..];
            if (character == '\\')
            {
                if (text.IsEmpty || Unescape(text[0]) is not { } meant) refusal = "the format has an unknown escape";
                else literal.Add(meant);
                if (refusal is not null) return null;
                text = text[1..];
            }
            else if (character != '%') literal.Add(character);
            else if (!text.IsEmpty && text[0] == '%')
            {
                literal.Add(character);
                text = text[1..];
            }
            else
            {
                if (literal.Count > 0) pieces.Add(new Piece('\0') { Literal = Encoding.Latin1.GetString([.. literal]) });
                literal.Clear();
                if (!Piece.TryParse(ref text, out var piece))
                {
                    refusal = "the format has a conversion that is not supported";
                    return null;
                }
                pieces.Add(piece);
            }
        }
        if (literal.Count > 0) pieces.Add(new Piece('\0') { Literal = Encoding.Latin1.GetString([.. literal]) });
        return new AgentFormat([.. pieces]);
    }

    /// <summary>Prints.</summary>
    /// <param name="arguments">The values, the first one last.</param>
    /// <returns>False when a string cannot be read.</returns>
    public bool TryAppend(StringBuilder output, ReadOnlySpan<ulong> arguments, TraceeMemory memory)
    {
        foreach (var piece in _pieces)
        {
            if (piece.Conversion == '\0')
            {
                output.Append(piece.Literal);
                continue;
            }
            var value = arguments[^1];
            arguments = arguments[..^1];
            if (piece.Conversion != 's') output.Append(piece.Number(value));
            else if (TryString(memory, value, out var text)) output.Append(piece.Text(text));
            else return false;
        }
        return true;
    }

    private static byte? Unescape(byte character) => character switch
    {
        (byte)'\\' or (byte)'"' or (byte)'\'' => character,
        (byte)'a' => 7,
        (byte)'b' => 8,
        (byte)'e' => 27,
        (byte)'f' => 12,
        (byte)'n' => 10,
        (byte)'r' => 13,
        (byte)'t' => 9,
        (byte)'v' => 11,
        _ => null,
    };

    private static bool TryString(TraceeMemory memory, ulong address, out string text)
    {
        var bytes = new List<byte>();
        Span<byte> block = stackalloc byte[Block];
        text = "";
        while (bytes.Count < LongestString)
        {
            if (memory.Read(address, block, out var count) != Errno.None || count == 0) return false;
            var end = block[..count].IndexOf((byte)0);
            bytes.AddRange(block[..(end < 0 ? count : end)]);
            if (end >= 0) break;
            address += (ulong)count;
        }
        text = Encoding.Latin1.GetString([.. bytes]);
        return true;
    }

    /// <summary>Text that stands for itself, or one conversion.</summary>
    /// <param name="Conversion">d i u x X o c s p; '\0': none.</param>
    private readonly record struct Piece(char Conversion)
    {
        public string Literal { get; init; } = "";

        private bool IsLeft { get; init; }
        private bool HasZeros { get; init; }
        private bool IsAlternate { get; init; }
        private char Sign { get; init; }
        private int Width { get; init; }

        /// <summary>The least digits, or the most characters; −1: not said.</summary>
        private int Precision { get; init; } = -1;

        /// <summary>How much of the value counts: 8, 16, 32 or 64.</summary>
        private int Bits { get; init; } = 32;

        /// <summary>Takes what follows a '%' off <paramref name="text"/> (C standard, fprintf).</summary>
        public static bool TryParse(ref ReadOnlySpan<byte> text, out Piece piece)
        {
            piece = new Piece('\0');
            for (; !text.IsEmpty && "-0#+ "u8.Contains(text[0]); text = text[1..])
            {
                switch ((char)text[0])
                {
                    case '-': piece = piece with { IsLeft = true }; break;
                    case '0': piece = piece with { HasZeros = true }; break;
                    case '#': piece = piece with { IsAlternate = true }; break;
                    case '+': piece = piece with { Sign = '+' }; break;
                    default: piece = piece with { Sign = piece.Sign == '+' ? '+' : ' ' }; break;
                }
            }
            piece = piece with { Width = Number(ref text) };
            if (!text.IsEmpty && text[0] == '.')
            {
                text = text[1..];
                piece = piece with { Precision = Number(ref text) };
            }
            piece = piece with { Bits = Length(ref text) };
            if (text.IsEmpty || !"diuxXocsp"u8.Contains(text[0]) || piece.Width > WidestField || piece.Precision > WidestField) return false;
            piece = piece with { Conversion = (char)text[0] };
            if (piece.Conversion == 'p') piece = piece with { Bits = 64, IsAlternate = true };
            text = text[1..];
            return piece.Conversion is not ('s' or 'c') || piece.Bits == 32;
        }

        public string Text(string text) => Pad(Precision >= 0 && Precision < text.Length ? text[..Precision] : text);

        public string Number(ulong value)
        {
            if (Conversion == 'c') return Pad(((char)(byte)value).ToString());
            var unused = 64 - Bits;
            var isSigned = Conversion is 'd' or 'i';
            var number = (long)(value << unused) >> unused;
            var isNegative = isSigned && number < 0;
            var magnitude = !isSigned ? value << unused >> unused : isNegative ? 0 - (ulong)number : (ulong)number;
            var digits = Digits(magnitude);
            if (Precision > digits.Length) digits = digits.PadLeft(Precision, '0');
            var prefix = isNegative ? "-" : isSigned && Sign != '\0' ? Sign.ToString() : Prefix(magnitude, digits);
            if (HasZeros && !IsLeft && Precision < 0) digits = digits.PadLeft(Math.Max(0, Width - prefix.Length), '0');
            return Pad(prefix + digits);
        }

        private string Digits(ulong magnitude) => Conversion switch
        {
            'x' or 'p' => magnitude.ToString("x", CultureInfo.InvariantCulture),
            'X' => magnitude.ToString("X", CultureInfo.InvariantCulture),
            'o' => Octal(magnitude),
            _ => magnitude.ToString(CultureInfo.InvariantCulture),
        };

        private string Prefix(ulong magnitude, string digits) => Conversion switch
        {
            'p' => "0x",
            'x' when IsAlternate && magnitude != 0 => "0x",
            'X' when IsAlternate && magnitude != 0 => "0X",
            'o' when IsAlternate && digits[0] != '0' => "0",
            _ => "",
        };

        private string Pad(string text) => IsLeft ? text.PadRight(Width) : text.PadLeft(Width);

        private static string Octal(ulong magnitude)
        {
            // 22 digits of three bits hold 64 bits.
            Span<char> digits = stackalloc char[22];
            var first = digits.Length;
            do digits[--first] = (char)('0' + (magnitude & 7));
            while ((magnitude >>= 3) != 0);
            return new string(digits[first..]);
        }

        private static int Number(ref ReadOnlySpan<byte> text)
        {
            var number = 0;
            for (; !text.IsEmpty && text[0] is >= (byte)'0' and <= (byte)'9'; text = text[1..])
                number = Math.Min((number * 10) + text[0] - '0', WidestField + 1);
            return number;
        }

        /// <summary>hh, h, l, ll, z, j, t or nothing; on every CPU here long has 64 bits.</summary>
        private static int Length(ref ReadOnlySpan<byte> text)
        {
            var bits = 32;
            for (; !text.IsEmpty && "hlzjt"u8.Contains(text[0]); text = text[1..]) bits = text[0] == 'h' ? bits / 2 : 64;
            return Math.Max(bits, 8);
        }
    }
}
