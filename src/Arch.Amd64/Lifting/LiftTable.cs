using System.Reflection;
using Iced.Intel;

namespace Arch.Amd64.Lifting;

/// <summary>The methods marked with <see cref="LiftsAttribute"/>, bound once to delegates and indexed by instruction code.</summary>
internal static class LiftTable
{
    private static readonly Action<Lifter>?[] Methods = Build();

    /// <summary>The method that lifts <paramref name="code"/>, or null when nothing here does.</summary>
    public static Action<Lifter>? Find(Code code) => Methods[(int)code];

    /// <summary>Every row as written: the method, its mnemonics and its codes.</summary>
    public static IEnumerable<(MethodInfo Method, LiftsAttribute Row)> Rows() =>
        from type in typeof(LiftTable).Assembly.GetTypes()
        where type.Namespace == typeof(LiftTable).Namespace
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        let row = method.GetCustomAttribute<LiftsAttribute>()
        where row is not null
        select (method, row);

    private static Action<Lifter>?[] Build()
    {
        var byMnemonic = new Dictionary<Mnemonic, Action<Lifter>>();
        var byCode = new Dictionary<Code, Action<Lifter>>();
        foreach (var (method, row) in Rows())
        {
            var lift = method.CreateDelegate<Action<Lifter>>();
            foreach (var mnemonic in row.Mnemonics)
                byMnemonic.Add(mnemonic, lift);
            foreach (var code in row.Codes)
                byCode.Add(code, lift);
        }
        var methods = new Action<Lifter>?[Enum.GetValues<Code>().Length];
        // VEX forms of the same names have other operands.
        foreach (var code in Enum.GetValues<Code>().Where(code => code.Encoding() == EncodingKind.Legacy))
            methods[(int)code] = byCode.GetValueOrDefault(code) ?? byMnemonic.GetValueOrDefault(code.Mnemonic());
        return methods;
    }
}
