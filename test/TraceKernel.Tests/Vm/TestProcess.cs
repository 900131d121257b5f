using Arch.Amd64;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
using TraceKernel.Processes;
using TraceKernel.Syscalls;
using TraceKernel.Vm;

namespace TraceKernel.Tests.Vm;

/// <summary>A process with an empty address space that makes memory calls.</summary>
internal sealed class TestProcess : IDisposable
{
    internal const ulong Page = Frame.Size;
    internal const ulong Area = 0x10000000;
    private static readonly Amd64 s_amd64 = new();
    private readonly SystemCall _call;

    /// <param name="memory">Bytes of the machine's memory.</param>
    /// <param name="root">A host directory that guests may write to; null: all files are in memory.</param>
    internal TestProcess(long memory = 64 << 20, string? root = null)
        : this(new Kernel(s_amd64, new KernelOptions { MaximumMemory = memory, Root = root, IsRootWritable = root is not null }), null)
    {
    }

    private TestProcess(Kernel kernel, VmSpace? vm)
    {
        Kernel = kernel;
        Process = new Process(kernel, 2, null, "test") { Vm = vm ?? new VmSpace(kernel.Memory, s_amd64), OsRelease = 1300139 };
        _call = new Lwp(Process, 100001, new Cpu(s_amd64.InstructionSet)).Call;
    }

    internal Kernel Kernel { get; }
    internal Process Process { get; }
    internal VmSpace Vm => Process.Vm;
    internal VmMap Map => Process.Vm.Map;
    internal static IArchitecture Amd64 => s_amd64;

    /// <summary>What the last successful call returned.</summary>
    internal ulong Result => _call.Value;

    public void Dispose() => Vm.Dispose();

    /// <summary>Another process of the same kernel.</summary>
    internal TestProcess Beside() => new(Kernel, null);

    internal TestProcess Fork() => new(Kernel, Vm.TryFork());

    internal Errno Call(Func<SystemCall, Errno> handler, params ulong[] arguments)
    {
        _call.Arguments.Clear();
        arguments.CopyTo(_call.Arguments);
        _call.Value = 0;
        return handler(_call);
    }

    internal Errno Mmap(ulong address, ulong length, int protection, int flags, int descriptor = -1, long position = 0) =>
        Call(MmapCall.Mmap, address, length, (ulong)protection, (ulong)flags, (ulong)descriptor, (ulong)position);

    internal Errno Munmap(ulong address, ulong length) => Call(MemoryCalls.Munmap, address, length);

    internal Errno Mprotect(ulong address, ulong length, int protection) => Call(MemoryCalls.Mprotect, address, length, (ulong)protection);

    /// <summary>Maps a file at <see cref="Area"/>, as mmap(2) of a descriptor with those rights does.</summary>
    internal void MapFile(IBackingFile file, int pages, Access protection, Access maximum, bool shared, ulong offset = 0)
    {
        var bytes = VnodePager.Allocate(Kernel.Memory, file);
        var flags = shared ? EntryFlags.None : EntryFlags.CopyOnWrite | EntryFlags.NeedsCopy;
        var result = Map.Insert(Area, Area + (ulong)pages * Page,
            new VmMapping(bytes, offset, protection, maximum, flags, shared ? Inheritance.Share : Inheritance.Copy));
        bytes.Release();
        Assert.That(result, Is.EqualTo(KernReturn.Success));
    }

    /// <summary>The program stores a byte: as the CPU does, with a fault where the page is not there.</summary>
    internal FaultResult Store(ulong address, byte value)
    {
        if (Vm.Pmap.TryStore(address, 1, value))
            return FaultResult.Resolved;
        var result = Vm.Fault(address, Access.Write);
        if (result == FaultResult.Resolved)
            Assert.That(Vm.Pmap.TryStore(address, 1, value), "a resolved fault lets the store through");
        return result;
    }

    /// <summary>The program loads a byte.</summary>
    internal FaultResult Load(ulong address, out byte value)
    {
        var result = FaultResult.Resolved;
        if (!Vm.Pmap.TryLoad(address, 1, out ulong loaded))
        {
            result = Vm.Fault(address, Access.Read);
            if (result == FaultResult.Resolved)
                Assert.That(Vm.Pmap.TryLoad(address, 1, out loaded), "a resolved fault lets the load through");
        }
        value = (byte)loaded;
        return result;
    }

    internal byte Load(ulong address)
    {
        Assert.That(Load(address, out byte value), Is.EqualTo(FaultResult.Resolved), $"load at 0x{address:x}");
        return value;
    }
}
