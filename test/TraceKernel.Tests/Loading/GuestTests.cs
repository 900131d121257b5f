using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Loading;
using TraceKernel.Machine.Memory;
using TraceKernel.Tests.Vm;
using TraceKernel.Vm;

namespace TraceKernel.Tests.Loading;

/// <summary>The test guests, as scripts/build-guests.sh makes them, load; those for Linux do not.</summary>
[TestFixture]
internal sealed class GuestTests
{
    private static string? Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string guests = Path.Combine(folder.FullName, "test", "guests", "bin");
            if (Directory.Exists(guests))
                return guests;
        }
        return null;
    }

    private static string[] Files(string sub)
    {
        if (Folder() is not { } folder)
        {
            Assert.Ignore("test/guests/bin is not there: scripts/build-guests.sh makes it");
            return [];
        }
        return [.. Directory.GetFiles(Path.Combine(folder, sub)).Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal)];
    }

    [Test]
    public void GuestsLoad()
    {
        foreach (string path in Files(""))
        {
            using var memory = new PhysicalMemory(16 << 20);
            string name = Path.GetFileName(path);
            var error = ExecImage.TryLoad(memory, TestProcess.Amd64, new TestFile(File.ReadAllBytes(path), path), new ExecArguments(path, [name], []),
                new ExecKernelInformation(1300139, 1, 1), NoInterpreter, out var image, out string reason);
            Assert.That((error, reason), Is.EqualTo((Errno.None, "")), name);
            Assert.That(image!.OsRelease, Is.EqualTo(name.StartsWith("protfault-nonote", StringComparison.Ordinal) ? 0 : 1300139), name);
            Assert.That(image.Vm.Fault(image.Entry, Access.Execute), Is.EqualTo(FaultResult.Resolved), name);
            Assert.That(image.Entry, name.Contains("pie", StringComparison.Ordinal) ? Is.GreaterThan(0x1021000UL) : Is.LessThan(0x1000000UL), name);
            image.Dispose();
            Assert.That(memory.FramesInUse, Is.Zero, name);
        }
    }

    [Test]
    public void LinuxProgramsDoNot()
    {
        foreach (string path in Files("linux"))
        {
            bool parsed = ElfImage.TryParse(new TestFile(File.ReadAllBytes(path)), TestProcess.Amd64, out _, out string reason, out var error);
            Assert.That((parsed, error), Is.EqualTo((false, Errno.ENOEXEC)));
            Assert.That(reason, Is.EqualTo("not marked as a FreeBSD program: no OS ABI in the header and no FreeBSD note"));
        }
    }

    private static Errno NoInterpreter(string path, out IBackingFile? file)
    {
        file = null;
        return Errno.ENOENT;
    }
}
