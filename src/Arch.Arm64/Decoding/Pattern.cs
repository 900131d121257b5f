using System.Globalization;

namespace Arch.Arm64.Decoding;

/// <summary>A set of instruction words: those that have the bits of <paramref name="Value"/> where <paramref name="Mask"/> is set.</summary>
internal readonly record struct Pattern(uint Mask, uint Value)
{
    /// <summary>Reads the text of an <see cref="EncodingAttribute"/>.</summary>
    /// <exception cref="FormatException">It does not describe 32 bits, or puts a field where the manual never has it.</exception>
    public static Pattern Parse(string text)
    {
        int position = 32;
        uint mask = 0, value = 0;
        foreach (var word in text.Split(' '))
        {
            if (Fields.TryWidth(word, out int width))
            {
                position -= width;
                if (!Fields.IsAt(word, position))
                    throw new FormatException($"\"{text}\": {word} is at bit {position}");
                continue;
            }
            foreach (char digit in word)
            {
                position--;
                if (digit == 'x')
                    continue;
                if (digit is not ('0' or '1') || position < 0)
                    throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"\"{text}\": {word}"));
                mask |= 1u << position;
                value |= (uint)(digit - '0') << position;
            }
        }
        return position == 0 ? new Pattern(mask, value) : throw new FormatException($"\"{text}\" leaves {position} bits over");
    }

    public bool Matches(uint word) => (word & Mask) == Value;

    /// <summary>Whether some word matches both.</summary>
    public bool Overlaps(Pattern other) => ((Value ^ other.Value) & Mask & other.Mask) == 0;

    /// <summary>Whether all words that match this one match <paramref name="other"/> too, and not the reverse.</summary>
    public bool IsSpecialCaseOf(Pattern other) => Overlaps(other) && (other.Mask & ~Mask) == 0 && Mask != other.Mask;
}
