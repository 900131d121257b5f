using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
namespace TraceKernel.Vm;
#pragma warning disable
/// <summary>struct vmspace: a process's address space.</summary>
public sealed class VmSpace : IUserMemory, IDisposable
{
    public VmSpace(PhysicalMemory memory, IArchitecture architecture) { }
    /// <summary>The translations in force: what the CPU runs in.</summary>
    public AddressSpace Pmap => throw null!;
    /// <summary>Runs instructions of this space.</summary>
    public Engine Engine => throw null!;
    /// <summary>vm_fault.</summary>
    public FaultResult Fault(ulong address, Access access) => throw null!;
    public Errno CopyIn(ulong address, Span<byte> destination) => throw null!;
    public Errno CopyOut(ulong address, ReadOnlySpan<byte> source) => throw null!;
    public Errno CopyInString(ulong address, int maximum, out string text) => throw null!;
    /// <summary>vmspace_fork.</summary>
    public VmSpace? TryFork() => throw null!;
    /// <summary>proc_rwmem: a debugger's read or write, PTRACE.md 6.3 column F13; bytes before the bad page are transferred.</summary>
    public Errno ReadWrite(ulong address, Span<byte> buffer, bool write, out int transferred) => throw null!;
    /// <summary>map->timestamp.</summary>
    public int Timestamp => throw null!;
    /// <summary>PT_VM_ENTRY, PTRACE.md section 7: pve in and out, the path into buffer.</summary>
    public Errno Entry(ref ptrace_vm_entry entry, Span<byte> path) => throw null!;
    public void Dispose() { }
}
/// <summary>What vm_fault made of an access.</summary>
public enum FaultResult
{
    Resolved,
    /// <summary>KERN_INVALID_ADDRESS: nothing is mapped there.</summary>
    InvalidAddress,
    /// <summary>KERN_PROTECTION_FAILURE.</summary>
    ProtectionFailure,
    /// <summary>KERN_RESOURCE_SHORTAGE: no page left.</summary>
    OutOfMemory,
}
