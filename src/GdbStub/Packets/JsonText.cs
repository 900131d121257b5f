using System.Text.Json;

namespace GdbStub.Packets;

/// <summary>JSON in lldb's packets.</summary>
internal static class JsonText
{
    /// <summary>The value that <paramref name="text"/> begins with; null if it is none, or of another form.</summary>
    public static T? Read<T>(ReadOnlySpan<byte> text) where T : class
    {
        var reader = new Utf8JsonReader(text);
        try
        {
            return JsonSerializer.Deserialize<T>(ref reader);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
