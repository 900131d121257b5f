namespace TraceKernel.Abi;

/// <summary>Types of the auxiliary vector's entries, sys/elf_common.h of FreeBSD 13.0.</summary>
public static class AuxiliaryVector
{
    public const int AT_NULL = 0, AT_IGNORE = 1, AT_EXECFD = 2, AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6, AT_BASE = 7,
        AT_FLAGS = 8, AT_ENTRY = 9, AT_EXECPATH = 15, AT_CANARY = 16, AT_CANARYLEN = 17, AT_OSRELDATE = 18, AT_NCPUS = 19,
        AT_PAGESIZES = 20, AT_PAGESIZESLEN = 21, AT_TIMEKEEP = 22, AT_STACKPROT = 23, AT_EHDRFLAGS = 24, AT_HWCAP = 25, AT_HWCAP2 = 26,
        AT_BSDFLAGS = 27, AT_ARGC = 28, AT_ARGV = 29, AT_ENVC = 30, AT_ENVV = 31, AT_PS_STRINGS = 32, AT_FXRNG = 33;

    /// <summary>Entries for which exec reserves room on the stack.</summary>
    public const int AT_COUNT = 34;
}
