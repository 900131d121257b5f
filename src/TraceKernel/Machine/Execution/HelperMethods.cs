using System.Reflection;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// A processor's helpers: every static method of one namespace with the signature of <see cref="Helper"/>, numbered in the order of their
/// names, so that a number means the same in every run.
/// </summary>
public sealed class HelperMethods
{
    private const BindingFlags OwnStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly Dictionary<MethodInfo, int> _numbers;

    /// <param name="neighbour">A type of that namespace.</param>
    public HelperMethods(Type neighbour)
    {
        MethodInfo[] methods =
        [
            .. neighbour.Assembly.GetTypes()
                .Where(type => type.Namespace == neighbour.Namespace)
                .SelectMany(type => type.GetMethods(OwnStatic))
                .Where(IsHelper)
                .OrderBy(method => $"{method.DeclaringType!.Name}.{method.Name}", StringComparer.Ordinal),
        ];
        _numbers = methods.Select((method, number) => (method, number)).ToDictionary();
        All = Array.ConvertAll(methods, method => method.CreateDelegate<Helper>());
    }

    public IReadOnlyList<Helper> All { get; }

    /// <summary>The number that an IR call of <paramref name="helper"/> carries.</summary>
    public int NumberOf(Helper helper) => _numbers[helper.Method];

    private static bool IsHelper(MethodInfo method) =>
        method.ReturnType == typeof(int) &&
        method.GetParameters().Select(parameter => parameter.ParameterType)
            .SequenceEqual([typeof(Cpu), typeof(int), typeof(int), typeof(int), typeof(int), typeof(ulong)]);
}
