using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Syscalls;

/// <summary>read(2), write(2) and their like on regular files and devices, and the table of calls.</summary>
[TestFixture]
internal sealed class FileCallTests
{
    private const ulong Data = TestMemory.Base;

    // Numbers of FreeBSD 13, sys/kern/syscalls.master.
    [TestCase("read", 3, 3)]
    [TestCase("write", 4, 3)]
    [TestCase("open", 5, 3)]
    [TestCase("close", 6, 1)]
    [TestCase("getuid", 24, 0)]
    [TestCase("access", 33, 2)]
    [TestCase("dup", 41, 1)]
    [TestCase("ioctl", 54, 3)]
    [TestCase("readlink", 58, 3)]
    [TestCase("dup2", 90, 2)]
    [TestCase("fcntl", 92, 3)]
    [TestCase("select", 93, 5)]
    [TestCase("gettimeofday", 116, 2)]
    [TestCase("getrusage", 117, 2)]
    [TestCase("readv", 120, 3)]
    [TestCase("writev", 121, 3)]
    [TestCase("rename", 128, 2)]
    [TestCase("sysarch", 165, 2)]
    [TestCase("freebsd11_stat", 188, 2)]
    [TestCase("getrlimit", 194, 2)]
    [TestCase("__sysctl", 202, 6)]
    [TestCase("poll", 209, 3)]
    [TestCase("clock_gettime", 232, 2)]
    [TestCase("nanosleep", 240, 2)]
    [TestCase("clock_nanosleep", 244, 4)]
    [TestCase("issetugid", 253, 0)]
    [TestCase("__getcwd", 326, 2)]
    [TestCase("sched_yield", 331, 0)]
    [TestCase("rtprio_thread", 466, 3)]
    [TestCase("pread", 475, 4)]
    [TestCase("lseek", 478, 3)]
    [TestCase("ftruncate", 480, 2)]
    [TestCase("cpuset_getaffinity", 487, 5)]
    [TestCase("openat", 499, 4)]
    [TestCase("pipe2", 542, 2)]
    [TestCase("fstat", 551, 2)]
    [TestCase("fstatat", 552, 4)]
    [TestCase("getdirentries", 554, 4)]
    [TestCase("fstatfs", 556, 2)]
    [TestCase("getrandom", 563, 3)]
    [TestCase("__sysctlbyname", 570, 6)]
    public void Numbers_and_argument_counts(string name, int number, int arguments)
    {
        var attribute = World.Handlers().Single(handler => handler.Attribute.Name == name).Attribute;
        Assert.That((attribute.Number, attribute.ArgumentCount), Is.EqualTo(((uint)number, arguments)));
    }

    [Test]
    public void No_number_has_two_handlers_and_handlers_have_the_right_shape()
    {
        var handlers = World.Handlers().ToArray();
        Assert.That(handlers.Select(handler => handler.Attribute.Number), Is.Unique);
        foreach (var (method, attribute) in handlers)
        {
            Assert.That(method.ReturnType, Is.AnyOf(typeof(Errno), typeof(ValueTask<Errno>)), attribute.Name);
            Assert.That(method.GetParameters().Select(parameter => parameter.ParameterType), Is.EqualTo(new[] { typeof(SystemCall) }), attribute.Name);
        }
    }

    [TestCase("read", 0UL, Data, 4UL, ExpectedResult = None)]
    [TestCase("read", 9UL, Data, 4UL, ExpectedResult = EBADF)]
    [TestCase("read", 0UL, Data, ulong.MaxValue, ExpectedResult = EINVAL)]
    [TestCase("read", 0UL, TestMemory.Nowhere, 4UL, ExpectedResult = EFAULT)]
    [TestCase("read", 0UL, TestMemory.Nowhere, 0UL, ExpectedResult = None)]
    [TestCase("read", 1UL, Data, 4UL, ExpectedResult = EBADF)]
    [TestCase("write", 0UL, Data, 4UL, ExpectedResult = EBADF)]
    [TestCase("write", 1UL, TestMemory.Nowhere, 4UL, ExpectedResult = EFAULT)]
    [TestCase("write", 1UL, Data, 0UL, ExpectedResult = None)]
    [TestCase("readv", 0UL, Data, 1025UL, ExpectedResult = EINVAL)]
    [TestCase("readv", 0UL, TestMemory.Nowhere, 1UL, ExpectedResult = EFAULT)]
    public Errno Transfer_errors(string call, ulong descriptor, ulong address, ulong length)
    {
        var world = new World(isTerminal: false);
        world.Terminal.Type("typed"u8);
        return world.Call(call, descriptor, address, length);
    }

