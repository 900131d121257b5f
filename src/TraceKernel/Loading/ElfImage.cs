using System.Diagnostics.CodeAnalysis;
using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Vm;

namespace TraceKernel.Loading;

/// <summary>What exec learns from an ELF64 file.</summary>
public sealed class ElfImage
{
    internal ElfImage(IBackingFile file) => File = file;

    /// <summary>
    /// Reads and judges a file as FreeBSD's imgact_elf.c does. When it is refused, <paramref name="reason"/> is one line for people, and
    /// the error is ENOEXEC for what is not a program for this machine, EINVAL for segments that collide, or what reading gave.
    /// </summary>
    public static bool TryParse(
        IBackingFile file, IArchitecture architecture, [NotNullWhen(true)] out ElfImage? image, out string reason, out Errno error)
    {
        error = ElfParser.TryParse(file, architecture, out image, out reason);
        return image is not null;
    }

    /// <summary>e_machine of a file of the host; 0 when it cannot be read or is no 64-bit ELF file for a little-endian machine.</summary>
    public static ushort MachineOf(string hostPath)
    {
        ReadOnlySpan<byte> wanted = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1];
        const int machineOffset = 18;
        Span<byte> header = stackalloc byte[machineOffset + sizeof(ushort)];
        try
        {
            using var file = System.IO.File.OpenRead(hostPath);
            var read = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
            return read == header.Length && header.StartsWith(wanted)
                ? System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(header[machineOffset..])
                : (ushort)0;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    public IBackingFile File { get; }

    /// <summary>ET_DYN: runs wherever it is put.</summary>
    public bool IsPositionIndependent { get; internal set; }

    /// <summary>e_entry.</summary>
    public ulong Entry { get; internal set; }

    /// <summary>e_flags.</summary>
    public uint Flags { get; internal set; }

    /// <summary>e_phnum.</summary>
    public int ProgramHeaderCount { get; internal set; }

    /// <summary>Address of the program headers in memory, before the load address is added; 0 when no segment holds them.</summary>
    public ulong ProgramHeaderAddress { get; internal set; }

    /// <summary>The PT_LOAD headers in file order.</summary>
    public IReadOnlyList<ElfSegment> Segments { get; internal set; } = [];

    /// <summary>PT_INTERP: the dynamic linker's path; null for a static program.</summary>
    public string? Interpreter { get; internal set; }

    /// <summary>PT_GNU_STACK's flags; None without one: the stack then gets the system's default.</summary>
    public Access StackProtection { get; internal set; }

    /// <summary>PT_GNU_STACK's p_memsz: the stack's size that the program asks for; 0 for the default.</summary>
    public ulong StackSize { get; internal set; }

    /// <summary>The FreeBSD ABI note is there.</summary>
    public bool HasNote { get; internal set; }

    /// <summary>p_osrel: the __FreeBSD_version in the ABI note; 0 without it.</summary>
    public int OsRelease { get; internal set; }

    /// <summary>Where a position-independent image without addresses of its own goes (ET_DYN_LOAD_ADDR).</summary>
    public ulong LoadAddress(ulong whenFree) => IsPositionIndependent && Segments[0].Address == 0 ? whenFree : 0;
}
