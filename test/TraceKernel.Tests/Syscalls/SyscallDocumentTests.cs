using System.Globalization;
using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Syscalls;
using TraceKernel.Tests.Kernels;

namespace TraceKernel.Tests.Syscalls;

/// <summary>
/// docs/syscalls.md lists every system call with its state. This test writes the document anew when GDBSTUB_WRITE_DOCS is set
/// (scripts/write-syscalls.sh).
/// </summary>
internal sealed class SyscallDocumentTests
{
    private const string Head = """
        # System calls

        Every system call that a GENERIC kernel of FreeBSD 13 and 14 has, from the source: the number and the prototype of `syscalls.master`, and how much of
        the call this kernel has. An absent call returns `ENOSYS` and sends no signal. A number that is not listed here returns `ENOSYS` and sends `SIGSYS`,
        as FreeBSD does. `scripts/write-syscalls.sh` writes this page, and a test fails when the page is stale.

        """;

    [Test]
    public void The_page_is_up_to_date()
    {
        var path = Path.Combine(TestMachine.Repository, "docs/syscalls.md");
        var expected = Write();
        if (Environment.GetEnvironmentVariable("GDBSTUB_WRITE_DOCS") is not null) File.WriteAllText(path, expected);
        Assert.That(File.ReadAllText(path), Is.EqualTo(expected), "scripts/write-syscalls.sh writes the page anew");
    }

    [Test]
    public void Reasons_are_given() => Assert.That(
        AbsentCalls.Rows.Select(row => row.Why).Concat(SyscallTable.Shared.Calls.Select(call => call.Lacks).OfType<string>()),
        Is.All.Matches<string>(reason => reason is { Length: > 10 } && reason[^1] == '.'));

    [Test]
    public async Task An_absent_call_returns_ENOSYS_and_sends_no_signal()
    {
        var world = new World();
        foreach (var row in AbsentCalls.Rows)
        {
            var call = new SystemCall(world.Lwp) { Code = row.Number };
            Assert.That(await SyscallTable.Shared.Run(call), Is.EqualTo(Errno.ENOSYS), row.Name);
        }
        Assert.That(world.Lwp.Queue.Pending.IsEmpty && world.Process.Queue.Pending.IsEmpty, Is.True, "no SIGSYS");
    }

    private static string Write()
    {
        var full = SyscallTable.Shared.Calls.Where(call => call.Lacks is null).ToList();
        var partial = SyscallTable.Shared.Calls.Where(call => call.Lacks is not null).ToList();
        var rows = full.Select(call => (call.Number, call.Prototype, State: "full"))
            .Concat(partial.Select(call => (call.Number, call.Prototype, State: $"partial: {call.Lacks}")))
            .Concat(AbsentCalls.Rows.Select(call => (call.Number, call.Prototype, State: $"absent: {call.Why}")))
            .OrderBy(row => row.Number);
        var text = new StringBuilder(Head).Append(CultureInfo.InvariantCulture, $"\n{full.Count} are full, {partial.Count} partial, ")
            .Append(CultureInfo.InvariantCulture, $"{AbsentCalls.Rows.Count} absent.\n\n| number | call | state |\n|---|---|---|\n");
        foreach (var (number, prototype, state) in rows)
            text.Append(CultureInfo.InvariantCulture, $"| {number} | `{prototype}` | {state} |\n");
        return text.ToString();
    }
}
