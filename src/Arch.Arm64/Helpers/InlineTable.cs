using System.Collections.Concurrent;
using System.Reflection;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>
/// What a translation may do instead of calling a helper through the register file. The helpers that go through elements are told what to
/// do by their immediate: there is an entry for each that occurs.
/// </summary>
internal static class InlineTable
{
    private static readonly Type[] LocalTypes =
    [
        typeof(ChecksumHelpers), typeof(ConversionHelpers), typeof(CryptoHelpers), typeof(FloatHelpers), typeof(LaneHelpers),
        typeof(PermuteHelpers),
    ];

    private static readonly bool[] Local = [.. HelperTable.All.Select(IsLocalHelper)];
    private static readonly ConcurrentDictionary<(int Helper, ulong Immediate), InlineHelper?> Inline = [];

    /// <summary>The everyday case of a helper with an immediate, if it has one.</summary>
    public static InlineHelper? Of(int helper, ulong immediate) =>
        Inline.GetOrAdd((helper, immediate), static call => Make(HelperTable.All[call.Helper].Method, call.Immediate));

    /// <summary>Whether a helper touches nothing but its operands and FPCR and FPSR.</summary>
    public static bool IsLocal(int helper) => Local[helper];

    private static bool IsLocalHelper(Helper helper) => LocalTypes.Contains(helper.Method.DeclaringType);

    private static InlineHelper? Make(MethodInfo helper, ulong immediate)
    {
        if (helper.DeclaringType == typeof(LaneHelpers))
        {
            var shape = LaneShape.Of(immediate);
            return shape.Operation >= LaneOperation.FloatAdd ? FloatInlines.Lanes(helper.Name, shape) : LaneInlines.Of(helper.Name, shape);
        }
        if (helper.DeclaringType == typeof(PermuteHelpers))
            return PermuteInlines.Of(helper.Name, immediate);
        if (helper.DeclaringType == typeof(CryptoHelpers))
            return CryptoInlines.Of(helper.Name);
        if (helper.DeclaringType == typeof(FloatHelpers))
            return FloatInlines.Scalar(helper.Name, immediate);
        return helper.DeclaringType == typeof(ConversionHelpers) ? ConversionInlines.Of(helper.Name, immediate) : null;
    }
}
