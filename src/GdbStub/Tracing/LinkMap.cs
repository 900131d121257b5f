using TraceKernel.User;

namespace GdbStub.Tracing;

/// <summary>
/// What a process's dynamic linker tells debuggers: struct r_debug, which the dynamic section's DT_DEBUG leads to, and the list of loaded
/// objects (sys/link_elf.h). Nothing there can be trusted: it is the program's memory.
/// </summary>
internal sealed class LinkMap
{
    private const long DT_NULL = 0, DT_DEBUG = 21;
    private const int MostEntries = 4096, MostNamespaces = 64, LongestName = 1024;
    // struct r_debug and struct link_map, 64-bit.
    private const ulong MapAt = 8, BreakAt = 16, StateAt = 24, NextNamespaceAt = 40;
    private const ulong NameAt = 8, DynamicAt = 16, NextAt = 24;

    private readonly TraceeMemory _memory;

    private LinkMap(TraceeMemory memory, ulong address) => (_memory, Address) = (memory, address);

    /// <summary>Where struct r_debug is.</summary>
    public ulong Address { get; }

    /// <summary>r_brk: what the linker calls before and after each change.</summary>
    public ulong BreakAddress => _memory.ReadWord(Address + BreakAt) ?? 0;

    /// <summary>r_state is RT_CONSISTENT: no change is under way.</summary>
    public bool IsConsistent => (_memory.ReadWord(Address + StateAt) & uint.MaxValue) == 0;

    /// <summary>The link map of the program itself: the first of the list.</summary>
    public ulong Main => _memory.ReadWord(Address + MapAt) ?? 0;

    /// <summary>The list of a process; null for a static program, and before the dynamic linker has begun.</summary>
    public static LinkMap? Find(SystemCalls system, Tracee process)
    {
        var section = ProgramImage.Read(system, process).Dynamic;
        if (section == 0) return null;
        for (var entry = section; entry < section + 16 * MostEntries; entry += 16)
        {
            if (process.Memory.ReadWord(entry) is not { } tag || tag == DT_NULL) return null;
            if (tag != DT_DEBUG) continue;
            return process.Memory.ReadWord(entry + 8) is { } address and not 0 ? new LinkMap(process.Memory, address) : null;
        }
        return null;
    }

    /// <summary>
    /// The libraries, in the linker's order and without the program, of each name space: FreeBSD's linker has one, and others chain more
    /// of them since version 2 of the structure.
    /// </summary>
    public List<LoadedLibrary> ReadLibraries()
    {
        var libraries = new List<LoadedLibrary>();
        var debug = Address;
        for (var space = 0; debug != 0 && space < MostNamespaces; space++)
        {
            // The program is the first of the first.
            var first = _memory.ReadWord(debug + MapAt) ?? 0;
            Read(debug, space == 0 && first != 0 ? _memory.ReadWord(first + NextAt) ?? 0 : first, libraries);
            debug = (_memory.ReadWord(debug) & uint.MaxValue) >= 2 ? _memory.ReadWord(debug + NextNamespaceAt) ?? 0 : 0;
        }
        return libraries;
    }

    private void Read(ulong space, ulong map, List<LoadedLibrary> libraries)
    {
        for (; map != 0 && libraries.Count < MostEntries; map = _memory.ReadWord(map + NextAt) ?? 0)
        {
            if (_memory.ReadWord(map) is not { } address || _memory.ReadWord(map + NameAt) is not { } name
                || _memory.ReadWord(map + DynamicAt) is not { } dynamic) return;
            libraries.Add(new LoadedLibrary(_memory.ReadText(name, LongestName), map, address, dynamic, space));
        }
    }
}

/// <summary>One entry of the dynamic linker's list.</summary>
/// <param name="Name">Its path in the guest.</param>
/// <param name="Map">Where its struct link_map is.</param>
/// <param name="Address">What is added to the addresses in its file.</param>
/// <param name="Dynamic">Where its dynamic section is.</param>
/// <param name="Space">The struct r_debug of its name space.</param>
internal readonly record struct LoadedLibrary(string Name, ulong Map, ulong Address, ulong Dynamic, ulong Space);
