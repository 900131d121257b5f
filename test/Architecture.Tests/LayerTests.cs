using Mono.Cecil;
using NUnit.Framework;

namespace Architecture.Tests;

/// <summary>Who may know whom.</summary>
public sealed class LayerTests
{
    [TestCase("TraceKernel")]
    [TestCase("Arch.Amd64", "TraceKernel")]
    [TestCase("Arch.Arm64", "TraceKernel")]
    [TestCase("gdbstub", "TraceKernel", "Arch.Amd64", "Arch.Arm64")]
    public void Assemblies_refer_downwards(string assembly, params string[] allowed)
    {
        var ours = Product.Assemblies.Select(known => known.Name.Name);
        var references = Product.Assembly(assembly).MainModule.AssemblyReferences.Select(reference => reference.Name).Intersect(ours);
        Assert.That(references, Is.SubsetOf(allowed));
    }

    [Test]
    public void The_machine_has_never_heard_of_a_process() => Nobody(
        type => Product.IsIn(Product.Namespace(type), "TraceKernel.Machine"),
        mentioned => Product.IsIn(mentioned, "TraceKernel") && !Product.IsIn(mentioned, "TraceKernel.Machine") && mentioned != "TraceKernel.Abi");

    [Test]
    public void The_debugger_is_a_process_like_any_other() => Nobody(
        type => Product.IsIn(Product.Namespace(type), "GdbStub") && !IsProgram(type),
        mentioned => Product.IsIn(mentioned, "TraceKernel") && mentioned is not ("TraceKernel.Abi" or "TraceKernel.User"));

    [Test]
    public void Only_the_program_names_an_architecture() => Nobody(
        type => !Product.IsIn(Product.Namespace(type), "Arch") && !IsProgram(type),
        mentioned => Product.IsIn(mentioned, "Arch"));

    [Test]
    public void Only_transports_know_sockets() => Nobody(
        type => Product.Namespace(type) != "GdbStub.Transports",
        mentioned => Product.IsIn(mentioned, "System.Net.Sockets"));

    [Test]
    public void Few_types_call_the_hosts_system() => Assert.That(
        AllTypes().SelectMany(type => type.Methods).Where(method => method.IsPInvokeImpl).Select(method => method.DeclaringType.FullName).Distinct(),
        Is.EquivalentTo(["GdbStub.Transports.LinuxSocket", "GdbStub.Transports.HostTerminalModes", "GdbStub.Transports.DescriptorLimit", "TraceKernel.Host.LinuxFileCalls"]));

    /// <summary>A path of the host that a guest has a part in leads out of the root as soon as somebody changes what it names.</summary>
    [Test]
    public void The_kernel_reaches_host_files_by_handles() => Assert.That(
        AllTypes().Where(type => Product.IsIn(Product.Namespace(type), "TraceKernel")).Where(UsesPaths).Select(type => type.FullName),
        // PathNode serves hosts without such handles; ElfImage and ShellScript read the operator's own program.
        Is.EquivalentTo(["TraceKernel.Host.LinuxFileCalls", "TraceKernel.Host.PathNode", "TraceKernel.Loading.ElfImage", "TraceKernel.Loading.ShellScript"]));

    [Test]
    public void Only_execution_makes_code() => Nobody(
        type => Product.Namespace(type) != "TraceKernel.Machine.Execution",
        mentioned => Product.IsIn(mentioned, "System.Reflection.Emit"));

    [Test]
    public void Unsafe_code_stays_where_it_is_needed()
    {
        var pointers = AllTypes()
            .Where(type => Product.Namespace(type) is not ("TraceKernel.Machine.Memory" or "TraceKernel.Machine.Execution"))
            .Where(type => !(Product.Namespace(type).StartsWith("Arch.", StringComparison.Ordinal) && Product.Namespace(type).EndsWith(".Helpers", StringComparison.Ordinal)))
            .SelectMany(Mentions.Pointers);
        Assert.That(pointers, Is.Empty);
    }

    /// <summary>The rules above would hold of anything if the walk saw nothing.</summary>
    [TestCase("GdbStub.Transports.SocketConnection", "System.Net.Sockets")]
    [TestCase("GdbStub.Program", "Arch.Amd64")]
    [TestCase("TraceKernel.Kernel", "TraceKernel.Processes")]
    public void The_walk_sees_what_is_there(string name, string mentioned)
    {
        var types = AllTypes().Where(type => Product.Outermost(type).FullName == name);
        Assert.That(types.SelectMany(Mentions.Of).Select(Product.Namespace), Does.Contain(mentioned));
    }

    private static void Nobody(Func<TypeDefinition, bool> who, Func<string, bool> mayNotMention)
    {
        var asked = AllTypes().Where(who).ToList();
        Assert.That(asked, Is.Not.Empty, "the rule is about somebody");
        var offences = asked.SelectMany(
            type => Mentions.Of(type).Where(mentioned => mayNotMention(Product.Namespace(mentioned))).Select(mentioned => $"{type.FullName} mentions {mentioned.FullName}"));
        Assert.That(offences, Is.Empty);
    }

    private static bool UsesPaths(TypeDefinition type) => type.Methods.Where(method => method.HasBody).SelectMany(method => method.Body.Instructions)
        .Any(instruction => instruction.Operand is MemberReference
        {
            DeclaringType.FullName: "System.IO.File" or "System.IO.Directory" or "System.IO.FileInfo" or "System.IO.DirectoryInfo" or "System.IO.FileStream",
        });

    private static IEnumerable<TypeDefinition> AllTypes() => Product.Assemblies.SelectMany(Product.Types);

    private static bool IsProgram(TypeDefinition type) => Product.Outermost(type).FullName == "GdbStub.Program";
}
