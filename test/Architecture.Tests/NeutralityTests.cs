using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Architecture.Tests;

/// <summary>
/// Kernel and protocol know no CPU: no identifier or text of theirs names an architecture, or a register of one. Comments may, to say why.
/// </summary>
public sealed partial class NeutralityTests
{
    private static readonly HashSet<string> s_names = [.. Names()];

    /// <summary>Types of the excused files whose members have such names.</summary>
    private static readonly string[] s_excusedTypes = ["GdbStub.Program", "TraceKernel.Loading.ElfConstants"];

    /// <summary>Files that have to say such names, and why.</summary>
    private static readonly Dictionary<string, string> s_excused = new()
    {
        ["src/GdbStub/Program.cs"] = "puts the parts together",
        ["src/TraceKernel/Abi/Ptrace.cs"] = "C's names of requests",
        ["src/TraceKernel/Abi/CoreNotes.cs"] = "C's names of notes",
        ["src/TraceKernel/Loading/ElfConstants.cs"] = "what a file that is refused was made for",
        ["src/TraceKernel/Host/LinuxFileCalls.cs"] = "the host's own processor decides about bits of its system calls",
        ["src/TraceKernel/Ptrace/Personality.cs"] = "which machines and notes a release had",
    };

    [TestCase("src/TraceKernel")]
    [TestCase("src/GdbStub")]
    public void No_line_names_an_architecture(string folder)
    {
        var files = Product.Sources(folder).Select(path => path.Replace('\\', '/')).ToList();
        Assert.That(files, Has.Count.GreaterThan(80), "the rule is about somebody");
        Assert.That(files.Where(path => !s_excused.ContainsKey(path)).SelectMany(Offences), Is.Empty);
    }

    /// <summary>An excuse that nobody needs would hide the next offence.</summary>
    [Test]
    public void Excuses_are_needed() => Assert.That(s_excused.Keys.Where(path => !Offences(path).Any()), Is.Empty);

    /// <summary>
    /// Symbols of the built assemblies say no more than the sources do: what a generator or a constant adds is seen, too.
    /// </summary>
    [TestCase("TraceKernel")]
    [TestCase("gdbstub")]
    public void No_symbol_names_an_architecture(string assembly)
    {
        var symbols = Product.Types(Product.Assembly(assembly))
            .Where(type => Product.Namespace(type) != "TraceKernel.Abi" && !s_excusedTypes.Contains(Product.Outermost(type).FullName))
            .SelectMany(type => type.Fields.Select(field => field.Name).Concat(type.Methods.Select(method => method.Name)).Append(type.Name));
        Assert.That(symbols.Where(symbol => Found(symbol).Any()), Is.Empty);
    }

    /// <summary>The rules above would hold of anything if nothing were found.</summary>
    [TestCase("src/Arch.Amd64", "rax")]
    [TestCase("src/Arch.Amd64", "amd64")]
    [TestCase("src/Arch.Arm64", "nzcv")]
    [TestCase("src/Arch.Arm64", "arm64")]
    public void The_search_finds_what_is_there(string folder, string name) =>
        Assert.That(Product.Sources(folder).SelectMany(Offences), Has.Some.EndsWith(": " + name));

    [TestCase("if (architecture.Name == \"arm64\")", "arm64")]
    [TestCase("PT_GETFSBASE", "fsbase")]
    [TestCase("NT_X86_XSTATE", "x86")]
    [TestCase("var pc = ReadRip();", "rip")]
    [TestCase("reg.x19 = 0x19;", "x19")]
    [TestCase("enum { Rflags }", "rflags")]
    [TestCase("return 0x10 + index; // amd64's", null)]
    [TestCase("$\"{number:x8}\"", null)]
    [TestCase("description.Script(1)", null)]
    public void What_counts(string line, string? name) => Assert.That(Found(Code(line)).FirstOrDefault(), Is.EqualTo(name));

    private static IEnumerable<string> Names()
    {
        string[] named =
        [
            "amd64", "x86", "x64", "i386", "arm64", "aarch64", "armv8", "rip", "rflags", "eflags", "xmm", "ymm", "zmm", "x87", "mxcsr", "fsbase", "gsbase",
            "sse", "avx", "cpuid", "int3", "nzcv", "spsr", "elr", "tpidr", "fpcr", "fpsr", "daif", "neon", "sve", "getfsbase", "setfsbase", "getgsbase",
            "setgsbase", "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "eax", "ebx", "ecx", "edx",
        ];
        return named.Concat(Enumerable.Range(8, 8).Select(number => $"r{number}")).Concat(Enumerable.Range(0, 31).SelectMany(number => new[] { $"x{number}", $"w{number}" }));
    }

    private static IEnumerable<string> Offences(string path) =>
        File.ReadLines(Path.Combine(Product.Root, path)).SelectMany((line, index) => Found(Code(line)).Select(name => $"{path}:{index + 1}: {name}"));

    private static string Code(string line) => line.IndexOf("//", StringComparison.Ordinal) is >= 0 and var comment ? line[..comment] : line;

    /// <summary>Names among the words of a text, and among the parts of its words: GetRip has Get and Rip.</summary>
    private static IEnumerable<string> Found(string text)
    {
        foreach (Match word in Word().Matches(text))
        {
            var whole = word.Value.ToLowerInvariant();
            if (s_names.Contains(whole)) yield return Canonical(whole);
            else
                foreach (Match part in Part().Matches(word.Value))
                    if (s_names.Contains(part.Value.ToLowerInvariant())) yield return Canonical(part.Value.ToLowerInvariant());
        }
    }

    // The requests' names run together.
    private static string Canonical(string name) => name.EndsWith("fsbase", StringComparison.Ordinal) ? "fsbase" : name;

    // Neither the x of 0x10 nor that of the format :x8.
    [GeneratedRegex("(?<![0-9A-Za-z_:])[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();

    [GeneratedRegex("[A-Z]?[a-z]+[0-9]*|[A-Z]+[0-9]*(?![a-z])")]
    private static partial Regex Part();
}
