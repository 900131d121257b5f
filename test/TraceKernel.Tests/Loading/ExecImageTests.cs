using System.Buffers.Binary;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Loading;
using TraceKernel.Machine.Memory;
using TraceKernel.Tests.Vm;
using TraceKernel.Vm;
using static TraceKernel.Abi.AuxiliaryVector;

namespace TraceKernel.Tests.Loading;

/// <summary>What a new image looks like before its first instruction.</summary>
[TestFixture]
internal sealed class ExecImageTests
{
    private const ulong StackTop = 0x7ffffffff000;
    private PhysicalMemory _memory = null!;
    private ExecImage? _image;

    [SetUp]
    public void Start() => _memory = new PhysicalMemory(16 << 20);

    [TearDown]
    public void Stop()
    {
        _image?.Dispose();
        _image = null;
        Assert.That(_memory.FramesInUse, Is.Zero, "all memory came back");
        _memory.Dispose();
    }

    private ExecImage Load(byte[] file, string path = "/bin/program", string[]? arguments = null, string[]? environment = null, TestFile? linker = null)
    {
        var error = TryLoad(new TestFile(file, path), new ExecArguments(path, arguments ?? ["program"], environment ?? []), out string reason, linker);
        Assert.That(error, Is.EqualTo(Errno.None), reason);
        return _image!;
    }

    private Errno TryLoad(TestFile file, ExecArguments arguments, out string reason, TestFile? linker = null) =>
        ExecImage.TryLoad(_memory, TestProcess.Amd64, file, arguments, new ExecKernelInformation(1300139, 2, Seed: 99),
            (string path, out IBackingFile? found) =>
            {
                found = linker;
                return linker is null ? Errno.ENOENT : Errno.None;
            }, out _image, out reason);

    [Test]
    public void SegmentsAreMapped()
    {
        var elf = ElfBuilder.Program().Bytes(0x1000, [0x90, 0xc3]).Bytes(0x2f00, Enumerable.Repeat((byte)'d', 0x1000).ToArray());
        var image = Load(elf.Build());
        var entries = image.Vm.Map.Entries;
        Assert.That(entries.Select(entry => (entry.Start, entry.End, entry.Protection)), Is.EqualTo(new[]
        {
            (0x200000UL, 0x202000UL, Access.Read | Access.Execute),
            (0x203000UL, 0x204000UL, Access.ReadWrite),
            (0x204000UL, 0x207000UL, Access.ReadWrite),
            (StackTop - (512UL << 20), StackTop - (128 << 10), Access.None),
            (StackTop - (128 << 10), StackTop, Access.All),
            (StackTop, StackTop + 4096, Access.Read | Access.Execute),
        }));
        Assert.That(entries.Take(5).Select(entry => entry.MaxProtection), Is.EqualTo(new[] { Access.All, Access.All, Access.All, Access.None, Access.All }));
        Assert.That(entries.Select(entry => entry.Has(EntryFlags.NoCoreDump)), Is.EqualTo(new[] { true, false, false, false, false, false }));
        Assert.That((image.Entry, image.Vm.TextAddress, image.Vm.DataAddress, image.Vm.DataSize), Is.EqualTo((0x201000UL, 0x200000UL, 0x203000UL, 0x4000UL)));

        Assert.That(Read(image, 0x201000, 2), Is.EqualTo(new byte[] { 0x90, 0xc3 }));
        var data = Read(image, 0x203f00, 0x3000);
        Assert.That(data[..0x180], Is.All.EqualTo((byte)'d'));
        Assert.That(data[0x180..], Is.All.Zero, "the file's bytes after the segment are not seen");
        Assert.That(image.Vm.CopyOut(0x203f00, [1]), Is.EqualTo(Errno.None));
        Assert.That(image.Vm.CopyOut(0x200000, [1]), Is.EqualTo(Errno.EFAULT));
    }

