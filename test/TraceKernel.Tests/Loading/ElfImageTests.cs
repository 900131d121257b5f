using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Loading;
using TraceKernel.Machine.Memory;
using TraceKernel.Tests.Vm;

namespace TraceKernel.Tests.Loading;

/// <summary>Which files are programs, and what is said of those that are not.</summary>
[TestFixture]
internal sealed class ElfImageTests
{
    private static IEnumerable<TestCaseData> Refused()
    {
        static TestCaseData Row(string name, string reason, byte[] file, Errno error = Errno.ENOEXEC) =>
            new TestCaseData(file, reason, error).SetArgDisplayNames(name);
        static byte[] With(Action<ElfBuilder> change)
        {
            var builder = ElfBuilder.Program();
            change(builder);
            return builder.Build();
        }

        var good = ElfBuilder.Program().Build();
        yield return Row("empty", "the file is empty", []);
        yield return Row("text", "a text file, not an ELF program", "Hello.\nThis is text.\n"u8.ToArray());
        yield return Row("UTF-8 text", "a text file, not an ELF program", "Gr\u00fc\u00dfe\n"u8.ToArray());
        yield return Row("script", "a script, not an ELF program", "#!/bin/sh\necho hello\n"u8.ToArray());
        yield return Row("binary", "not an ELF file", [0, 1, 2, 3, 4, 5, 6, 7]);
        yield return Row("half a magic", "not an ELF file", "\u007fEL"u8.ToArray());
        yield return Row("truncated header", "truncated: the ELF header takes 64 bytes, the file has 40", good[..40]);
        yield return Row("32 bits", "a 32-bit program; only 64-bit programs run here", With(elf => elf.Class = 1));
        yield return Row("class", "ELF class 7 is unknown", With(elf => elf.Class = 7));
        yield return Row("big-endian", "a big-endian program; this machine is little-endian", With(elf => elf.ByteOrder = 2));
        yield return Row("byte order", "ELF byte order 0 is unknown", With(elf => elf.ByteOrder = 0));
        yield return Row("version", "ELF version 2 is unknown", With(elf => elf.Version = 2));
        yield return Row("arm64", "a program for arm64; this machine is amd64", With(elf => elf.Machine = 183));
        yield return Row("i386", "a program for i386; this machine is amd64", With(elf => elf.Machine = 3));
        yield return Row("machine", "a program for machine 8; this machine is amd64", With(elf => elf.Machine = 8));
        yield return Row("object file", "an object file, not a program", With(elf => elf.Type = 1));
        yield return Row("core dump", "a core dump, not a program", With(elf => elf.Type = 4));
        yield return Row("type", "ELF type 9 is not a program", With(elf => elf.Type = 9));
        yield return Row("no headers", "no program headers", new ElfBuilder().Build());
        yield return Row("header size", "program headers of 32 bytes, not 56", With(elf => elf.HeaderSize = 32));
        yield return Row("headers far away", "program headers not in the first page", With(elf => elf.HeaderTable = 0x2000));
        yield return Row("headers at the page's end", "program headers not in the first page", With(elf => elf.HeaderTable = 4000));
        yield return Row("unaligned headers", "unaligned program headers", With(elf => elf.HeaderTable = 68));
        yield return Row("truncated headers", "truncated: the program headers end at byte 176, the file has 100", good[..100]);
        yield return Row("nothing to load", "nothing to load (no PT_LOAD)", new ElfBuilder().Segment(ElfBuilder.GnuStack, 0, 0, 0, 0).Build());
        yield return Row("truncated segment", "truncated: segment 1 takes 384 bytes at 12032, the file has 12100", good[..12100]);
        yield return Row("huge segment", "truncated: segment 0 takes 18446744073709551615 bytes at 4096, the file has 16384",
            new ElfBuilder().Segment(ElfBuilder.Load, 0x1000, 0x200000, ulong.MaxValue, ulong.MaxValue).Build());
        yield return Row("huge offset", "truncated: segment 0 takes 16 bytes at 18446744073709547520, the file has 16384",
            new ElfBuilder().Segment(ElfBuilder.Load, ulong.MaxValue - 4095, 0x200000, 16, 16).Build());
        yield return Row("file larger than memory", "segment 0 has more bytes in the file than in memory",
            new ElfBuilder().Segment(ElfBuilder.Load, 0, 0x200000, 0x2000, 0x1000).Build());
        yield return Row("kernel address", "segment 0 lies outside user memory: 0xffffffff80000000, 4096 bytes",
            new ElfBuilder().Segment(ElfBuilder.Load, 0, 0xffffffff80000000, 0x1000, 0x1000).Build());
        yield return Row("past the end of user memory", "segment 0 lies outside user memory: 0x7fffffffe000, 12288 bytes",
            new ElfBuilder().Segment(ElfBuilder.Load, 0, 0x7fffffffe000, 0x1000, 0x3000).Build());
        yield return Row("absurd bss", "segment 0 lies outside user memory: 0x200000, 18446744073709551615 bytes",
            new ElfBuilder().Segment(ElfBuilder.Load, 0, 0x200000, 0x1000, ulong.MaxValue).Build());
        yield return Row("page 0", "segment 0 lies outside user memory: 0x0, 4096 bytes",
            new ElfBuilder().Segment(ElfBuilder.Load, 0, 0, 0x1000, 0x1000).Build());
        yield return Row("offset and address", "segment 0 has different places within a page in the file and in memory",
            new ElfBuilder().Segment(ElfBuilder.Load, 0x10, 0x200000, 0x1000, 0x1000).Build());
        yield return Row("overlap", "segments 0 and 1 overlap",
            new ElfBuilder().Segment(ElfBuilder.Load, 0, 0x200000, 0x1001, 0x1001).Segment(ElfBuilder.Load, 0x1800, 0x201800, 16, 16).Build(), Errno.EINVAL);
        yield return Row("two linkers", "more than one PT_INTERP",
            With(elf => elf.Segment(ElfBuilder.Interp, 0x300, "/a\0"u8.ToArray()).Segment(ElfBuilder.Interp, 0x310, "/b\0"u8.ToArray())));
        yield return Row("linker without NUL", "PT_INTERP holds no path", With(elf => elf.Segment(ElfBuilder.Interp, 0x300, "/abc"u8.ToArray())));
        yield return Row("linker beyond the file", "PT_INTERP holds no path", With(elf => elf.Segment(ElfBuilder.Interp, 0x3fff, 0, 16, 16)));
        yield return Row("Linux", "a Linux program; only FreeBSD programs run here", With(elf => elf.Abi = 3));
        yield return Row("Linux by its note", "a Linux program; only FreeBSD programs run here",
            With(elf => { elf.Abi = 0; elf.Segment(ElfBuilder.Note, 0x300, ElfBuilder.GnuNote(0)); }));
        yield return Row("Hurd's note", "not marked as a FreeBSD program: no OS ABI in the header and no FreeBSD note",
            With(elf => { elf.Abi = 0; elf.Segment(ElfBuilder.Note, 0x300, ElfBuilder.GnuNote(1)); }));
        yield return Row("no brand", "not marked as a FreeBSD program: no OS ABI in the header and no FreeBSD note", With(elf => elf.Abi = 0));
        yield return Row("NetBSD", "not a FreeBSD program: its OS ABI is 2 (NetBSD)", With(elf => elf.Abi = 2));
        yield return Row("strange ABI", "not a FreeBSD program: its OS ABI is 99 (unknown)", With(elf => elf.Abi = 99));
    }

