using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Tests.Machine;

/// <summary>Two address spaces that share frames, against the model, under random operations.</summary>
public sealed class AddressSpacePropertyTests
{
    // Neighbours, pages that compete for one entry of the translation table (0x10000 and 0x8000010000), the first page and the last.
    private static readonly ulong[] Pages =
        [0, 0x1000, 0x10000, 0x11000, 0x12000, 0x80_0001_0000, 0x80_0001_1000, 0x1_0000_0000, 0x7fff_ffff_e000, 0x7fff_ffff_f000];

    private readonly record struct Mirror(AddressSpace Space, MemoryModel Model, List<(ulong Address, int Length)> CodeWritten);

    [Test]
    public void Behaves_as_a_dictionary_of_pages([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        using var memory = new PhysicalMemory(1 << 20);
        var frames = Enumerable.Range(0, 5).Select(_ => (Frame: memory.TryAllocate()!, Bytes: new byte[Frame.Size])).ToArray();
        using var first = new AddressSpace(memory, 47);
        using var second = new AddressSpace(memory, 47);
        Mirror[] mirrors = [Reflect(first), Reflect(second)];

        for (int step = 0; step < 3000; step++)
        {
            var mirror = mirrors[random.Next(2)];
            string done = Step(random, mirror, mirrors, frames);
            Check(mirrors, $"seed {seed} step {step}: {done}");
        }
    }

    [Test]
    public unsafe void Some_pages_of_the_property_compete_for_a_translation() =>
        Assert.That((nint)Translation.Of(null, 0x80_0001_0000), Is.EqualTo((nint)Translation.Of(null, 0x10000)));

    private static Mirror Reflect(AddressSpace space)
    {
        var written = new List<(ulong, int)>();
        space.CodeWritten = (address, length) => written.Add((address, length));
        return new Mirror(space, new MemoryModel(), written);
    }

    private static void Check(Mirror[] mirrors, string what)
    {
        foreach (var (space, model, written) in mirrors)
        {
            Assert.That(space.TakeHits(), Is.EqualTo(model.Hits), what);
            Assert.That(Bytes(written), Is.EqualTo(Bytes(model.CodeWritten)), what);
            model.Hits = 0;
            written.Clear();
            model.CodeWritten.Clear();
        }
    }

    private static List<ulong> Bytes(List<(ulong Address, int Length)> ranges) =>
        [.. ranges.SelectMany(range => Enumerable.Range(0, range.Length).Select(i => range.Address + (ulong)i)).Order()];

    private static string Step(Random random, Mirror mirror, Mirror[] all, (Frame Frame, byte[] Bytes)[] frames)
    {
        var (space, model, _) = mirror;
        ulong page = Pages[random.Next(Pages.Length)], end = page + (ulong)random.Next(1, 3) * Frame.Size;
        var access = (Access)random.Next(8) | (Access)random.Next(8);
        var (frame, bytes) = frames[random.Next(frames.Length)];
        switch (random.Next(40))
        {
            case < 3:
                space.Enter(page, frame, access);
                model.Enter(page, bytes, access);
                return $"enter {page:x} {access}";
            case 3:
                space.Remove(page, end);
                model.Remove(page, end);
                return $"remove {page:x}-{end:x}";
            case 4:
                space.Protect(page, end, access);
                model.Protect(page, end, access);
                return $"protect {page:x}-{end:x} {access}";
            case 5:
                model.Comparators = [.. Enumerable.Range(0, 4).Select(_ => Comparator(random))];
                space.Watch(model.Comparators);
                return "watch " + string.Join(' ', model.Comparators);
            case 6 when model.Has(page, Access.Execute):
                int length = random.Next(1, 100);
                space.MarkCode(page, length);
                model.MarkCode(page, length);
                return $"mark {page:x}";
            case 7:
                int offset = random.Next(Frame.Size);
                frame.Write(offset, [(byte)random.Next()]);
                frame.Read(offset, bytes.AsSpan(offset, 1));
                NoteWritten(all, bytes, offset);
                return $"frame write at {offset:x}";
            case < 12:
                return KernelAccess(random, mirror, all, Address(random, page));
            default:
                return TypedAccess(random, mirror, all, Address(random, page));
        }
    }

    private static string TypedAccess(Random random, Mirror mirror, Mirror[] all, ulong address)
    {
        var (space, model, _) = mirror;
        int size = 1 << random.Next(5);
        var access = random.Next(2) == 0 ? Access.Read : Access.Write;
        string what = $"{access} {size} at {address:x}";
        bool expected = model.FirstInaccessible(address, size, access) == address + (ulong)size;
        Assert.That(space.FirstInaccessible(address, (ulong)size, access), Is.EqualTo(model.FirstInaccessible(address, size, access)), what);
        Assert.That(space.CanAccess(address, (ulong)size, access), Is.EqualTo(expected), what);
        ulong low = (ulong)random.NextInt64(), high = (ulong)random.NextInt64();
        bool done;
        if (access == Access.Read)
            done = size == 16 ? space.TryLoad128(address, out low, out high) : space.TryLoad(address, size, out low);
        else
            done = size == 16 ? space.TryStore128(address, low, high) : space.TryStore(address, size, low);
        Assert.That(done, Is.EqualTo(expected), what);
        if (!done)
            return what;
        model.Note(address, size, access);
        for (int i = 0; i < size; i++)
        {
            byte value = (byte)((i < 8 ? low : high) >> (i % 8 * 8));
            ulong at = address + (ulong)i;
            if (access == Access.Write)
                Write(all, model, at, value);
            Assert.That(value, Is.EqualTo(model.Read(at)), what);
        }
        return what;
    }

    private static string KernelAccess(Random random, Mirror mirror, Mirror[] all, ulong address)
    {
        var (space, model, _) = mirror;
        var buffer = new byte[random.Next(1, 200)];
        random.NextBytes(buffer);
        var access = random.Next(3) switch { 0 => Access.Read, 1 => Access.Write, _ => Access.Execute };
        int count = (int)(model.FirstInaccessible(address, buffer.Length, access) - address);
        string what = $"kernel {access} {buffer.Length} at {address:x}";
        if (access == Access.Execute)
            Assert.That(space.Fetch(address, buffer), Is.EqualTo(count), what);
        else
        {
            bool done = access == Access.Read ? space.TryRead(address, buffer) : space.TryWrite(address, buffer);
            Assert.That(done, Is.EqualTo(count == buffer.Length), what);
        }
        for (int i = 0; i < count; i++)
        {
            if (access == Access.Write)
                Write(all, model, address + (ulong)i, buffer[i]);
            Assert.That(buffer[i], Is.EqualTo(model.Read(address + (ulong)i)), what);
        }
        return what;
    }

    private static void Write(Mirror[] all, MemoryModel model, ulong address, byte value)
    {
        model.Write(address, value);
        NoteWritten(all, model.BytesAt(address), (int)(address % Frame.Size));
    }

    private static void NoteWritten(Mirror[] all, byte[] bytes, int offset)
    {
        foreach (var (_, model, _) in all)
            model.NoteWritten(bytes, offset);
    }

    // Mostly near the edges of a page, and around the end of the 64-bit address space.
    private static ulong Address(Random random, ulong page) => random.Next(4) switch
    {
        0 => page + (ulong)random.Next(Frame.Size),
        1 => page + (ulong)random.Next(32),
        2 => page + Frame.Size - (ulong)random.Next(1, 32),
        _ => page - (ulong)random.Next(1, 17),
    };

    private static DebugComparator Comparator(Random random) => new(
        Pages[random.Next(Pages.Length)] + (ulong)random.Next(-16, 64), random.Next(9), (Access)random.Next(8));
}
