using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security;
using System.Text;

namespace GdbStub.Tracing;

/// <summary>
/// Text of guests and clients. Inside it is the guest's bytes, each a character of the same number, as the kernel keeps names: so a name
/// goes from a client to the kernel and back unchanged, whatever it is encoded in.
/// </summary>
public static class GuestText
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A client's text, which must be one that a C string can hold.</summary>
    /// <returns>False when there is a NUL in it: behind that, the kernel would see nothing.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out string text)
    {
        text = bytes.Contains((byte)0) ? "" : Encoding.Latin1.GetString(bytes);
        return text.Length == bytes.Length;
    }

    /// <summary>The guest's bytes of <paramref name="text"/>.</summary>
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>The text of the guest's bytes, up to the first NUL at their end.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes.TrimEnd((byte)0));

    /// <summary>
    /// For a line of a log or a terminal: UTF-8 is decoded, and what would move the cursor, begin a line or be taken for a command by a
    /// terminal is written \xNN or \u{NNNN}.
    /// </summary>
    public static string Shown(string text) => Escape(Decoded(text), isLine: true);

    /// <summary>The same for text of several lines that a client's terminal gets: line feeds and tabs stay, and UTF-8 is bytes again.</summary>
    public static string ForTerminal(string text) => OfHost(Escape(Decoded(text), isLine: false));

    /// <summary>A guest's text of one of the host: a word of the command line.</summary>
    public static string OfHost(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>For the text of an XML element or attribute. XML 1.0 has no way to write control characters: they become question marks.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Xml(string? text)
    {
        if (text is null) return null;
        var decoded = Decoded(text);
        if (decoded.AsSpan().ContainsAnyInRange('\0', '\u001f') || decoded.AsSpan().ContainsAnyInRange('\ud800', '\uffff'))
            decoded = string.Concat(decoded.EnumerateRunes().Select(rune => IsXml(rune) ? rune.ToString() : "?"));
        return SecurityElement.Escape(decoded);
    }

    private static bool IsXml(Rune rune) => rune.Value is >= ' ' and not 0xfffe and not 0xffff;

    /// <summary>Bytes that are UTF-8 as that; text that is none stays as it is.</summary>
    public static string Decoded(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u007f') || text.AsSpan().ContainsAnyExceptInRange('\0', '\u00ff')) return text;
        try
        {
            return StrictUtf8.GetString(Bytes(text));
        }
        catch (DecoderFallbackException)
        {
            return text;
        }
    }

    private static string Escape(string text, bool isLine)
    {
        if (!text.Any(character => IsCommand(character, isLine))) return text;
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            if (!IsCommand(character, isLine)) escaped.Append(character);
            else if (character <= '\u00ff') escaped.Append(CultureInfo.InvariantCulture, $"\\x{(int)character:x2}");
            else escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{(int)character:x}}}");
        }
        return escaped.ToString();
    }

    /// <summary>Whether a terminal does not just show it. Those of no plane but the first: the others have marks alone.</summary>
    private static bool IsCommand(char character, bool isLine) => char.GetUnicodeCategory(character) switch
    {
        UnicodeCategory.Control => isLine || character is not ('\n' or '\t'),
        UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        _ => false,
    };
}
