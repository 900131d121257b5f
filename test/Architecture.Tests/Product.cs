using Mono.Cecil;

namespace Architecture.Tests;

/// <summary>The product's assemblies as they were built, and its sources.</summary>
internal static class Product
{
    public static IReadOnlyList<AssemblyDefinition> Assemblies { get; } = [Read("TraceKernel"), Read("Arch.Amd64"), Read("Arch.Arm64"), Read("gdbstub")];

    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    public static AssemblyDefinition Assembly(string name) => Assemblies.Single(assembly => assembly.Name.Name == name);

    /// <summary>
    /// All types with code of our own, nested ones too; not those that the compiler adds outside of any namespace of ours.
    /// </summary>
    public static IEnumerable<TypeDefinition> Types(AssemblyDefinition assembly) =>
        assembly.MainModule.Types.Where(type => IsOurs(type.Namespace)).SelectMany(WithNested);

    public static bool IsOurs(string space) =>
        space is "GdbStub" or "TraceKernel" || space.StartsWith("GdbStub.", StringComparison.Ordinal) || space.StartsWith("TraceKernel.", StringComparison.Ordinal)
        || space.StartsWith("Arch.", StringComparison.Ordinal);

    /// <summary>The namespace of a type, of a nested one that of the type around it.</summary>
    public static string Namespace(TypeReference type) => Outermost(type).Namespace;

    public static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    /// <summary>Whether a namespace is another or lies in it.</summary>
    public static bool IsIn(string space, string other) => space == other || space.StartsWith(other + ".", StringComparison.Ordinal);

    /// <summary>Source files written by hand, relative to the root.</summary>
    public static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(path => !path.Split('/', '\\').Any(part => part is "obj" or "bin" or "BenchmarkDotNet.Artifacts"));

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);

    private static AssemblyDefinition Read(string name) => AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, name + ".dll"));

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "gdbstub.sln")))
            directory = directory.Parent ?? throw new DirectoryNotFoundException("the tests do not lie in the repository");
        return directory.FullName;
    }
}
