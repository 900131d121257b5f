namespace TraceKernel.Abi;

/// <summary>The declaration of a C function as syscalls.master writes it.</summary>
internal static class CPrototype
{
    /// <summary>The function's name.</summary>
    public static string Name(string prototype) => prototype[..prototype.IndexOf('(')].Split(' ', '*')[^1];

    /// <summary>How many arguments the function takes.</summary>
    public static int ArgumentCount(string prototype)
    {
        var list = prototype[(prototype.IndexOf('(') + 1)..prototype.LastIndexOf(')')].Trim();
        return list is "" or "void" ? 0 : list.Count(c => c == ',') + 1;
    }
}
