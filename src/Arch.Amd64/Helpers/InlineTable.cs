using System.Reflection;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>What a translation may do instead of calling a helper through the register file.</summary>
internal static class InlineTable
{
    private static readonly Type[] LocalTypes =
    [
        typeof(VectorInteger), typeof(VectorShift), typeof(VectorShuffle), typeof(VectorExtension), typeof(VectorSelection), typeof(VectorSupplement),
        typeof(SseFloat), typeof(SseComparison), typeof(SseConversion), typeof(SseHorizontal), typeof(SseApproximation),
        typeof(DivisionHelpers), typeof(RotateHelpers),
    ];

    private static readonly bool[] Local = [.. HelperTable.All.Select(IsLocalHelper)];
    private static readonly InlineHelper?[] Inline = Build();

    /// <summary>The everyday case of a helper, if it has one.</summary>
    public static InlineHelper? Of(int helper) => Inline[helper];

    /// <summary>Whether a helper touches nothing but its operands and MXCSR.</summary>
    public static bool IsLocal(int helper) => Local[helper];

    // MASKMOVDQU stores.
    private static bool IsLocalHelper(Helper helper) =>
        LocalTypes.Contains(helper.Method.DeclaringType) && helper.Method.Name != nameof(VectorShuffle.Maskmov);

    private static InlineHelper?[] Build()
    {
        var table = Array.ConvertAll([.. HelperTable.All], PureFunction);
        AddArithmetic<SseAddition>(table, SseFloat.Addss, SseFloat.Addsd, SseFloat.Addpd);
        AddArithmetic<SseSubtraction>(table, SseFloat.Subss, SseFloat.Subsd, SseFloat.Subpd);
        AddArithmetic<SseMultiplication>(table, SseFloat.Mulss, SseFloat.Mulsd, SseFloat.Mulpd);
        AddArithmetic<SseDivision>(table, SseFloat.Divss, SseFloat.Divsd, SseFloat.Divpd);
        AddArithmetic<SseSquareRoot>(table, SseFloat.Sqrtss, SseFloat.Sqrtsd, SseFloat.Sqrtpd);
        AddArithmetic<SseMinimum>(table, SseFloat.Minss, SseFloat.Minsd, SseFloat.Minpd);
        AddArithmetic<SseMaximum>(table, SseFloat.Maxss, SseFloat.Maxsd, SseFloat.Maxpd);
        foreach (var compare in (ReadOnlySpan<Helper>)[SseComparison.Comisd, SseComparison.Ucomisd])
            Add(table, compare, nameof(SseInline.CompareDouble), nameof(SseInline.IsCompareDoubleCertain), makesEveryday: true);
        foreach (var compare in (ReadOnlySpan<Helper>)[SseComparison.Comiss, SseComparison.Ucomiss])
            Add(table, compare, nameof(SseInline.CompareSingle), nameof(SseInline.IsCompareSingleCertain), makesEveryday: true);
        Add(table, SseConversion.Cvtsi2sd32, nameof(SseInline.DoubleOf32), null);
        Add(table, SseConversion.Cvtsi2sd64, nameof(SseInline.DoubleOf64), nameof(SseInline.IsDoubleOf64Certain));
        Add(table, SseConversion.Cvttsd2si32, nameof(SseInline.Truncated32), nameof(SseInline.IsTruncated32Certain));
        Add(table, SseConversion.Cvttsd2si64, nameof(SseInline.Truncated64), nameof(SseInline.IsTruncated64Certain));
        Add(table, SseConversion.Cvtss2sd, nameof(SseInline.Widened), nameof(SseInline.IsWidenedCertain), makesEveryday: true);
        Add(table, SseConversion.Cvtsd2ss, nameof(SseInline.Narrowed), nameof(SseInline.IsNarrowedCertain), makesEveryday: true);
        Add(table, typeof(DivisionInline), DivisionHelpers.Unsigned, nameof(DivisionInline.Unsigned), nameof(DivisionInline.IsUnsignedCertain));
        Add(table, typeof(DivisionInline), DivisionHelpers.Signed, nameof(DivisionInline.Signed), nameof(DivisionInline.IsSignedCertain));
        return table;
    }

    // What a helper's class also has under its name, as a function of vectors, is all that the helper does.
    private static InlineHelper? PureFunction(Helper helper)
    {
        var named = helper.Method.DeclaringType!.GetMember(helper.Method.Name, BindingFlags.Static | BindingFlags.Public);
        return Array.Find(named, member => member != helper.Method) is MethodInfo function ? new InlineHelper(function) : null;
    }

    private static void AddArithmetic<T>(InlineHelper?[] table, Helper single, Helper scalar, Helper packed)
        where T : struct, ISseOperation
    {
        table[HelperTable.NumberOf(single)] = Arithmetic<T>(nameof(SseInline.ScalarSingle), nameof(SseInline.IsScalarSingleCertain));
        table[HelperTable.NumberOf(scalar)] = Arithmetic<T>(nameof(SseInline.ScalarDouble), nameof(SseInline.IsScalarDoubleCertain));
        table[HelperTable.NumberOf(packed)] = Arithmetic<T>(nameof(SseInline.PackedDouble), nameof(SseInline.IsPackedDoubleCertain));
    }

    private static InlineHelper Arithmetic<T>(string compute, string certain) =>
        new(Generic<T>(compute), Generic<T>(certain), MakesEveryday: true);

    private static MethodInfo Generic<T>(string name) => Method(typeof(SseInline), name).MakeGenericMethod(typeof(T));

    private static void Add(InlineHelper?[] table, Helper helper, string compute, string? certain, bool makesEveryday = false) =>
        Add(table, typeof(SseInline), helper, compute, certain, makesEveryday);

    private static void Add(InlineHelper?[] table, Type type, Helper helper, string compute, string? certain, bool makesEveryday = false) =>
        table[HelperTable.NumberOf(helper)] = new InlineHelper(Method(type, compute), certain is null ? null : Method(type, certain), makesEveryday);

    private static MethodInfo Method(Type type, string name) => type.GetMethod(name, BindingFlags.Static | BindingFlags.Public)!;
}
