using System.Reflection;
using Arch.Arm64.Lifting;

namespace Arch.Arm64.Decoding;

/// <summary>
/// The decoder: the methods marked with <see cref="EncodingAttribute"/>, bound once to delegates and found by the upper bits of a word.
/// Where two patterns match, the special case comes first; other overlaps are an error.
/// </summary>
internal static class DecodeTable
{
    private const int IndexBits = 12, IndexShift = 32 - IndexBits;

    private static readonly Row[] All = [.. Find()];
    private static readonly Row[][] Index = Build();

    /// <summary>One pattern, and what lifts its instructions.</summary>
    public sealed record Row(Pattern Pattern, string Text, string Name, MethodInfo Method, Action<Lifter> Lift);

    public static IReadOnlyList<Row> Rows => All;

    /// <summary>The row that a word belongs to; null when it is no instruction of this processor.</summary>
    public static Row? Decode(uint word)
    {
        foreach (var row in Index[word >> IndexShift])
        {
            if (row.Pattern.Matches(word))
                return row;
        }
        return null;
    }

    /// <summary>Pairs of rows that share words though neither is a special case of the other.</summary>
    public static IEnumerable<(Row First, Row Second)> Ambiguities()
    {
        for (int i = 0; i < All.Length; i++)
        {
            for (int j = i + 1; j < All.Length; j++)
            {
                var (first, second) = (All[i].Pattern, All[j].Pattern);
                if (first.Overlaps(second) && !first.IsSpecialCaseOf(second) && !second.IsSpecialCaseOf(first))
                    yield return (All[i], All[j]);
            }
        }
    }

    private static IEnumerable<Row> Find() =>
        from type in typeof(DecodeTable).Assembly.GetTypes()
        where type.Namespace == typeof(Lifter).Namespace
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        from encoding in method.GetCustomAttributes<EncodingAttribute>()
        select new Row(Pattern.Parse(encoding.Pattern), encoding.Pattern, encoding.Name, method, method.CreateDelegate<Action<Lifter>>());

    private static Row[][] Build()
    {
        // More fixed bits first: a special case fixes all that the general one does, and more.
        var ordered = All.OrderByDescending(row => uint.PopCount(row.Pattern.Mask)).ToArray();
        var index = new Row[1 << IndexBits][];
        for (uint entry = 0; entry < index.Length; entry++)
        {
            var top = new Pattern(uint.MaxValue << IndexShift, entry << IndexShift);
            index[entry] = [.. ordered.Where(row => row.Pattern.Overlaps(top))];
        }
        return index;
    }
}
