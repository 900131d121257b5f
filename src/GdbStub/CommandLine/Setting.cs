using System.CommandLine;

namespace GdbStub.CommandLine;

/// <summary>An option with one value. The library sees its text, so that the help shows what a user would write.</summary>
/// <param name="parser">Reads that text; has already found it good when the value is asked for.</param>
public sealed class Setting<T>(string name, ValueParser<T> parser) : Option<string>(name)
{
    /// <summary>The value given, or that of the fallback; <paramref name="none"/> where there is neither.</summary>
    public T? In(ParseResult result, T? none = default) =>
        result.GetValue(this) is { Length: > 0 } text && parser(text, out var value, out _) ? value : none;
}
