using EndToEnd.Tests.Harness;
using EndToEnd.Tests.LldbSessions;
using NUnit.Framework;

namespace EndToEnd.Tests.CoreFiles;

/// <summary>The core file of the guest "crash" as everybody who reads FreeBSD's core files must see it.</summary>
internal static class CoreReaders
{
    public const string Guest = "crash.O0";

    /// <summary>The guest on each CPU.</summary>
    public static readonly string[] Guests = [Guest, "arm64/" + Guest];

    /// <summary>The notes of the process and of its threads, as readelf calls them.</summary>
    private static string[] Notes(string guest)
    {
        string[] machine = Repository.IsArm64(guest) ? ["NT_ARM_TLS", "NT_ARM_PAC_MASK"] : ["NT_X86_SEGBASES", "NT_X86_XSTATE"];
        string[] thread = ["NT_PRSTATUS", "NT_FPREGSET", "NT_THRMISC", "NT_PTLWPINFO", .. machine];
        return
        [
            "NT_PRPSINFO", .. thread, .. thread,
            "NT_PROCSTAT_PROC", "NT_PROCSTAT_FILES", "NT_PROCSTAT_VMMAP", "NT_PROCSTAT_GROUPS",
            "NT_PROCSTAT_UMASK", "NT_PROCSTAT_RLIMIT", "NT_PROCSTAT_OSREL", "NT_PROCSTAT_PSSTRINGS", "NT_PROCSTAT_AUXV",
        ];
    }

    /// <summary>Every reader on this machine that knows FreeBSD's core files.</summary>
    public static void CheckWithAll(string guest, string core)
    {
        CheckWithReadelf(guest, core);
        if (Gdb.Newer.Program is not null) CheckWithGdb(guest, core, isKernels: true);
        foreach (var lldb in Lldb.All)
            if (lldb.Program is not null) CheckWithLldb(lldb, guest, core);
    }

    /// <summary>gdb shows the crash: pc, stack, threads, memory.</summary>
    /// <param name="isKernels">The kernel wrote it: gdb's own files lack the names of some threads and what procstat knows.</param>
    /// <param name="release">How the release of the kernel begins, as AT_OSRELDATE has it.</param>
    public static void CheckWithGdb(string name, string core, bool isKernels, string release = "1400097")
    {
        var guest = Repository.Guest(name);
        var said = Gdb.Newer.Run(
            branded: true, $"file {guest}", $"core-file {core}", "bt", "info threads", "print message", "print calls", "print value",
            "info auxv", "info proc");
        Assert.Multiple(() =>
        {
            Assert.That(said["bt"], Does.Match(
                @"^#0  0x[0-9a-f]+ in deepest \(signal=0, value=42\) at test/guests/crash.c:\d+\n#1  0x[0-9a-f]+ in deeper \(signal=0, value=21\)"
                + @" at test/guests/crash.c:\d+\n#2  0x[0-9a-f]+ in main \(count=1, "));
            Assert.That(said["info threads"],
                Does.Match(@"\* 1 +LWP \d+ +0x[0-9a-f]+ in deepest ").And.Match(@"\n  2 +LWP \d+ (?:.|\n)*in mutex_lock \(\)"));
            Assert.That(said["print message"], Is.EqualTo("$1 = \"left in memory\"\n"));
            Assert.That(said["print calls"], Is.EqualTo("$2 = 1\n"));
            Assert.That(said["print value"], Is.EqualTo("$3 = 42\n"));
            Assert.That(said["info auxv"], Does.Match($"AT_OSRELDATE .* {release}"));
            if (!isKernels) return;
            Assert.That(said["info threads"], Does.Contain("\"sleeper\""));
            Assert.That(said["info proc"], Does.Contain($"cmdline = '{guest}'").And.Contain($"exe = '{guest}'").And.Match("cwd = '/"));
        });
    }

    public static void CheckWithLldb(Lldb lldb, string guest, string core)
    {
        using var session = new LldbSession(
            lldb, [$"target create {Repository.Guest(guest)} --core {core}", "thread list", "bt", "target variable message calls",
            "frame variable value", "register read pc"]);
        var said = session.End();
        Assert.Multiple(() =>
        {
            Assert.That(said["thread list"],
                Does.Match(@"\* thread #1: tid = \d+, 0x[0-9a-f]+ crash.O0`deepest\(signal=0, value=42\)")
                .And.Contain("crash.O0`mutex_lock"));
            Assert.That(said["bt"],
                Does.Contain("frame #0: 0x").And.Contain("`deepest(").And.Contain("frame #1: 0x").And.Contain("`deeper(")
                .And.Contain("`main(count=1"));
            Assert.That(said["target variable message calls"], Does.Contain("message = \"left in memory\"").And.Contain("calls = 1"));
            Assert.That(said["frame variable value"], Does.Contain("value = 42"));
            Assert.That(said["register read pc"], Does.Contain("`deepest + "));
        });
    }

    /// <summary>readelf and eu-readelf read headers and notes without complaint.</summary>
    public static void CheckWithReadelf(string guest, string core) => CheckWithReadelf(core, Notes(guest));

    /// <summary>The same of one that a debugger has gathered, which cannot have all that the kernel knows.</summary>
    public static void CheckGatheredWithReadelf(string guest, string core) =>
        CheckWithReadelf(core, Notes(guest).Where(note => note is not ("NT_X86_XSTATE" or "NT_PROCSTAT_RLIMIT")).ToArray());

    private static void CheckWithReadelf(string core, string[] expected)
    {
        var notes = Print("readelf", "--notes", "--wide", core);
        Assert.That(notes.Split('\n').Where(line => line.StartsWith("  FreeBSD", StringComparison.Ordinal))
            .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[2]),
            Is.EqualTo(expected));
        Assert.That(Print("readelf", "--segments", "--wide", core), Does.Contain("Elf file type is CORE").And.Match(@"\n  LOAD "));
        Assert.That(Print("eu-readelf", "--notes", core).Split('\n').Count(line => line.StartsWith("  FreeBSD ", StringComparison.Ordinal)),
            Is.EqualTo(expected.Length));
    }

    private static string Print(string program, params string[] arguments)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, program))))
            Assert.Ignore($"no {program} is installed");
        using var process = new ChildProcess(program, arguments, new Dictionary<string, string> { ["LC_ALL"] = "C" });
        Assert.That(process.WaitForEnd(), Is.Zero, process.Log);
        Assert.That(process.Error, Is.Empty);
        return process.Output;
    }
}
