using System.Text;
using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Vm;

namespace TraceKernel.Loading;

/// <summary>What the first line of a script asks for: exec_shell_imgact of imgact_shell.c.</summary>
/// <param name="Interpreter">The program's path as the line has it; relative ones begin at the working directory.</param>
/// <param name="Option">The rest of the line, as one argument; null without any.</param>
public sealed record ShellScript(string Interpreter, string? Option)
{
    /// <summary>MAXSHELLCMDLEN: bytes of the file in which the line must end.</summary>
    private const int MaximumLine = Frame.Size;

    /// <summary>MAXINTERP: bytes of the interpreter's path with its NUL.</summary>
    private const int MaximumInterpreter = Fcntl.PATH_MAX;

    /// <summary>
    /// Reads a file's first line. None with a null <paramref name="script"/> for what is no script; ENOEXEC for a line without an
    /// interpreter or without an end, ENAMETOOLONG for an interpreter whose path is too long, or what reading gave.
    /// </summary>
    public static Errno TryRead(IBackingFile file, out ShellScript? script)
    {
        script = null;
        Span<byte> page = stackalloc byte[MaximumLine];
        var error = VnodePager.Read(file, 0, page, out int count);
        return error != Errno.None || !page[..count].StartsWith("#!"u8) ? error : Parse(page[2..count], out script);
    }

    /// <summary>The interpreter that a script of the host names; null when the file cannot be read or is no script.</summary>
    public static string? InterpreterOf(string hostPath)
    {
        Span<byte> page = stackalloc byte[MaximumLine];
        try
        {
            using var file = File.OpenRead(hostPath);
            int count = file.ReadAtLeast(page, page.Length, throwOnEndOfStream: false);
            return page[..count].StartsWith("#!"u8) && Parse(page[2..count], out var script) == Errno.None ? script!.Interpreter : null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>argv of the interpreter: its own name, the option, the script, and what followed argv[0] of the script.</summary>
    /// <param name="path">The script's name as execve(2) got it, or of its descriptor.</param>
    public IReadOnlyList<string> Arguments(string path, IReadOnlyList<string> arguments) =>
        [Interpreter, .. Option is null ? [] : (ReadOnlySpan<string>)[Option], path, .. arguments.Skip(1)];

    private static Errno Parse(ReadOnlySpan<byte> line, out ShellScript? script)
    {
        script = null;
        var rest = line.TrimStart(" \t"u8);
        int length = rest.IndexOfAny(" \t\n\0"u8);
        if (length < 0)
            length = rest.Length;
        if (length == 0)
            return Errno.ENOEXEC;
        if (length >= MaximumInterpreter)
            return Errno.ENAMETOOLONG;
        string interpreter = Encoding.Latin1.GetString(rest[..length]);
        rest = rest[length..];
        int end = rest.IndexOfAny((byte)'\n', (byte)0);
        if (end < 0)
            return Errno.ENOEXEC;
        var option = rest[..end].Trim(" \t"u8);
        script = new ShellScript(interpreter, option.IsEmpty ? null : Encoding.Latin1.GetString(option));
        return Errno.None;
    }
}
