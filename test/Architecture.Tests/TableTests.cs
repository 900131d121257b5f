using System.Reflection;
using System.Runtime.CompilerServices;
using GdbStub.Packets;
using NUnit.Framework;
using TraceKernel.Ptrace;
using Ptrace = TraceKernel.Abi.Ptrace;
using TraceKernel.Syscalls;

namespace Architecture.Tests;

/// <summary>The tables that attributes fill.</summary>
public sealed class TableTests
{
    // PT_FIRSTMACH: from here on requests are the architecture's, and one handler passes them on (sys/ptrace.h).
    private const int FirstMachineRequest = 64;

    private static readonly int[] Handled = [.. PtraceTable.Requests];

    [TestCaseSource(typeof(Personality), nameof(Personality.All))]
    public void Every_request_of_a_personality_has_a_handler(Personality personality) =>
        Assert.That(personality.WithExtensions().Requests, Is.SubsetOf(Handled));

    [Test]
    public void Every_handler_is_a_request_of_some_personality() => Assert.That(
        Handled, Is.SubsetOf(Personality.All.SelectMany(personality => personality.WithExtensions().Requests)));

    [Test]
    public void One_handler_passes_on_what_is_the_architectures() =>
        Assert.That(Handled.Where(request => request is >= FirstMachineRequest and < Ptrace.FirstExtension), Is.EqualTo([FirstMachineRequest]));

    [Test]
    public void No_personality_has_requests_of_ours_by_itself() =>
        Assert.That(Personality.All.SelectMany(personality => personality.Requests), Is.All.LessThan(Ptrace.FirstExtension));

    /// <summary>Each throws at a second row of the same name or number.</summary>
    [TestCase("TraceKernel")]
    [TestCase("Arch.Amd64")]
    [TestCase("gdbstub")]
    public void No_table_has_two_rows_for_one_thing(string assembly)
    {
        var tables = Assembly.Load(assembly).GetTypes().Where(type => type.Name.EndsWith("Table", StringComparison.Ordinal)).ToList();
        Assert.That(tables, Is.Not.Empty);
        Assert.Multiple(() =>
        {
            foreach (var table in tables) Assert.That(() => RuntimeHelpers.RunClassConstructor(table.TypeHandle), Throws.Nothing, table.FullName);
        });
    }

    [Test]
    public void Packets_and_system_calls_are_bound()
    {
        Assert.Multiple(() =>
        {
            foreach (var personality in Personality.All)
                Assert.That(PacketTable.OfThisAssembly(personality.Requests.Contains).Names, Has.Count.GreaterThan(50));
            Assert.That(SyscallTable.Shared.Calls.Select(call => call.Number), Is.Unique);
        });
    }
}
