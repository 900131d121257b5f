using System.Collections;
using System.CommandLine;
using System.CommandLine.Parsing;

namespace GdbStub.CommandLine;

/// <summary>Makes options that read their values one way, from the command line or else from GDBSTUB_…, and complain in one line.</summary>
/// <param name="environment">The host's environment.</param>
public sealed class OptionFactory(IDictionary environment)
{
    /// <summary>An option with one value.</summary>
    /// <param name="fallback">What stands for it when it is not given, as a user would write it; empty: nothing.</param>
    public Setting<T> Single<T>(string name, string valueName, string help, string fallback, ValueParser<T> parser) => new(name, parser)
    {
        HelpName = valueName,
        Description = Describe(name, help),
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result => Check(name, result.Tokens[0].Value, parser, result),
        DefaultValueFactory = result => FromEnvironment(name) is { } text ? Check(Variable(name), text, parser, result) : fallback,
    };

    /// <summary>An option that may be given several times; in the environment, one value a line.</summary>
    public Option<T[]> Several<T>(string name, string valueName, string help, T[] fallback, ValueParser<T> parser) => new(name)
    {
        HelpName = valueName,
        Description = Describe(name, help),
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = result => [.. result.Tokens.Select(token => Read(name, token.Value, parser, result)!)],
        DefaultValueFactory = result => FromEnvironment(name) is { } text
            ? [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Read(Variable(name), line, parser, result)!)]
            : fallback,
    };

    /// <summary>An option that is there or not.</summary>
    public Option<bool> Flag(string name, string help) => new(name)
    {
        Description = Describe(name, help),
        Arity = ArgumentArity.Zero,
        DefaultValueFactory = result => FromEnvironment(name) is { } text && Read<bool>(Variable(name), text, Values.Flag, result),
    };

    /// <summary>An argument that must be there.</summary>
    public static Argument<T> Required<T>(string name, string help, ValueParser<T> parser) => new(name)
    {
        Description = help,
        CustomParser = result => Read(name, result.Tokens[0].Value, parser, result),
    };

    private static T? Read<T>(string name, string text, ValueParser<T> parser, ArgumentResult result)
    {
        if (!parser(text, out var value, out var reason)) result.AddError($"{name}: {reason}");
        return value;
    }

    private static string Check<T>(string name, string text, ValueParser<T> parser, ArgumentResult result)
    {
        Read(name, text, parser, result);
        return text;
    }

    private static string Variable(string option) => "GDBSTUB_" + option.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    private static string Describe(string option, string help) => $"{help} [{Variable(option)}]";

    private string? FromEnvironment(string option) => environment[Variable(option)] is string { Length: > 0 } text ? text : null;
}
