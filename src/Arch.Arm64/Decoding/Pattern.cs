using System.Globalization;

namespace Arch.Arm64.Decoding;

/// <summary>
/// A set of instruction words: those that have the bits of <paramref name="Value"/> where <paramref name="Mask"/> is set, and of
/// <paramref name="NotZero"/>, unless that is 0, at least one.
/// </summary>
internal readonly record struct Pattern(uint Mask, uint Value, uint NotZero = 0)
{
    /// <summary>Reads the text of an <see cref="EncodingAttribute"/>.</summary>
    /// <exception cref="FormatException">It does not describe 32 bits, or puts a field where the manual never has it.</exception>
    public static Pattern Parse(string text)
    {
        int position = 32;
        uint mask = 0, value = 0, notZero = 0;
        foreach (var word in text.Split(' '))
        {
            string name = word.TrimEnd('+');
            if (Fields.TryWidth(name, out int width))
            {
                position -= width;
                if (!Fields.IsAt(name, position))
                    throw new FormatException($"\"{text}\": {word} is at bit {position}");
                if (name != word)
                    notZero |= ((1u << width) - 1) << position;
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
        return position == 0 ? new Pattern(mask, value, notZero) : throw new FormatException($"\"{text}\" leaves {position} bits over");
    }

    public bool Matches(uint word) => (word & Mask) == Value && (NotZero == 0 || (word & NotZero) != 0);

    /// <summary>Whether some word matches both.</summary>
    public bool Overlaps(Pattern other) =>
        ((Value ^ other.Value) & Mask & other.Mask) == 0 && !IsZero(NotZero, other) && !IsZero(other.NotZero, this);

    /// <summary>Whether all words that match this one match <paramref name="other"/> too, and not the reverse.</summary>
    public bool IsSpecialCaseOf(Pattern other) => Overlaps(other) && (other.Mask & ~Mask) == 0 && Mask != other.Mask;

    // Whether all of a field that must not be 0 is fixed to 0.
    private static bool IsZero(uint field, Pattern pattern) =>
        field != 0 && (pattern.Mask & field) == field && (pattern.Value & field) == 0;
}
