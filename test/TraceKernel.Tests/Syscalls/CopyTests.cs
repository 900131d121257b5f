using NUnit.Framework;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Syscalls;

/// <summary>Copies from file to file, and holes.</summary>
[TestFixture]
internal sealed class CopyTests
{
    private const ulong Data = TestMemory.Base, Buffer = TestMemory.Base + 0x1000;

    /// <summary>What a file in memory is kept in.</summary>
    private const int Block = 65536;

    private World _world = null!;
    private ulong _source, _target;

    [SetUp]
    public void MakeFiles()
    {
        _world = new World();
        _source = _world.Open("/tmp/source", O_CREAT | O_RDWR);
        _target = _world.Open("/tmp/target", O_CREAT | O_RDWR);
        Put(_source, 0, "0123456789");
    }

    private void Put(ulong file, long offset, string text) =>
        Assert.That(_world.Call("pwrite", file, _world.Memory.Text(text), (ulong)text.Length, (ulong)offset), Is.EqualTo(None));

    private string Get(ulong file, long offset, int length)
    {
        Assert.That(_world.Call("pread", file, Buffer, (ulong)length, (ulong)offset), Is.EqualTo(None));
        return System.Text.Encoding.Latin1.GetString(_world.Memory[Buffer, (int)_world.Value]);
    }

    [Test]
    public void A_copy_moves_the_offsets_that_it_is_given()
    {
        _world.Memory.Set(Data, 2L);
        Assert.That(_world.Call("copy_file_range", _source, Data, _target, 0, 5, 0), Is.EqualTo(None));
        Assert.That((_world.Value, _world.Memory.Get<long>(Data), Get(_target, 0, 10)), Is.EqualTo((5L, 7L, "23456")));
        Assert.That(_world.Call("copy_file_range", _source, Data, _target, 0, 100, 0), Is.EqualTo(None));
        Assert.That((_world.Value, _world.Memory.Get<long>(Data), Get(_target, 0, 10)), Is.EqualTo((3L, 10L, "23456789")));
        Assert.That(_world.Call("copy_file_range", _source, Data, _target, 0, 100, 0), Is.EqualTo(None));
        Assert.That(_world.Value, Is.Zero, "the end");
    }

    [Test]
    public void Errors_of_a_copy()
    {
        Assert.That(_world.Call("copy_file_range", _source, 0, _target, 0, 5, 1), Is.EqualTo(EINVAL), "flags");
        Assert.That(_world.Call("copy_file_range", _source, 0, _source, 0, 5, 0), Is.EqualTo(EINVAL), "one range");
        Assert.That(_world.Call("copy_file_range", _source, 0, _world.Open("/tmp/target", O_RDONLY), 0, 5, 0), Is.EqualTo(EBADF));
        Assert.That(_world.Call("copy_file_range", _source, 0, _world.Open("/tmp/target", O_WRONLY | O_APPEND), 0, 5, 0), Is.EqualTo(EBADF));
        Assert.That(_world.Call("copy_file_range", _world.Open("/tmp", O_RDONLY), 0, _target, 0, 5, 0), Is.EqualTo(EISDIR));
        Assert.That(_world.Call("pipe2", Data, 0), Is.EqualTo(None));
        Assert.That(_world.Call("copy_file_range", (ulong)_world.Memory.Get<int>(Data), 0, _target, 0, 5, 0), Is.EqualTo(EINVAL));
        _world.Memory.Set(Data, -1L);
        Assert.That(_world.Call("copy_file_range", _source, Data, _target, 0, 5, 0), Is.EqualTo(EINVAL));
    }

    [Test]
    public void Holes_are_found_kept_and_made()
    {
        Put(_source, 3 * Block, "end");
        Assert.That(_world.Call("lseek", _source, 1, SEEK_HOLE), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(Block));
        Assert.That(_world.Call("lseek", _source, Block, SEEK_DATA), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(3 * Block));
        Assert.That(_world.Call("lseek", _source, 3 * Block + 1, SEEK_HOLE), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(3 * Block + 3), "the end");
        Assert.That(_world.Call("lseek", _source, 3 * Block + 3, SEEK_DATA), Is.EqualTo(ENXIO));
        Assert.That(_world.Call("lseek", _source, unchecked((ulong)-1L), SEEK_DATA), Is.EqualTo(ENXIO));

        _world.Call("lseek", _source, 0, SEEK_SET);
        Assert.That(_world.Call("copy_file_range", _source, 0, _target, 0, 10 * Block, 0), Is.EqualTo(None));
        Assert.That((_world.Value, _world.Stat("/tmp/target").st_blocks), Is.EqualTo((3L * Block + 3, _world.Stat("/tmp/source").st_blocks)));

        _world.Memory.Set(Data, 3L * Block);
        _world.Memory.Set(Data + 8, 1000L);
        Assert.That(_world.Call("fspacectl", _target, 1, Data, 0, Data), Is.EqualTo(None));
        Assert.That((_world.Memory.Get<long>(Data), _world.Memory.Get<long>(Data + 8)), Is.EqualTo((3L * Block + 3, 0L)));
        Assert.That((Get(_target, 3 * Block, 10), Get(_target, 0, 3)), Is.EqualTo(("\0\0\0", "012")));
        Assert.That(_world.Call("fspacectl", _target, 2, Data, 0, 0), Is.EqualTo(EINVAL));
        _world.Memory.Set(Data + 8, 1L);
        Assert.That(_world.Call("fspacectl", _world.Open("/tmp/target", O_RDONLY), 1, Data, 0, 0), Is.EqualTo(EBADF));
    }

    /// <summary>The last block ends at OFF_MAX, and the block after it has no offset.</summary>
    [Test]
    public void Holes_in_the_last_block_that_a_file_can_have()
    {
        const long End = long.MaxValue, Last = End / Block * Block;
        Put(_source, End - 3, "end");
        Assert.That(_world.Call("lseek", _source, Last, SEEK_HOLE), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(End));
        Assert.That(_world.Call("lseek", _source, Block, SEEK_DATA), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(Last));
        Assert.That(_world.Call("ftruncate", _target, End), Is.EqualTo(None));
        Assert.That(_world.Call("lseek", _target, 0, SEEK_DATA), Is.EqualTo(ENXIO), "all of it is a hole");

        _world.Memory.Set(Data, End - 3);
        _world.Memory.Set(Data + 8, 3L);
        Assert.That(_world.Call("fspacectl", _source, 1, Data, 0, Data), Is.EqualTo(None));
        Assert.That((_world.Memory.Get<long>(Data), Get(_source, End - 3, 3)), Is.EqualTo((End, "\0\0\0")));
    }
}
