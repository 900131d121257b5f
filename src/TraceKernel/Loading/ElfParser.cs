using System.Buffers.Binary;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Vm;
using static TraceKernel.Loading.ElfConstants;

namespace TraceKernel.Loading;

/// <summary>
/// Reads and judges ELF64 files as FreeBSD's imgact_elf.c does. A refusal has an errno for the program and one line for the people.
/// </summary>
internal sealed class ElfParser
{
    private readonly IArchitecture _architecture;
    private readonly IBackingFile _file;
    private readonly byte[] _firstPage;
    private readonly ElfImage _image;
    private readonly List<ElfSegment> _segments = [];
    private byte _abi;
    private bool _hasLinuxNote;

    private ElfParser(IBackingFile file, IArchitecture architecture, byte[] firstPage)
    {
        _file = file;
        _architecture = architecture;
        _firstPage = firstPage;
        _image = new ElfImage(file);
    }

    /// <inheritdoc cref="ElfImage.TryParse"/>
    internal static Errno TryParse(IBackingFile file, IArchitecture architecture, out ElfImage? image, out string reason)
    {
        image = null;
        reason = "cannot be read";
        var page = new byte[Frame.Size];
        var error = VnodePager.Read(file, 0, page, out int count);
        if (error != Errno.None)
            return error;
        var parser = new ElfParser(file, architecture, page[..count]);
        var refusal = parser.Parse();
        reason = refusal.Reason ?? "";
        if (refusal.Error == Errno.None)
            image = parser._image;
        return refusal.Error;
    }

    private Refusal Parse()
    {
        var refusal = CheckHeader();
        if (refusal.Error == Errno.None)
            refusal = ReadProgramHeaders();
        if (refusal.Error == Errno.None)
            refusal = CheckSegments();
        return refusal.Error == Errno.None ? CheckBrand() : refusal;
    }

    private Refusal CheckHeader()
    {
        ReadOnlySpan<byte> header = _firstPage;
        if (header.Length == 0)
            return NotExecutable("the file is empty");
        if (!header.StartsWith("\u007fELF"u8))
            return NotExecutable(header.StartsWith("#!"u8) ? "a script, not an ELF program"
                : IsText(header) ? "a text file, not an ELF program" : "not an ELF file");
        if (header.Length < HeaderBytes)
            return NotExecutable($"truncated: the ELF header takes {HeaderBytes} bytes, the file has {header.Length}");
        if (header[EI_CLASS] != ELFCLASS64)
            return NotExecutable(header[EI_CLASS] == ELFCLASS32
                ? "a 32-bit program; only 64-bit programs run here"
                : $"ELF class {header[EI_CLASS]} is unknown");
        if (header[EI_DATA] != ELFDATA2LSB)
            return NotExecutable(header[EI_DATA] == ELFDATA2MSB
                ? "a big-endian program; this machine is little-endian"
                : $"ELF byte order {header[EI_DATA]} is unknown");
        if (header[EI_VERSION] != EV_CURRENT || Word(20) != EV_CURRENT)
            return NotExecutable($"ELF version {(header[EI_VERSION] != EV_CURRENT ? header[EI_VERSION] : Word(20))} is unknown");
        if (Half(18) != _architecture.ElfMachine)
            return NotExecutable($"a program for {MachineName(Half(18))}; this machine is {_architecture.Name}");
        if (Half(16) is not (ET_EXEC or ET_DYN))
            return NotExecutable(Half(16) switch
            {
                ET_REL => "an object file, not a program",
                ET_CORE => "a core dump, not a program",
                var type => $"ELF type {type} is not a program",
            });
        _image.IsPositionIndependent = Half(16) == ET_DYN;
        _image.Entry = Long(24);
        _image.Flags = Word(48);
        _image.ProgramHeaderCount = Half(56);
        _abi = header[EI_OSABI];
        return default;
    }

