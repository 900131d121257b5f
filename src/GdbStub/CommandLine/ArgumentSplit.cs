using System.CommandLine;

namespace GdbStub.CommandLine;

/// <summary>
/// A command line cut where PROGRAM begins; a subcommand can only be the first word. From there on every word is the program's and stays as
/// it is: the library would take <c>--name=value</c> apart, and take an option that it does not know for the program.
/// </summary>
/// <param name="Options">The words for the library: a subcommand and options.</param>
/// <param name="Program">PROGRAM and its arguments.</param>
/// <param name="Problem">What is wrong with the options, in one line; null when nothing is.</param>
public sealed record ArgumentSplit(IReadOnlyList<string> Options, IReadOnlyList<string> Program, string? Problem = null)
{
    public static ArgumentSplit Of(string[] arguments, Command root)
    {
        var command = root;
        for (var index = 0; index < arguments.Length; index++)
        {
            var word = arguments[index];
            if (word == "--") return new ArgumentSplit(arguments[..index], arguments[(index + 1)..]);
            if (word.Length < 2 || word[0] != '-')
            {
                if (index > 0 || Subcommand(root, word) is not { } named) return new ArgumentSplit(arguments[..index], arguments[index..]);
                command = named;
                continue;
            }
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? word : word[..equals];
            if (Find(command, name) is not { } option) return Wrong($"unknown option '{name}'");
            var takesValue = option.Arity.MaximumNumberOfValues > 0;
            if (!takesValue && equals >= 0) return Wrong($"{name} takes no value");
            if (takesValue && equals < 0 && ++index == arguments.Length) return Wrong($"{name} needs a value");
        }
        return new ArgumentSplit(arguments, []);
    }

    private static ArgumentSplit Wrong(string problem) => new([], [], problem);

    private static Command? Subcommand(Command root, string name) => root.Subcommands.FirstOrDefault(command => command.Name == name);

    private static Option? Find(Command command, string name) =>
        command.Options.FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name))
        ?? command.Parents.OfType<Command>().SelectMany(parent => parent.Options)
            .FirstOrDefault(option => option.Recursive && (option.Name == name || option.Aliases.Contains(name)));
}
