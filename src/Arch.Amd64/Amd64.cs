using Arch.Amd64.Conventions;
using Arch.Amd64.Decoding;
using Arch.Amd64.Lifting;
using Arch.Amd64.Registers;
using TraceKernel;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Vm;

namespace Arch.Amd64;

/// <summary>FreeBSD's machine-dependent half for amd64, as release 12 to 13 have it; each topic is a class under Conventions.</summary>
public sealed class Amd64 : IArchitecture
{
    private const int MaximumReports = 1000;

    private static readonly ulong[] Sizes = [1UL << 12, 1UL << 21, 1UL << 30];

    private readonly HashSet<ulong> _reported = [];

    /// <summary>Told of undefined and not yet lifted instructions that guests execute: the address, and the text.</summary>
    public Action<ulong, string>? UndefinedInstruction { get; init; }

    public string Name => "amd64";
    public string MachineArch => "amd64";
    // sys/amd64/conf/GENERIC
    public int OldestRelease => 4;
    public InstructionSet InstructionSet { get; } = new Amd64InstructionSet();

    /// <summary>EM_X86_64.</summary>
    public ushort ElfMachine => 62;

    public ulong UserTop => UserMemory.Top;
    public ulong SharedPage => UserMemory.SharedPage;
    public ReadOnlySpan<byte> SignalCode => SignalFrames.Code;

    /// <summary>4 KB, 2 MB and 1 GB (MAXPAGESIZES 3).</summary>
    public ReadOnlySpan<ulong> PageSizes => Sizes;

    public (ulong HwCap, ulong HwCap2) HardwareCapabilities => (0, 0);
    public int SystemCallTrap => Traps.SystemCall;
    public int RegBytes => RegisterTable.RegBytes;
    public int FpRegBytes => RegisterTable.FpRegBytes;
    public int DbRegBytes => RegisterTable.DbRegBytes;
    public IIlp32Layout? Ilp32 => Ilp32Layout.Shared;

    public void FillRegs(Cpu cpu, Span<byte> reg) => RegisterImages.FillRegs(cpu, reg);
    public Errno SetRegs(Cpu cpu, ReadOnlySpan<byte> reg) => RegisterImages.SetRegs(cpu, reg);
    public void FillFpRegs(Cpu cpu, Span<byte> fpreg) => RegisterImages.FillFpRegs(cpu, fpreg);
    public Errno SetFpRegs(Cpu cpu, ReadOnlySpan<byte> fpreg) => RegisterImages.SetFpRegs(cpu, fpreg);
    public Errno FillDbRegs(Cpu cpu, Span<byte> dbreg)
    {
        DebugRegisters.Fill(cpu, dbreg);
        return Errno.None;
    }

    public Errno SetDbRegs(Cpu cpu, ReadOnlySpan<byte> dbreg) => DebugRegisters.Set(cpu, dbreg);

    public IReadOnlyList<MachineRegisterSet> RegisterSets { get; } = [SegmentBases.RegisterSet, ExtendedState.RegisterSet];

    public Errno MachineRequest(Cpu cpu, int request, Span<byte> image, int data) => MachineRequests.Perform(cpu, request, image, data);
    public (int Input, int Output) MachineRequestBytes(int request, int data) => MachineRequests.Bytes(request, data);
    public ulong StackPointer(Cpu cpu) => cpu[Slots.Rsp];
    public Errno SetPc(Cpu cpu, ulong pc) => MachineRequests.SetPc(cpu, pc);
    public bool SingleStep(Cpu cpu) => MachineRequests.SingleStep(cpu);
    public void ClearSingleStep(Cpu cpu) => cpu[Slots.TF] = 0;
    public bool IsSingleStepping(Cpu cpu) => cpu[Slots.TF] != 0;

    public void ExecSetRegisters(Cpu cpu, ulong entry, ulong stack) => Threads.Exec(cpu, entry, stack);

    public void ForkChild(Cpu parent, Cpu child) => Threads.Fork(parent, child);

    public void SetUpcall(Cpu creator, Cpu created, ulong entry, ulong argument, ulong stackBase, ulong stackSize) =>
        Threads.Upcall(creator, created, entry, argument, stackBase, stackSize);

    public Errno SetUserTls(Cpu cpu, ulong address) => SegmentBases.SetUserTls(cpu, address);

    public Errno SysArch(Cpu cpu, IUserMemory memory, int operation, ulong parameters) =>
        SegmentBases.SysArch(cpu, memory, operation, parameters);

    public Errno FetchSystemCall(Cpu cpu, IUserMemory memory, Func<uint, int> argumentCount, Span<ulong> arguments, out uint code) =>
        SystemCallConvention.Fetch(cpu, memory, argumentCount, arguments, out code);

    public void SetSystemCallResult(Cpu cpu, Errno error, ulong value0, ulong value1) =>
        SystemCallConvention.SetResult(cpu, error, value0, value1);

    public ulong SecondReturnValue(Cpu cpu) => cpu[Slots.Rdx];

    public void ReturnToUser(Cpu cpu)
    {
        if (Pcb.Has(cpu, PcbFlags.SystemReturn)) SystemCallConvention.Return(cpu);
        if (Pcb.Has(cpu, PcbFlags.LoadDebugRegisters)) DebugRegisters.Load(cpu);
        if (Pcb.Has(cpu, PcbFlags.LoadFpu)) RegisterImages.LoadFpu(cpu);
    }

    public TrapSignal Trap(Cpu cpu, in Exit exit, bool stepArmed)
    {
        if (exit is { Kind: ExitKind.Trap, Trap: Traps.InvalidOpcode } && UndefinedInstruction is { } report) Report(cpu, report);
        return TrapSignals.Of(cpu, exit, stepArmed);
    }

    /// <summary>Once for each address: a guest that loops over SIGILL does not flood the log.</summary>
    private void Report(Cpu cpu, Action<ulong, string> report)
    {
        lock (_reported)
            if (_reported.Count >= MaximumReports || !_reported.Add(cpu.Pc)) return;
        Span<byte> code = stackalloc byte[InstructionReader.MaximumLength];
        report(cpu.Pc, Disassembly.Of(cpu.Pc, code[..cpu.Memory.Fetch(cpu.Pc, code)]));
    }

    public bool HasProcctl => true;

    public TrapSignal MemoryFault(Cpu cpu, in Exit exit, bool protection, bool freebsdAbi) =>
        TrapSignals.OfMemoryFault(cpu, exit, protection, freebsdAbi);

    public Errno SendSignal(Cpu cpu, IUserMemory memory, in SignalDelivery delivery) => SignalFrames.Send(cpu, memory, delivery);

    public Errno SignalReturn(Cpu cpu, IUserMemory memory, ulong context, out sigset mask) =>
        SignalFrames.Return(cpu, memory, context, out mask);

    public Errno GetContext(Cpu cpu, IUserMemory memory, ulong context, in sigset mask, bool onStack) =>
        UserContexts.Get(cpu, memory, context, mask, onStack);

    public Errno SetContext(Cpu cpu, IUserMemory memory, ulong context, out sigset mask) => UserContexts.Set(cpu, memory, context, out mask);

    public TrapSignal? SignalReturnFault(Cpu cpu, IUserMemory memory, ulong context) => SignalFrames.ReturnFault(cpu, memory, context);
}
