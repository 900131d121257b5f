using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Syscalls;

namespace TraceKernel.Tests.Syscalls;

/// <summary>
/// Calls that this kernel lacks, in whole or in part, are listed with a reason.
/// </summary>
internal sealed class SyscallDocumentTests
{
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
}
