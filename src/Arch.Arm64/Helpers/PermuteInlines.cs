using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>
/// Elements in another order, as functions of vectors for translations: those of <see cref="PermuteHelpers"/> by the same names.
/// </summary>
internal static class PermuteInlines
{
    private static readonly Type[] Elements = [typeof(byte), typeof(ushort), typeof(uint), typeof(ulong)];

    // For each immediate of Third and each of its operands: which bytes of that operand; elsewhere a place beyond it.
    private static readonly Vector128<byte>[] Places = MakePlaces();

    /// <summary>Of a helper of <see cref="PermuteHelpers"/>, whose immediates say whether the whole register takes part.</summary>
    public static InlineHelper Of(string helper, ulong immediate)
    {
        var element = Elements[(int)immediate & 3];
        int size = (int)immediate & 3, count = (int)(immediate >> 4) & 31;
        return helper switch
        {
            nameof(PermuteHelpers.Extract) => Function(helper, (immediate >> 8 & 1) != 0),
            nameof(PermuteHelpers.Lookup) =>
                Function((immediate >> 12 & 1) != 0 ? nameof(LookupKeeping) : helper, (immediate >> 13 & 1) != 0),
            nameof(PermuteHelpers.Third) => Function(helper, new Thirds(immediate).IsWhole),
            nameof(PermuteHelpers.Reverse) => Function(helper, (immediate >> 8 & 1) != 0, element),
            _ => Function(helper, count << size == 16, element),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Zip<T>(Vector128<T> a, Vector128<T> b, ulong immediate)
    {
        bool isSecond = (immediate >> 12 & 1) != 0;
        if (IsWholePermutation<T>(immediate))
            return isSecond ? ElementOrder.Interleaved(ElementOrder.Swapped(a), ElementOrder.Swapped(b)) : ElementOrder.Interleaved(a, b);
        return isSecond ? ElementOrder.Swapped(ElementOrder.Interleaved(a, b)) : ElementOrder.Interleaved(a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Unzip<T>(Vector128<T> a, Vector128<T> b, ulong immediate)
    {
        var (first, second) = ElementOrder.Deinterleaved(a, b, IsWholePermutation<T>(immediate));
        return (immediate >> 12 & 1) != 0 ? second : first;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Transpose<T>(Vector128<T> a, Vector128<T> b, ulong immediate)
    {
        bool isSecond = (immediate >> 12 & 1) != 0;
        if (typeof(T) == typeof(ulong))
            return Vector128.Create(a.AsUInt64()[isSecond ? 1 : 0], b.AsUInt64()[isSecond ? 1 : 0]).As<ulong, T>();
        var even = ElementOrder.EvenElements<T>();
        return isSecond
            ? Vector128.ConditionalSelect(even, ElementOrder.ElementsDown(a), b)
            : Vector128.ConditionalSelect(even, a, ElementOrder.ElementsUp(b));
    }

    /// <summary>EXT: bytes of a, then of b, from a position on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Extract(Vector128<byte> a, Vector128<byte> b, ulong immediate)
    {
        var places = Vector128<byte>.Indices + Vector128.Create((byte)(immediate & 15));
        if ((immediate >> 8 & 1) == 0)
            return Vector128.Shuffle(ElementOrder.Interleaved(a.AsUInt64(), b.AsUInt64()).AsByte(), places);
        // A place beyond the vector gives 0.
        return Vector128.Shuffle(a, places) | Vector128.Shuffle(b, places - Vector128.Create((byte)16));
    }

    /// <summary>TBL: bytes of a table by the indices in b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Lookup(Vector128<byte> a, Vector128<byte> b, Vector128<byte> c, ulong immediate)
    {
        var places = PlacesIn(b, immediate);
        // A place beyond the vector gives 0.
        return RegistersOf(immediate) == 1
            ? Vector128.Shuffle(a, places)
            : Vector128.Shuffle(a, places) | Vector128.Shuffle(c, places - Vector128.Create((byte)16));
    }

    /// <summary>TBX.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LookupKeeping(
        Vector128<byte> dst, Vector128<byte> a, Vector128<byte> b, Vector128<byte> c, ulong immediate)
    {
        var isFound = Vector128.LessThan(PlacesIn(b, immediate), Vector128.Create((byte)(16 * RegistersOf(immediate))));
        return Vector128.ConditionalSelect(isFound, Lookup(a, b, c, immediate), dst);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Third(Vector128<byte> a, Vector128<byte> b, Vector128<byte> c, ulong immediate)
    {
        int first = 3 * (int)immediate;
        return Vector128.Shuffle(a, Places[first]) | Vector128.Shuffle(b, Places[first + 1]) | Vector128.Shuffle(c, Places[first + 2]);
    }

    /// <summary>Elements in reverse order within containers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Reverse<T>(Vector128<T> a, ulong immediate)
    {
        int container = (int)(immediate >> 4) & 3;
        if (typeof(T) == typeof(byte))
            return Vector128.Shuffle(a.AsByte(), container switch
            {
                1 => Vector128.Create((byte)1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14),
                2 => Vector128.Create((byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12),
                _ => Vector128.Create((byte)7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8),
            }).As<byte, T>();
        if (typeof(T) == typeof(ushort))
            return Vector128.Shuffle(a.AsUInt16(), container == 2
                ? Vector128.Create((ushort)1, 0, 3, 2, 5, 4, 7, 6)
                : Vector128.Create((ushort)3, 2, 1, 0, 7, 6, 5, 4)).As<ushort, T>();
        return Vector128.Shuffle(a.AsUInt32(), Vector128.Create(1u, 0, 3, 2)).As<uint, T>();
    }

    private static Vector128<byte>[] MakePlaces()
    {
        var places = new Vector128<byte>[3 * Thirds.Count];
        Array.Fill(places, Vector128<byte>.AllBitsSet);
        for (int packed = 0; packed < Thirds.Count; packed++)
        {
            var thirds = new Thirds((ulong)packed);
            for (int i = 0; i < thirds.Bytes; i++)
            {
                var (source, place) = thirds.SourceOf(i);
                ref var known = ref places[3 * packed + source];
                known = known.WithElement(i, (byte)place);
            }
        }
        return places;
    }

    // Indices from the table's first register on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> PlacesIn(Vector128<byte> indices, ulong table) =>
        indices - Vector128.Create((byte)((table >> 4 & 15) * 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RegistersOf(ulong table) => (int)table & 15;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWholePermutation<T>(ulong immediate) => (int)(immediate >> 4 & 31) * Unsafe.SizeOf<T>() == 16;

    private static InlineHelper Function(string name, bool isWhole, params Type[] element)
    {
        var method = typeof(PermuteInlines).GetMethod(name, BindingFlags.Static | BindingFlags.Public)!;
        return new InlineHelper(element.Length == 0 ? method : method.MakeGenericMethod(element), ClearsHigh: !isWhole);
    }
}