    [Test]
    public void ReadOnlyDataWithZerosIsFilledAndStaysReadOnly()
    {
        var elf = new ElfBuilder().Segment(ElfBuilder.Load, 0, 0x200000, 0x1010, 0x1800, flags: 4).Bytes(0x1000, [7, 8, 9]);
        var image = Load(elf.Build());
        Assert.That(Read(image, 0x201000, 4), Is.EqualTo(new byte[] { 7, 8, 9, 0 }));
        Assert.That(image.Vm.CopyOut(0x201000, [1]), Is.EqualTo(Errno.EFAULT));
    }

    // First segment's address, type: where it runs.
    [TestCase(0UL, 0x1021000UL)]
    [TestCase(0x600000UL, 0UL)]
    public void PositionIndependentProgramsAreMoved(ulong address, ulong moved)
    {
        var elf = new ElfBuilder { Type = 3, Entry = address + 0x1000 }
            .Segment(ElfBuilder.Load, 0, address, 0x2000, 0x2000).Segment(ElfBuilder.Load, 0x2000, address + 0x3000, 16, 16, flags: 6);
        var image = Load(elf.Build());
        Assert.That(image.Entry, Is.EqualTo(address + moved + 0x1000));
        Assert.That(image.Vm.Map.Entries[0].Start, Is.EqualTo(address + moved));
        var vector = Vector(image);
        Assert.That((vector[AT_BASE], vector[AT_PHDR], vector[AT_ENTRY]), Is.EqualTo((moved, address + moved + 64, image.Entry)));
    }

    [Test]
    public void TheDynamicLinkerRunsFirst()
    {
        var elf = ElfBuilder.Program().Segment(ElfBuilder.Interp, 0x300, "/libexec/ld-elf.so.1\0"u8.ToArray());
        var linker = new ElfBuilder { Type = 3, Entry = 0x1234 }.Segment(ElfBuilder.Load, 0, 0, 0x2000, 0x2000);
        var image = Load(elf.Build(), linker: new TestFile(linker.Build(), "/libexec/ld-elf.so.1"));
        Assert.That(image.Entry, Is.EqualTo(0x800203000UL + 0x1234), "after the largest possible heap");
        var vector = Vector(image);
        Assert.That((vector[AT_BASE], vector[AT_ENTRY]), Is.EqualTo((0x800203000UL, 0x201000UL)));
    }

    [Test]
    public void AMissingOrWrongLinkerIsNamed()
    {
        var file = new TestFile(ElfBuilder.Program().Segment(ElfBuilder.Interp, 0x300, "/libexec/ld-elf.so.1\0"u8.ToArray()).Build());
        Assert.That(TryLoad(file, new ExecArguments("/p", [], []), out string reason), Is.EqualTo(Errno.ENOENT));
        Assert.That(reason, Is.EqualTo("its dynamic linker /libexec/ld-elf.so.1: not in the guest's file system"));
        Assert.That(TryLoad(file, new ExecArguments("/p", [], []), out reason, new TestFile("text\n"u8.ToArray())), Is.EqualTo(Errno.ENOEXEC));
        Assert.That(reason, Is.EqualTo("its dynamic linker /libexec/ld-elf.so.1: a text file, not an ELF program"));
    }

