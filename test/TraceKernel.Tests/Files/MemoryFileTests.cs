using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Tests.Syscalls;
using TraceKernel.Vm;

namespace TraceKernel.Tests.Files;

/// <summary>Files in memory against a plain array, and the limit on what they take.</summary>
[TestFixture]
internal sealed class MemoryFileTests
{
    [Test]
    public void Behaves_like_an_array([Values(1, 2, 3, 4, 5)] int seed)
    {
        var random = new Random(seed);
        var world = new World();
        var descriptor = world.Open("/tmp/file", Fcntl.O_RDWR | Fcntl.O_CREAT);
        var model = new List<byte>();
        var data = new byte[100_000];
        for (var step = 0; step < 100; step++)
        {
            var (offset, length) = (random.Next(300_000), random.Next(100_000));
            switch (random.Next(3))
            {
                case 0:
                    random.NextBytes(data);
                    data.CopyTo(world.Memory[TestMemory.Base, data.Length]);
                    Assert.That(world.Call("pwrite", descriptor, TestMemory.Base, (ulong)length, (ulong)offset), Is.EqualTo(Errno.None));
                    Assert.That(world.Value, Is.EqualTo(length));
                    if (length > 0) Resize(Math.Max(model.Count, offset + length));
                    data.AsSpan(0, length).CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(model)[Math.Min(offset, model.Count)..]);
                    break;
                case 1:
                    Assert.That(world.Call("pread", descriptor, TestMemory.Base, (ulong)length, (ulong)offset), Is.EqualTo(Errno.None));
                    var expected = model.Skip(offset).Take(length).ToArray();
                    Assert.That(world.Value, Is.EqualTo(expected.Length), $"seed {seed} step {step}");
                    Assert.That(world.Memory[TestMemory.Base, expected.Length].SequenceEqual(expected), Is.True, $"seed {seed} step {step}");
                    break;
                default:
                    Assert.That(world.Call("ftruncate", descriptor, (ulong)offset), Is.EqualTo(Errno.None));
                    Resize(offset);
                    break;
            }
        }

        void Resize(int size)
        {
            if (size < model.Count) model.RemoveRange(size, model.Count - size);
            else model.AddRange(new byte[size - model.Count]);
        }
    }

    [Test]
    public void Holes_take_nothing_and_the_limit_is_ENOSPC()
    {
        var world = new World();
        var descriptor = world.Open("/tmp/file", Fcntl.O_RDWR | Fcntl.O_CREAT);
        Assert.That(world.Call("ftruncate", descriptor, 1UL << 40), Is.EqualTo(Errno.None));
        Assert.That(world.Kernel.FileSystem.Budget.Bytes, Is.Zero);
        Assert.That(world.Kernel.FileSystem.Budget.TryTake(world.Kernel.Options.MaximumFileBytes - 65536), Is.True);
        Assert.That(world.Call("pwrite", descriptor, TestMemory.Base, 1000, 0), Is.EqualTo(Errno.None));
        Assert.That(world.Call("pwrite", descriptor, TestMemory.Base, 1000, 65536), Is.EqualTo(Errno.ENOSPC));
        Assert.That(world.Call("pwrite", descriptor, TestMemory.Base, 1000, long.MaxValue), Is.EqualTo(Errno.EFBIG));
        Assert.That(world.Call("pwrite", descriptor, TestMemory.Base, 1000, ulong.MaxValue), Is.EqualTo(Errno.EINVAL));
        world.Call("ftruncate", descriptor, 0);
        Assert.That(world.Kernel.FileSystem.Budget.Bytes, Is.EqualTo(world.Kernel.Options.MaximumFileBytes - 65536));
    }

    [Test]
    public void Mapped_pages_are_written_back_within_the_file()
    {
        var world = new World();
        var descriptor = world.Open("/tmp/file", Fcntl.O_RDWR | Fcntl.O_CREAT);
        world.Call("write", descriptor, world.Memory.Text("0123456789"), 10);
        world.Process.Files.Get((int)descriptor, out var file);
        var backing = (IBackingFile)file.Target;
        Assert.That(backing.WriteAt(8, "abcdef"u8), Is.EqualTo(Errno.None));
        Assert.That(backing.Size, Is.EqualTo(10));
        var bytes = new byte[20];
        Assert.That(backing.ReadAt(5, bytes, out var count), Is.EqualTo(Errno.None));
        Assert.That(System.Text.Encoding.Latin1.GetString(bytes, 0, count), Is.EqualTo("567ab"));
    }
}
