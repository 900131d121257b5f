using System.Reflection;
using System.Runtime.Intrinsics;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// A helper's everyday case as pure functions that a translation can contain: no register file, no traps. Their parameters are bound by name: a, b and c
/// are the operands, dst the destination's old value (a <c>ulong</c>, or a <c>Vector128&lt;ulong&gt;</c> of a slot and the next), immediate
/// the immediate, status the register <see cref="InstructionSet.FloatStatus"/>, and result what Compute returned.
/// </summary>
/// <param name="Compute">What the destination becomes: one slot (<c>ulong</c>) or two (<c>Vector128&lt;ulong&gt;</c>).</param>
/// <param name="IsCertain">Whether that is all the helper does; when not, the instruction is interpreted. Null: always.</param>
public sealed record InlineHelper(MethodInfo Compute, MethodInfo? IsCertain = null)
{
    internal bool ReturnsVector => Compute.ReturnType == typeof(Vector128<ulong>);
}

/// <summary>An inline helper with the values of its parameters; of a vector both halves, one after the other.</summary>
internal sealed class InlineCall(InlineHelper helper, Func<string, bool, Value[]> argument)
{
    public InlineHelper Helper { get; } = helper;

    public Value[][] ComputeArguments { get; } = Bind(helper.Compute, argument);

    /// <summary>An empty place is the result's.</summary>
    public Value[][] CertainArguments { get; } = helper.IsCertain is null ? [] : Bind(helper.IsCertain, argument);

    public IEnumerable<Value> Arguments => ComputeArguments.Concat(CertainArguments).SelectMany(values => values);

    private static Value[][] Bind(MethodInfo method, Func<string, bool, Value[]> argument) =>
        Array.ConvertAll(method.GetParameters(), parameter =>
            parameter.Name == "result" ? [] : argument(parameter.Name!, parameter.ParameterType == typeof(Vector128<ulong>)));
}