    [TestCase(6u, 0UL, Access.Read | Access.Write, 512UL << 20)]
    [TestCase(7u, 0UL, Access.All, 512UL << 20)]
    [TestCase(6u, 0x100800UL, Access.Read | Access.Write, 0x100000UL)]
    [TestCase(6u, 1UL << 40, Access.Read | Access.Write, 512UL << 20)]
    public void TheStackIsAsAskedFor(uint flags, ulong asked, Access protection, ulong size)
    {
        var image = Load(ElfBuilder.Program().Segment(ElfBuilder.GnuStack, 0, 0, 0, asked, flags).Build());
        Assert.That(image.Vm.Map.Lookup(StackTop - 1)!.Protection, Is.EqualTo(protection));
        Assert.That(image.Vm.Map.Entries[^3].Start, Is.EqualTo(StackTop - size));
        Assert.That(image.Vm.MaximumStackAddress, Is.EqualTo(StackTop - size));
        Assert.That(Vector(image)[AT_STACKPROT], Is.EqualTo((ulong)protection));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(5)]
    public void TheStackIsLaidOut(int count)
    {
        string[] arguments = [.. Enumerable.Range(0, count).Select(i => new string('a', i * 3) + "\u00e9")];
        string[] environment = [.. Enumerable.Range(0, count * 2).Select(i => $"V{i}={new string('x', i * 1000)}")];
        var image = Load(ElfBuilder.Program().Build(), "/usr/bin/thing", arguments, environment);

        // argc, argv, envp, auxv; then the strings.
        ulong at = image.Stack;
        Assert.That(at % 8, Is.Zero);
        Assert.That(Long(image, at), Is.EqualTo((ulong)count));
        ulong argv = at + 8, envp = argv + (ulong)(count + 1) * 8, auxv = envp + (ulong)(environment.Length + 1) * 8;
        Assert.That(Strings(image, argv), Is.EqualTo(arguments));
        Assert.That(Strings(image, envp), Is.EqualTo(environment));
        Assert.That(Read(image, auxv, image.Auxv.Length), Is.EqualTo(image.Auxv));

        var entries = Entries(image);
        Assert.That(entries.Select(entry => entry.Type), Is.EqualTo(new[]
        {
            AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_FLAGS, AT_ENTRY, AT_BASE, AT_EHDRFLAGS, AT_EXECPATH, AT_OSRELDATE, AT_CANARY,
            AT_CANARYLEN, AT_NCPUS, AT_PAGESIZES, AT_PAGESIZESLEN, AT_STACKPROT, AT_BSDFLAGS, AT_ARGC, AT_ARGV, AT_ENVC, AT_ENVV,
            AT_PS_STRINGS, AT_NULL,
        }));
        var vector = Vector(image);
        ulong psStrings = 0x7fffffffefe0, path = (psStrings - 15) & ~7UL, canary = path - 64, sizes = canary - 24;
        ulong bytes = (ulong)(arguments.Sum(text => text.Length + 1) + environment.Sum(text => text.Length + 1));
        ulong strings = (sizes - bytes) & ~7UL;
        var expected = new Dictionary<int, ulong>
        {
            [AT_PHDR] = 0x200040, [AT_PHENT] = 56, [AT_PHNUM] = 2, [AT_PAGESZ] = 4096, [AT_FLAGS] = 0, [AT_ENTRY] = 0x201000, [AT_BASE] = 0,
            [AT_EHDRFLAGS] = 0, [AT_EXECPATH] = path, [AT_OSRELDATE] = 1300139, [AT_CANARY] = canary, [AT_CANARYLEN] = 64, [AT_NCPUS] = 2,
            [AT_PAGESIZES] = sizes, [AT_PAGESIZESLEN] = 24, [AT_STACKPROT] = 7, [AT_BSDFLAGS] = 0, [AT_ARGC] = (ulong)count, [AT_ARGV] = argv,
            [AT_ENVC] = (ulong)environment.Length, [AT_ENVV] = envp, [AT_PS_STRINGS] = psStrings, [AT_NULL] = 0,
        };
        Assert.That(vector, Is.EquivalentTo(expected));
        Assert.That(auxv + AT_COUNT * 16, Is.EqualTo(strings), "room for every type of entry, then the strings");
        if (count > 0)
            Assert.That((Long(image, argv), Long(image, envp)), Is.EqualTo((strings, strings + (ulong)arguments.Sum(text => text.Length + 1))));
        Assert.That(Text(image, path), Is.EqualTo("/usr/bin/thing"));
        Assert.That(new[] { 0, 8, 16 }.Select(offset => Long(image, sizes + (ulong)offset)), Is.EqualTo(new[] { 1UL << 12, 1UL << 21, 1UL << 30 }));
        Assert.That((Long(image, psStrings), Long(image, psStrings + 8), Long(image, psStrings + 16), Long(image, psStrings + 24)),
            Is.EqualTo((argv, (ulong)count, envp, (ulong)environment.Length)));
    }

