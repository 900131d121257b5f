using System.Reflection;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// A helper's everyday case as pure functions that a translation can contain: no register file, no traps. Their parameters are bound by
/// name: a, b and c are the operands, dst the destination's old value, immediate the immediate, status the register
/// <see cref="InstructionSet.FloatStatus"/>, and result what Compute returned. A <c>ulong</c> is one slot, a <c>double</c> or a
/// <c>float</c> what stands in the low bits of it, a <c>Vector128&lt;T&gt;</c> the slot and the next. The parameters aIsEveryday and
/// bIsEveryday are constants: whether a (or b) need not be looked at again.
/// </summary>
/// <param name="Compute">What the destination becomes: one slot (<c>ulong</c>) or two (<c>Vector128&lt;T&gt;</c>).</param>
/// <param name="IsCertain">Whether that is all the helper does; when not, the instruction is interpreted. Null: always.</param>
/// <param name="MakesEveryday">
/// Whether, when it is certain, the numbers a and b and the low number of a result that is a vector are everyday ones to all inline helpers.
/// </param>
/// <param name="ClearsHigh">Only the low half counts of the vector that Compute returns; the slot after the destination becomes 0.</param>
public sealed record InlineHelper(MethodInfo Compute, MethodInfo? IsCertain = null, bool MakesEveryday = false, bool ClearsHigh = false)
{
    internal bool ReturnsVector => Compute.ReturnType != typeof(ulong);
}

/// <summary>An inline helper with the values of its parameters.</summary>
internal sealed class InlineCall(InlineHelper helper, Func<ParameterInfo, Value> argument)
{
    public InlineHelper Helper { get; } = helper;

    public (Type Type, Value? Value)[] ComputeArguments { get; } = Bind(helper.Compute, argument);

    /// <summary>Without a value: the result.</summary>
    public (Type Type, Value? Value)[] CertainArguments { get; } = helper.IsCertain is null ? [] : Bind(helper.IsCertain, argument);

    public IEnumerable<Value> Arguments => ComputeArguments.Concat(CertainArguments).Select(argument => argument.Value).OfType<Value>();

    private static (Type Type, Value? Value)[] Bind(MethodInfo method, Func<ParameterInfo, Value> argument) =>
        Array.ConvertAll(method.GetParameters(), parameter =>
            (parameter.ParameterType, parameter.Name == "result" ? null : argument(parameter)));
}
