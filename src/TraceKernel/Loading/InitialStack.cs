using System.Buffers.Binary;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Vm;
using static TraceKernel.Abi.AuxiliaryVector;

namespace TraceKernel.Loading;

/// <summary>
/// exec_copyout_strings: what a program finds on its stack. From high to low: ps_strings, the path, the canary, the page sizes, the
/// strings, the auxiliary vector, envp, argv, argc.
/// </summary>
internal sealed class InitialStack(VmSpace vm, IArchitecture architecture, ExecArguments arguments)
{
    private const int PsStringsBytes = 32;
    private const int CanaryBytes = 64;
    private readonly List<byte> _vector = [];
    private ulong _at;

    /// <summary>Where argc lies: what the entry registers point to.</summary>
    internal ulong Base { get; private set; }

    /// <summary>The auxiliary vector, AT_NULL included.</summary>
    internal byte[] Auxv => [.. _vector];

    /// <summary>EFAULT when the stack is too small, ENOMEM when memory is short.</summary>
    internal Errno Build(ElfImage image, ulong loadAddress, ulong interpreterBase, ulong stackProtection, in ExecKernelInformation kernel)
    {
        ulong psStrings = vm.StackTop - PsStringsBytes;
        _at = psStrings;
        ulong path = arguments.Path.Length == 0 ? 0 : Reserve(arguments.Path.Length + 1);
        _at -= CanaryBytes;
        ulong canary = _at;
        ulong pageSizes = Reserve(architecture.PageSizes.Length * sizeof(ulong));
        ulong strings = Reserve((int)arguments.StringBytes);
        ulong vector = Reserve(AT_COUNT * 16);
        ulong environment = vector - (ulong)(arguments.Environment.Count + 1) * 8;
        ulong argv = environment - (ulong)(arguments.Arguments.Count + 1) * 8;
        Base = argv - 8;

        AddImage(image, loadAddress, interpreterBase);
        if (path != 0)
            Add(AT_EXECPATH, path);
        Add(AT_OSRELDATE, (ulong)kernel.OsReleaseDate);
        Add(AT_CANARY, canary);
        Add(AT_CANARYLEN, CanaryBytes);
        Add(AT_NCPUS, (ulong)kernel.Processors);
        Add(AT_PAGESIZES, pageSizes);
        Add(AT_PAGESIZESLEN, (ulong)architecture.PageSizes.Length * sizeof(ulong));
        Add(AT_STACKPROT, stackProtection);
        AddCapabilities();
        // No flag: ELF_BSDF_SIGFASTBLK would promise sigfastblock(2).
        Add(AT_BSDFLAGS, 0);
        Add(AT_ARGC, (ulong)arguments.Arguments.Count);
        Add(AT_ARGV, argv);
        Add(AT_ENVC, (ulong)arguments.Environment.Count);
        Add(AT_ENVV, environment);
        Add(AT_PS_STRINGS, psStrings);
        Add(AT_NULL, 0);

        var area = new byte[vm.StackTop - Base];
        PutLong(area, Base, (ulong)arguments.Arguments.Count);
        ulong text = PutStrings(area, argv, arguments.Arguments, strings);
        PutStrings(area, environment, arguments.Environment, text);
        _vector.CopyTo(area, (int)(vector - Base));
        for (int index = 0; index < architecture.PageSizes.Length; index++)
            PutLong(area, pageSizes + (ulong)index * 8, architecture.PageSizes[index]);
        FillCanary(area.AsSpan((int)(canary - Base), CanaryBytes), kernel.Seed);
        if (path != 0)
            Encoding.Latin1.GetBytes(arguments.Path, area.AsSpan((int)(path - Base)));
        PutLong(area, psStrings, argv);
        PutLong(area, psStrings + 8, (uint)arguments.Arguments.Count);
        PutLong(area, psStrings + 16, environment);
        PutLong(area, psStrings + 24, (uint)arguments.Environment.Count);
        return vm.Fill(Base, area);
    }

    private void AddImage(ElfImage image, ulong loadAddress, ulong interpreterBase)
    {
        Add(AT_PHDR, image.ProgramHeaderAddress + loadAddress);
        Add(AT_PHENT, ElfConstants.ProgramHeaderBytes);
        Add(AT_PHNUM, (ulong)image.ProgramHeaderCount);
        Add(AT_PAGESZ, Machine.Memory.Frame.Size);
        Add(AT_FLAGS, 0);
        Add(AT_ENTRY, image.Entry + loadAddress);
        Add(AT_BASE, interpreterBase);
        Add(AT_EHDRFLAGS, image.Flags);
    }

    private void AddCapabilities()
    {
        var (capabilities, more) = architecture.HardwareCapabilities;
        if (capabilities != 0)
            Add(AT_HWCAP, capabilities);
        if (more != 0)
            Add(AT_HWCAP2, more);
    }

    private void Add(int type, ulong value)
    {
        Span<byte> entry = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(entry, type);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], value);
        _vector.AddRange(entry);
    }

    private ulong Reserve(int bytes)
    {
        _at = _at - (ulong)bytes & ~7UL;
        return _at;
    }

    private ulong PutStrings(byte[] area, ulong pointers, IReadOnlyList<string> texts, ulong at)
    {
        foreach (string text in texts)
        {
            PutLong(area, pointers, at);
            Encoding.Latin1.GetBytes(text, area.AsSpan((int)(at - Base)));
            pointers += 8;
            at += (ulong)text.Length + 1;
        }
        return at;
    }

    private void PutLong(byte[] area, ulong address, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(area.AsSpan((int)(address - Base)), value);

    // SplitMix64: well-distributed bytes from any seed.
    private static void FillCanary(Span<byte> canary, ulong seed)
    {
        for (; canary.Length > 0; canary = canary[8..])
        {
            seed += 0x9E3779B97F4A7C15;
            ulong mixed = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
            BinaryPrimitives.WriteUInt64LittleEndian(canary, mixed ^ mixed >> 31);
        }
    }
}