    [TestCaseSource(nameof(Refused))]
    public void IsRefused(byte[] file, string reason, Errno error)
    {
        bool parsed = ElfImage.TryParse(new TestFile(file), TestProcess.Amd64, out var image, out string said, out var refused);
        Assert.That((parsed, said, refused), Is.EqualTo((false, reason, error)));
        Assert.That(image, Is.Null);
    }

    [Test]
    public void AFileThatCannotBeReadKeepsItsError()
    {
        var file = new TestFile(ElfBuilder.Program().Build()) { ReadError = Errno.EIO };
        ElfImage.TryParse(file, TestProcess.Amd64, out _, out string reason, out var error);
        Assert.That((reason, error), Is.EqualTo(("cannot be read", Errno.EIO)));
    }

    [Test]
    public void AProgramIsUnderstood()
    {
        var elf = ElfBuilder.Program();
        elf.Flags = 7;
        elf.Segment(ElfBuilder.GnuStack, 0, 0, 0, 0x100000, flags: 6).Segment(ElfBuilder.Note, 0x400, ElfBuilder.FreeBsdNote(1302001));
        var image = Parse(elf);
        Assert.That((image.Entry, image.Flags, image.ProgramHeaderCount, image.ProgramHeaderAddress), Is.EqualTo((0x201000UL, 7u, 4, 0x200040UL)));
        Assert.That((image.HasNote, image.OsRelease, image.Interpreter, image.IsPositionIndependent), Is.EqualTo((true, 1302001, (string?)null, false)));
        Assert.That((image.StackProtection, image.StackSize), Is.EqualTo((Access.ReadWrite, 0x100000UL)));
        Assert.That(image.Segments[1], Is.EqualTo(new ElfSegment(0x2f00, 0x203f00, 0x180, 0x3000, Access.ReadWrite)));
        Assert.That((image.Segments[1].FirstPage, image.Segments[1].End), Is.EqualTo((0x203000UL, 0x207000UL)));
    }