    private Refusal ReadProgramHeaders()
    {
        ulong table = Long(32);
        int count = Half(56);
        if (count == 0)
            return NotExecutable("no program headers");
        if (Half(54) != ProgramHeaderBytes)
            return NotExecutable($"program headers of {Half(54)} bytes, not {ProgramHeaderBytes}");
        if (table > Frame.Size || (ulong)count * ProgramHeaderBytes > Frame.Size - table)
            return NotExecutable("program headers not in the first page");
        if (table % 8 != 0)
            return NotExecutable("unaligned program headers");
        ulong end = table + (ulong)count * ProgramHeaderBytes;
        if (end > (ulong)_firstPage.Length)
            return NotExecutable($"truncated: the program headers end at byte {end}, the file has {_file.Size}");
        for (int index = 0; index < count; index++)
        {
            var refusal = ReadProgramHeader((int)table + index * ProgramHeaderBytes, table, end);
            if (refusal.Error != Errno.None)
                return refusal;
        }
        return _segments.Count > 0 ? default : NotExecutable("nothing to load (no PT_LOAD)");
    }

    private Refusal ReadProgramHeader(int at, ulong table, ulong tableEnd)
    {
        var segment = new ElfSegment(Long(at + 8), Long(at + 16), Long(at + 32), Long(at + 40), Protection(Word(at + 4)));
        switch (Word(at))
        {
            case PT_LOAD:
                if (segment.Offset == 0 && tableEnd <= segment.FileSize)
                    _image.ProgramHeaderAddress = segment.Address + table;
                if (segment.MemorySize > 0 || segment.FileSize > 0)
                    _segments.Add(segment);
                return default;
            case PT_PHDR:
                _image.ProgramHeaderAddress = segment.Address;
                return default;
            case PT_GNU_STACK:
                _image.StackProtection = segment.Protection;
                _image.StackSize = segment.MemorySize;
                return default;
            case PT_INTERP:
                return ReadInterpreter(segment);
            case PT_NOTE:
                ReadNotes(segment);
                return default;
            default:
                return default;
        }
    }

    private Refusal ReadInterpreter(in ElfSegment segment)
    {
        if (_image.Interpreter is not null)
            return NotExecutable("more than one PT_INTERP");
        if (segment.FileSize is < 2 or > 1024 || !TryRead(segment.Offset, (int)segment.FileSize, out var bytes) || bytes[^1] != 0)
            return NotExecutable("PT_INTERP holds no path");
        _image.Interpreter = Encoding.Latin1.GetString(bytes, 0, Array.IndexOf(bytes, (byte)0));
        return default;
    }

