using TraceKernel.Abi;

namespace TraceKernel;

/// <summary>kenv(1): the variables that the loader has given to the kernel, kern_environment.c.</summary>
internal sealed class KernelEnvironment
{
    /// <summary>KENV_SIZE: variables that there may be.</summary>
    private const int MaximumVariables = 512;

    private readonly List<(string Name, string Value)> _variables = [];

    /// <summary>What loader(8) always sets.</summary>
    public KernelEnvironment() => _variables.AddRange(
    [
        ("boot_verbose", "NO"), ("kernel", "kernel"), ("kernelname", "/boot/kernel/kernel"), ("kernel_path", "/boot/kernel"),
        ("module_path", "/boot/kernel;/boot/modules"), ("loaddev", "disk0p1:"), ("currdev", "disk0p1:"),
    ]);

    /// <summary>Each as NAME="VALUE" in kern_setenv's order; the kernel stores them without the quotes.</summary>
    public IEnumerable<string> Lines => _variables.Select(variable => $"{variable.Name}={variable.Value}");

    /// <summary>kern_getenv; null when there is no such variable.</summary>
    public string? Get(string name) => _variables.Find(variable => variable.Name == name) is { Name: not null } found ? found.Value : null;

    /// <summary>kern_setenv. A full table takes no more, as the kernel's does.</summary>
    public void Set(string name, string value)
    {
        var index = _variables.FindIndex(variable => variable.Name == name);
        if (index >= 0) _variables[index] = (name, value);
        else if (_variables.Count < MaximumVariables) _variables.Add((name, value));
    }

    /// <summary>kern_unsetenv. ENOENT.</summary>
    public Errno Unset(string name) => _variables.RemoveAll(variable => variable.Name == name) > 0 ? Errno.None : Errno.ENOENT;
}
