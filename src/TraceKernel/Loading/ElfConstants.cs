namespace TraceKernel.Loading;

/// <summary>Numbers of elf(5), sys/elf_common.h.</summary>
internal static class ElfConstants
{
    internal const int HeaderBytes = 64, ProgramHeaderBytes = 56;
    internal const int EI_CLASS = 4, EI_DATA = 5, EI_VERSION = 6, EI_OSABI = 7, OLD_EI_BRAND = 8;
    internal const byte ELFCLASS32 = 1, ELFCLASS64 = 2, ELFDATA2LSB = 1, ELFDATA2MSB = 2, EV_CURRENT = 1;
    internal const byte ELFOSABI_LINUX = 3, ELFOSABI_FREEBSD = 9;
    internal const ushort ET_REL = 1, ET_EXEC = 2, ET_DYN = 3, ET_CORE = 4;
    internal const ushort EM_386 = 3, EM_ARM = 40, EM_X86_64 = 62, EM_AARCH64 = 183, EM_RISCV = 243;
    internal const uint PT_LOAD = 1, PT_INTERP = 3, PT_NOTE = 4, PT_PHDR = 6, PT_GNU_STACK = 0x6474e551;
    internal const uint PF_X = 1, PF_W = 2, PF_R = 4;

    /// <summary>Type of both the FreeBSD and the GNU ABI note.</summary>
    internal const uint NT_ABI_TAG = 1;

    /// <summary>First word of the GNU ABI note of a Linux program.</summary>
    internal const uint GNU_ABI_TAG_LINUX = 0;

    /// <summary>The dynamic linker that marks a program as FreeBSD's when nothing else does.</summary>
    internal const string FreeBsdInterpreter = "/libexec/ld-elf.so.1";

    /// <summary>EM_*, as people call the processors.</summary>
    internal static string MachineName(ushort machine) => machine switch
    {
        EM_386 => "i386",
        EM_ARM => "arm",
        EM_X86_64 => "amd64",
        EM_AARCH64 => "arm64",
        EM_RISCV => "riscv",
        _ => $"machine {machine}",
    };

    /// <summary>EI_OSABI, as people call the systems.</summary>
    internal static string SystemName(byte abi) => abi switch
    {
        0 => "none",
        1 => "HP-UX",
        2 => "NetBSD",
        ELFOSABI_LINUX => "Linux",
        6 => "Solaris",
        ELFOSABI_FREEBSD => "FreeBSD",
        12 => "OpenBSD",
        _ => "unknown",
    };

    /// <summary>ET_DYN_LOAD_ADDR: where a position-independent program goes when addresses are not randomised (machine/elf.h).</summary>
    internal static ulong DynamicLoadAddress(ushort machine) => machine == EM_AARCH64 ? 0x100000UL : 0x1021000UL;
}
