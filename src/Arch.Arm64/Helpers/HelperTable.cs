using System.Reflection;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>
/// The helpers: every static method of this namespace with the signature of <see cref="Helper"/>, numbered in the order of their
/// names, so that a number means the same in every run.
/// </summary>
internal static class HelperTable
{
    private const BindingFlags OwnStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly MethodInfo[] Methods = Find();
    private static readonly Dictionary<MethodInfo, int> Numbers = Methods.Select((method, number) => (method, number)).ToDictionary();

    public static IReadOnlyList<Helper> All { get; } = Array.ConvertAll(Methods, method => method.CreateDelegate<Helper>());

    /// <summary>The number that an IR call of <paramref name="helper"/> carries.</summary>
    public static int NumberOf(Helper helper) => Numbers[helper.Method];

    private static MethodInfo[] Find() =>
        [.. typeof(HelperTable).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(HelperTable).Namespace)
            .SelectMany(type => type.GetMethods(OwnStatic))
            .Where(IsHelper)
            .OrderBy(method => $"{method.DeclaringType!.Name}.{method.Name}", StringComparer.Ordinal)];

    private static bool IsHelper(MethodInfo method) =>
        method.ReturnType == typeof(int) &&
        method.GetParameters().Select(parameter => parameter.ParameterType)
            .SequenceEqual([typeof(Cpu), typeof(int), typeof(int), typeof(int), typeof(int), typeof(ulong)]);
}