    [TestCase(9, "", false, 0, false)]
    [TestCase(0, "", true, 1300139, true)]
    [TestCase(3, "", true, 1300139, true)]
    [TestCase(0, "FreeBSD", false, 0, false)]
    public void Brands(byte abi, string brand, bool withNote, int release, bool hasNote)
    {
        var elf = ElfBuilder.Program();
        elf.Abi = abi;
        elf.Brand = brand;
        if (withNote)
        {
            // Another owner's note with the same type first, and one whose size is odd.
            byte[] notes = [.. ElfBuilder.NoteBytes("Go\0\0", 1, [1]), .. ElfBuilder.NoteBytes("ab\0", 4, [1, 2, 3]), .. ElfBuilder.FreeBsdNote(1300139)];
            elf.Segment(ElfBuilder.Note, 0x400, notes);
        }
        var image = Parse(elf);
        Assert.That((image.OsRelease, image.HasNote), Is.EqualTo((release, hasNote)));
    }

    [Test]
    public void TheDynamicLinkersPathIsABrand()
    {
        var elf = ElfBuilder.Program();
        elf.Abi = 0;
        elf.Segment(ElfBuilder.Interp, 0x300, "/libexec/ld-elf.so.1\0"u8.ToArray());
        Assert.That(Parse(elf).Interpreter, Is.EqualTo("/libexec/ld-elf.so.1"));
    }

    [Test]
    public void NotesThatLieAboutTheirSizeAreNotFollowed()
    {
        var elf = ElfBuilder.Program();
        var note = ElfBuilder.FreeBsdNote(1300139);
        note[4] = 0xff;
        note[7] = 0xff;
        elf.Segment(ElfBuilder.Note, 0x400, note);
        Assert.That(Parse(elf).HasNote, Is.False);
    }

    [Test]
    public void AnyBytesAreRefusedOrParsed([Range(1, 200)] int seed)
    {
        var random = new Random(seed);
        var elf = ElfBuilder.Program().Segment(ElfBuilder.Note, 0x300, ElfBuilder.FreeBsdNote(1300139))
            .Segment(ElfBuilder.Interp, 0x380, "/libexec/ld-elf.so.1\0"u8.ToArray());
        var file = elf.Build();
        for (int damage = random.Next(1, 5); damage > 0; damage--)
            file[random.Next(random.Next(2) == 0 ? 64 : 0x400)] = (byte)random.Next(256);
        if (random.Next(4) == 0)
            file = file[..random.Next(file.Length)];
        bool parsed = ElfImage.TryParse(new TestFile(file), TestProcess.Amd64, out var image, out string reason, out var error);
        Assert.That(parsed, Is.EqualTo(error == Errno.None && image is not null && reason.Length == 0), $"seed {seed}");
        if (parsed)
            LoadedOrRefused(file, seed);
    }

    private static void LoadedOrRefused(byte[] file, int seed)
    {
        using var memory = new PhysicalMemory(1 << 20);
        var error = ExecImage.TryLoad(memory, TestProcess.Amd64, new TestFile(file), new ExecArguments("/p", ["p"], []), new ExecKernelInformation(1300139, 1, 0),
            (string path, out TraceKernel.Vm.IBackingFile? found) => { found = null; return Errno.ENOENT; }, out var exec, out string reason);
        Assert.That(exec is null, Is.EqualTo(error != Errno.None && reason.Length > 0), $"seed {seed}");
        exec?.Dispose();
        Assert.That(memory.FramesInUse, Is.Zero, $"seed {seed}");
    }

    private static ElfImage Parse(ElfBuilder elf)
    {
        Assert.That(ElfImage.TryParse(new TestFile(elf.Build()), TestProcess.Amd64, out var image, out string reason, out _), reason);
        return image!;
    }
}