    // imgact_elf.c, parse_notes: at most 100 notes of a page; one that does not fit ends the list, and what cannot be read says nothing.
    private void ReadNotes(in ElfSegment segment)
    {
        if (segment.FileSize > Frame.Size || !TryRead(segment.Offset, (int)segment.FileSize, out var bytes))
            return;
        ReadOnlySpan<byte> rest = bytes;
        for (int notes = 0; notes < 100 && rest.Length >= 12; notes++)
        {
            uint nameSize = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            uint descriptorSize = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]);
            rest = rest[12..];
            ulong nameSpan = (nameSize + 3UL) & ~3UL, span = nameSpan + ((descriptorSize + 3UL) & ~3UL);
            if (span > (ulong)rest.Length)
                break;
            Note(type, rest[..(int)nameSize], rest.Slice((int)nameSpan, (int)descriptorSize));
            rest = rest[(int)span..];
        }
    }

    private void Note(uint type, ReadOnlySpan<byte> name, ReadOnlySpan<byte> descriptor)
    {
        if (type != NT_ABI_TAG)
            return;
        if (name.SequenceEqual("FreeBSD\0"u8) && descriptor.Length == 4)
        {
            _image.HasNote = true;
            _image.OsRelease = BinaryPrimitives.ReadInt32LittleEndian(descriptor);
        }
        else if (name.SequenceEqual("GNU\0"u8) && descriptor.Length >= 16)
            _hasLinuxNote = BinaryPrimitives.ReadUInt32LittleEndian(descriptor) == GNU_ABI_TAG_LINUX;
    }

    private Refusal CheckSegments()
    {
        for (int index = 0; index < _segments.Count; index++)
        {
            var segment = _segments[index];
            if (segment.FileSize > segment.MemorySize)
                return NotExecutable($"segment {index} has more bytes in the file than in memory");
            if (segment.FileSize > 0 && (segment.Offset > (ulong)_file.Size || segment.FileSize > (ulong)_file.Size - segment.Offset))
                return NotExecutable(
                    $"truncated: segment {index} takes {segment.FileSize} bytes at {segment.Offset}, the file has {_file.Size}");
            if (!IsUserMemory(segment))
                return NotExecutable($"segment {index} lies outside user memory: 0x{segment.Address:x}, {segment.MemorySize} bytes");
            if (segment.FileSize > 0 && (segment.Offset - segment.Address) % Frame.Size != 0)
                return NotExecutable($"segment {index} has different places within a page in the file and in memory");
            for (int other = 0; other < index; other++)
            {
                if (segment.FirstPage < _segments[other].End && _segments[other].FirstPage < segment.End)
                    return new Refusal(Errno.EINVAL, $"segments {other} and {index} overlap");
            }
        }
        _image.Segments = _segments;
        return default;
    }

    // imgact_elf.c, get_brandinfo: the ABI note, else EI_OSABI or the brand of FreeBSD 3, else the dynamic linker's path.
    private Refusal CheckBrand()
    {
        if (_image.HasNote || _abi == ELFOSABI_FREEBSD || _firstPage.AsSpan(OLD_EI_BRAND).StartsWith("FreeBSD\0"u8)
            || _image.Interpreter == FreeBsdInterpreter)
            return default;
        if (_abi == ELFOSABI_LINUX || _hasLinuxNote)
            return NotExecutable("a Linux program; only FreeBSD programs run here");
        return NotExecutable(_abi == 0
            ? "not marked as a FreeBSD program: no OS ABI in the header and no FreeBSD note"
            : $"not a FreeBSD program: its OS ABI is {_abi} ({SystemName(_abi)})");
    }

    private bool IsUserMemory(in ElfSegment segment)
    {
        // ET_DYN from address 0 on is moved: only then may its first page be page 0.
        bool isMoved = _image.IsPositionIndependent && _segments[0].Address == 0;
        ulong top = _architecture.UserTop - (isMoved ? DynamicLoadAddress(_architecture.ElfMachine) : 0);
        return segment.Address <= top && segment.MemorySize <= top - segment.Address && (isMoved || segment.Address >= Frame.Size);
    }

    private bool TryRead(ulong offset, int count, out byte[] bytes)
    {
        bytes = new byte[count];
        return offset <= long.MaxValue && VnodePager.Read(_file, (long)offset, bytes, out int read) == Errno.None && read == count;
    }

    private ushort Half(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_firstPage.AsSpan(at));

    private uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_firstPage.AsSpan(at));

    private ulong Long(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_firstPage.AsSpan(at));

    private static Access Protection(uint flags) =>
        ((flags & PF_R) != 0 ? Access.Read : 0) | ((flags & PF_W) != 0 ? Access.Write : 0) | ((flags & PF_X) != 0 ? Access.Execute : 0);

    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes[..Math.Min(bytes.Length, 512)])
        {
            if (value is < 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f') or 0x7f)
                return false;
        }
        return true;
    }

    private static Refusal NotExecutable(string reason) => new(Errno.ENOEXEC, reason);

    /// <summary>Why not; the default value means that nothing is wrong.</summary>
    private readonly record struct Refusal(Errno Error, string? Reason);
}