    [Test]
    public void TheCanaryComesFromTheSeed()
    {
        var first = Read(Load(ElfBuilder.Program().Build()), Vector(_image!)[AT_CANARY], 64);
        _image!.Dispose();
        var again = Read(Load(ElfBuilder.Program().Build()), Vector(_image!)[AT_CANARY], 64);
        Assert.That(again, Is.EqualTo(first));
        Assert.That(first.Distinct().Count(), Is.GreaterThan(30));
    }

    [Test]
    public void TheSharedPageHoldsTheTrampoline()
    {
        var image = Load(ElfBuilder.Program().Build());
        Assert.That(Read(image, StackTop, TestProcess.Amd64.SignalCode.Length), Is.EqualTo(TestProcess.Amd64.SignalCode.ToArray()));
        Assert.That(image.Vm.ReadWrite(StackTop, [0xcc], write: true, out _), Is.EqualTo(Errno.EFAULT), "not even for a debugger");
    }

    [Test]
    public void TooManyArgumentsAreE2Big()
    {
        var file = new TestFile(ElfBuilder.Program().Build());
        Assert.That(TryLoad(file, new ExecArguments("/p", [new string('a', ExecArguments.MaximumBytes - 1)], []), out _), Is.EqualTo(Errno.None));
        _image!.Dispose();
        Assert.That(TryLoad(file, new ExecArguments("/p", [new string('a', ExecArguments.MaximumBytes)], []), out string reason), Is.EqualTo(Errno.E2BIG));
        Assert.That(reason, Is.EqualTo("arguments and environment take more than 524288 bytes"));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public void ShortMemoryIsEnomem(int frames)
    {
        _memory.Dispose();
        _memory = new PhysicalMemory(frames * Frame.Size);
        Assert.That(TryLoad(new TestFile(ElfBuilder.Program().Build()), new ExecArguments("/p", ["p"], []), out string reason), Is.EqualTo(Errno.ENOMEM));
        Assert.That(reason, Is.EqualTo("not enough memory"));
    }

    private static byte[] Read(ExecImage image, ulong address, int count)
    {
        var bytes = new byte[count];
        Assert.That(image.Vm.CopyIn(address, bytes), Is.EqualTo(Errno.None), $"0x{address:x}");
        return bytes;
    }

    private static ulong Long(ExecImage image, ulong address) => BinaryPrimitives.ReadUInt64LittleEndian(Read(image, address, 8));

    private static string Text(ExecImage image, ulong address)
    {
        Assert.That(image.Vm.CopyInString(address, 1 << 20, out string text), Is.EqualTo(Errno.None));
        return text;
    }

    private static List<string> Strings(ExecImage image, ulong pointers)
    {
        var strings = new List<string>();
        for (; Long(image, pointers) is var pointer && pointer != 0; pointers += 8)
            strings.Add(Text(image, pointer));
        return strings;
    }

    private static List<(int Type, ulong Value)> Entries(ExecImage image)
    {
        var entries = new List<(int, ulong)>();
        for (int at = 0; at < image.Auxv.Length; at += 16)
            entries.Add((BinaryPrimitives.ReadInt32LittleEndian(image.Auxv.AsSpan(at)), BinaryPrimitives.ReadUInt64LittleEndian(image.Auxv.AsSpan(at + 8))));
        return entries;
    }

    private static Dictionary<int, ulong> Vector(ExecImage image) => Entries(image).ToDictionary(entry => entry.Type, entry => entry.Value);
}