    [Test]
    public void Vectors_are_gathered_and_scattered()
    {
        var world = new World();
        var descriptor = world.Open("/tmp/f", O_RDWR | O_CREAT);
        ulong[] vector = [world.Memory.Text("ab"), 2, 0, 0, world.Memory.Text("cdef"), 4];
        for (var i = 0; i < vector.Length; i++) world.Memory.Set(Data + (ulong)i * 8, vector[i]);
        Assert.That(world.Call("writev", descriptor, Data, 3), Is.EqualTo(None));
        Assert.That(world.Value, Is.EqualTo(6));
        ulong[] scatter = [Data + 0x200, 1, Data + 0x300, 3];
        for (var i = 0; i < scatter.Length; i++) world.Memory.Set(Data + (ulong)i * 8, scatter[i]);
        Assert.That(world.Call("preadv", descriptor, Data, 2, 1), Is.EqualTo(None));
        Assert.That((world.Value, world.Memory.GetText(Data + 0x200), world.Memory.GetText(Data + 0x300)), Is.EqualTo((4L, "b", "cde")));
        world.Memory.Set(Data + 8, ulong.MaxValue);
        Assert.That(world.Call("readv", descriptor, Data, 2), Is.EqualTo(EINVAL));
    }

    [TestCase(3L, SEEK_SET, None, 3L)]
    [TestCase(2L, SEEK_CUR, None, 6L)]
    [TestCase(-2L, SEEK_END, None, 8L)]
    [TestCase(5L, SEEK_END, None, 15L)]
    [TestCase(-5L, SEEK_CUR, EINVAL, 0L)]
    [TestCase(long.MaxValue, SEEK_END, EOVERFLOW, 0L)]
    [TestCase(0L, 9, EINVAL, 0L)]
    [TestCase(2L, SEEK_DATA, None, 2L)]
    [TestCase(2L, SEEK_HOLE, None, 10L)]
    [TestCase(10L, SEEK_DATA, ENXIO, 0L)]
    public void Lseek(long offset, int whence, Errno error, long result)
    {
        var world = new World();
        var descriptor = world.Open("/tmp/f", O_RDWR | O_CREAT);
        world.Call("write", descriptor, world.Memory.Text("0123456789"), 10);
        world.Call("lseek", descriptor, 4, SEEK_SET);
        Assert.That(world.Call("lseek", descriptor, (ulong)offset, (ulong)whence), Is.EqualTo(error));
        if (error == None) Assert.That(world.Value, Is.EqualTo(result));
    }

    [Test]
    public void Append_goes_to_the_end()
    {
        var world = new World();
        var one = world.Open("/tmp/f", O_WRONLY | O_CREAT | O_APPEND);
        var other = world.Open("/tmp/f", O_WRONLY);
        world.Call("write", other, world.Memory.Text("12345"), 5);
        world.Call("write", one, world.Memory.Text("67"), 2);
        world.Call("lseek", one, 0, SEEK_CUR);
        Assert.That((world.Value, world.Stat("/tmp/f").st_size), Is.EqualTo((7L, 7L)));
    }

    [Test]
    public void Devices_and_randomness_follow_the_seed()
    {
        byte[] Bytes(ulong seed)
        {
            var world = new World(seed: seed);
            world.Call("read", world.Open("/dev/urandom", O_RDONLY), Data, 24);
            Assert.That(world.Call("getrandom", Data + 24, 24, 0), Is.EqualTo(None));
            Assert.That(world.Value, Is.EqualTo(24));
            Assert.That(world.Call("getrandom", Data, 1, 8), Is.EqualTo(EINVAL));
            return world.Memory[Data, 48].ToArray();
        }

        var (first, again, other) = (Bytes(7), Bytes(7), Bytes(8));
        Assert.That(again, Is.EqualTo(first).And.Not.EqualTo(other));
        var zero = new World();
        zero.Memory[Data, 8].Fill(9);
        zero.Call("read", zero.Open("/dev/zero", O_RDWR), Data, 4);
        Assert.That((zero.Value, zero.Memory.Get<ulong>(Data)), Is.EqualTo((4L, 0x0909090900000000UL)));
        zero.Call("read", zero.Open("/dev/null", O_RDWR), Data, 4);
        Assert.That(zero.Value, Is.Zero);
    }

    [Test]
    public void Stat_of_today_and_of_FreeBSD_11_agree()
    {
        var world = new World();
        world.Call("write", world.Open("/tmp/f", O_RDWR | O_CREAT, 0x1a4), world.Memory.Text("0123456789"), 10);
        world.Path("freebsd11_stat", "/tmp/f", Data);
        var (old, now) = (world.Memory.Get<freebsd11_stat>(Data), world.Stat("/tmp/f"));
        Assert.That((old.st_mode, old.st_size, (ulong)old.st_ino, old.st_mtim), Is.EqualTo((now.st_mode, now.st_size, now.st_ino, now.st_mtim)));
        Assert.That((now.st_mode, now.st_size, now.st_uid, now.st_nlink), Is.EqualTo(((ushort)0x81a4, 10L, 1001u, 1UL)));
        Assert.That(world.Path("statfs", "/tmp/f", Data), Is.EqualTo(None));
        Assert.That((world.Memory.Get<uint>(Data), world.Memory.GetText(Data + 280), world.Memory.GetText(Data + 1320)), Is.EqualTo((0x20140518u, "tmpfs", "/")));
    }
}
