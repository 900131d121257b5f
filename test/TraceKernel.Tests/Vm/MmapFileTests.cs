using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Machine.Memory;
using TraceKernel.Vm;
using static TraceKernel.Abi.Fcntl;
using static TraceKernel.Abi.Mman;
using static TraceKernel.Tests.Vm.TestProcess;

namespace TraceKernel.Tests.Vm;

/// <summary>mmap(2) of descriptors.</summary>
[TestFixture]
internal sealed class MmapFileTests
{
    private const int AtFdCwd = AT_FDCWD;

    private static TestProcess WithFile()
    {
        var process = new TestProcess();
        Assert.That(process.Kernel.FileSystem.AddFile("/data", Enumerable.Range(0, 0x1800).Select(i => (byte)(i >> 8)).ToArray(), 0), Is.EqualTo(Errno.None));
        process.Process.UserId = 0;
        return process;
    }

    private static int Open(TestProcess process, string path, int flags)
    {
        var error = process.Kernel.FileSystem.Open(new PathArgument(process.Process, AtFdCwd, path), flags, 0, out var file);
        Assert.That(error, Is.EqualTo(Errno.None), path);
        Assert.That(process.Process.Files.Add(file, out int descriptor), Is.EqualTo(Errno.None));
        return descriptor;
    }

    // How it is opened, protection, flags: error, or the maximum protection that the entry gets.
    [TestCase(O_RDONLY, PROT_READ, MAP_PRIVATE, Errno.None, Access.All)]
    [TestCase(O_RDONLY, PROT_READ | PROT_WRITE, MAP_PRIVATE, Errno.None, Access.All)]
    [TestCase(O_RDONLY, PROT_READ, MAP_SHARED, Errno.None, Access.Read | Access.Execute)]
    [TestCase(O_RDONLY, PROT_READ | PROT_WRITE, MAP_SHARED, Errno.EACCES, Access.None)]
    [TestCase(O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED, Errno.None, Access.All)]
    [TestCase(O_WRONLY, PROT_READ, MAP_PRIVATE, Errno.EACCES, Access.None)]
    [TestCase(O_WRONLY, PROT_WRITE, MAP_SHARED, Errno.None, Access.Write | Access.Execute)]
    [TestCase(O_RDONLY, PROT_READ, 0, Errno.EINVAL, Access.None)]
    public void RightsComeFromTheOpenFile(int open, int protection, int flags, Errno error, Access maximum)
    {
        using var process = WithFile();
        int descriptor = Open(process, "/data", open);
        Assert.That(process.Mmap(0, Page, protection, flags, descriptor), Is.EqualTo(error));
        if (error == Errno.None)
            Assert.That(process.Map.Lookup(process.Result)!.MaxProtection, Is.EqualTo(maximum));
    }

    [Test]
    public void AnOffsetInsideAPageMovesTheResult()
    {
        using var process = WithFile();
        int descriptor = Open(process, "/data", O_RDONLY);
        Assert.That(process.Mmap(0, 0x400, PROT_READ, MAP_PRIVATE, descriptor, 0x1010), Is.EqualTo(Errno.None));
        Assert.That(process.Result % Page, Is.EqualTo(0x10));
        Assert.That((process.Load(process.Result), process.Load(process.Result + 0x3f0)), Is.EqualTo(((byte)0x10, (byte)0x14)));
        Assert.That(process.Mmap(Area + 0x10, 0x400, PROT_READ, MAP_PRIVATE | MAP_FIXED, descriptor, 0x1010), Is.EqualTo(Errno.None));
        Assert.That(process.Mmap(Area, 0x400, PROT_READ, MAP_PRIVATE | MAP_FIXED, descriptor, 0x1010), Is.EqualTo(Errno.EINVAL));
        Assert.That(process.Mmap(0, 0x400, PROT_READ, MAP_PRIVATE, descriptor, -4096), Is.EqualTo(Errno.EINVAL));
    }

    [Test]
    public void TwoMappingsOfAFileAreOneMemoryAndAPrivateOneKeepsItsOwn()
    {
        using var process = WithFile();
        int descriptor = Open(process, "/data", O_RDWR);
        process.Mmap(Area, Page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor);
        process.Mmap(Area + 4 * Page, Page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor);
        process.Mmap(Area + 8 * Page, Page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, descriptor);
        process.Store(Area + 8 * Page + 1, 7);
        process.Store(Area, 99);
        process.Store(Area + 8 * Page, 8);
        Assert.That((process.Load(Area + 4 * Page), process.Load(Area + 8 * Page)), Is.EqualTo(((byte)99, (byte)8)));
        process.Process.Files.Close(descriptor);
        Assert.That(process.Load(Area + 4 * Page), Is.EqualTo(99), "a mapping outlives its descriptor");
        process.Munmap(Area, 16 * Page);
        var byteRead = new byte[1];
        descriptor = Open(process, "/data", O_RDONLY);
        process.Process.Files.Get(descriptor, out var file);
        file.Target.Read(file, 0, byteRead, out _);
        Assert.That(byteRead[0], Is.EqualTo(99));
        Assert.That(process.Kernel.Memory.FramesInUse, Is.Zero);
    }

    [Test]
    public void OtherThingsThanFiles()
    {
        using var process = WithFile();
        Assert.That(process.Mmap(0, Page, PROT_READ | PROT_WRITE, MAP_PRIVATE, Open(process, "/dev/zero", O_RDWR)), Is.EqualTo(Errno.None));
        Assert.That(process.Store(process.Result, 1), Is.EqualTo(FaultResult.Resolved));
        Assert.That(process.Mmap(0, Page, PROT_READ, MAP_SHARED, Open(process, "/dev/null", O_RDWR)), Is.EqualTo(Errno.EINVAL));
        Assert.That(process.Mmap(0, Page, PROT_READ, MAP_PRIVATE, Open(process, "/", O_RDONLY)), Is.EqualTo(Errno.EINVAL));
        var (reader, _) = Pipe.TryCreate(process.Kernel, Processes.Credentials.Of(0, 0))!.Value;
        process.Process.Files.Add(new OpenFile(reader, O_RDWR), out int pipe);
        Assert.That(process.Mmap(0, Page, PROT_READ, MAP_PRIVATE, pipe), Is.EqualTo(Errno.ENODEV));
    }
}
