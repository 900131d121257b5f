using Arch.Arm64.Conventions;
using Arch.Arm64.Decoding;
using Arch.Arm64.Lifting;
using Arch.Arm64.Registers;
using TraceKernel;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Ptrace;
using TraceKernel.Vm;

namespace Arch.Arm64;

/// <summary>FreeBSD's machine-dependent half for arm64, of releases 12 and 13; each topic is a class under Conventions.</summary>
public sealed class Arm64 : IArchitecture
{
    private const int MaximumReports = 1000;

    // machine/elf.h
    private const ulong HWCAP_FP = 1 << 0, HWCAP_ASIMD = 1 << 1, HWCAP_AES = 1 << 3, HWCAP_PMULL = 1 << 4, HWCAP_SHA1 = 1 << 5,
        HWCAP_SHA2 = 1 << 6, HWCAP_CRC32 = 1 << 7, HWCAP_ATOMICS = 1 << 8, HWCAP_CPUID = 1 << 11;

    private static readonly ulong[] Sizes = [1UL << 12, 1UL << 21];

    private readonly HashSet<ulong> _reported = [];

    private MachineRules _rules = Personality.Default.Machine;

    /// <summary>Told of undefined instructions that guests execute: the address, and the text.</summary>
    public Action<ulong, string>? UndefinedInstruction { get; init; }

    public string Name => "arm64";
    public string MachineArch => "aarch64";
    // sys/arm64/conf/GENERIC
    public int OldestRelease => 11;
    public InstructionSet InstructionSet { get; } = new Arm64InstructionSet();

    public void Startup(MachineRules rules) => _rules = rules;

    /// <summary>EM_AARCH64.</summary>
    public ushort ElfMachine => 183;

    public ulong UserTop => UserMemory.Top;
    public ulong SharedPage => UserMemory.SharedPage;
    public ReadOnlySpan<byte> SignalCode => SignalFrames.Code(_rules);

    /// <summary>4 KB and 2 MB.</summary>
    public ReadOnlySpan<ulong> PageSizes => Sizes;

    public (ulong HwCap, ulong HwCap2) HardwareCapabilities => (
        HWCAP_FP | HWCAP_ASIMD | HWCAP_AES | HWCAP_PMULL | HWCAP_SHA1 | HWCAP_SHA2 | HWCAP_CRC32 | HWCAP_ATOMICS | HWCAP_CPUID, 0);

    /// <summary>vm_unix.c leaves it out on machines that came after it.</summary>
    public bool HasBreak => false;

    public int SystemCallTrap => Traps.SystemCall;
    public int RegBytes => RegisterTable.RegBytes;
    public int FpRegBytes => RegisterTable.FpRegBytes;
    public int DbRegBytes => _rules.HasDebugRegisters ? RegisterTable.DbRegBytes : RegisterTable.OlderDbRegBytes;

    public void FillRegs(Cpu cpu, Span<byte> reg) => RegisterImages.FillRegs(cpu, reg);
    public Errno SetRegs(Cpu cpu, ReadOnlySpan<byte> reg) => RegisterImages.SetRegs(cpu, reg, _rules.RegistersArmStep);
    public void FillFpRegs(Cpu cpu, Span<byte> fpreg) => RegisterImages.FillFpRegs(cpu, fpreg);
    public Errno SetFpRegs(Cpu cpu, ReadOnlySpan<byte> fpreg) => RegisterImages.SetFpRegs(cpu, fpreg);

    public Errno FillDbRegs(Cpu cpu, Span<byte> dbreg)
    {
        if (!_rules.HasDebugRegisters) return Errno.EDOOFUS;
        DebugRegisters.Fill(cpu, dbreg);
        return Errno.None;
    }

    public Errno SetDbRegs(Cpu cpu, ReadOnlySpan<byte> dbreg) => _rules.HasDebugRegisters ? DebugRegisters.Set(cpu, dbreg) : Errno.EDOOFUS;

    public IReadOnlyList<MachineRegisterSet> RegisterSets => MachineRegisterSets.All;

    /// <summary>There are none (ptrace_machdep.c knows only those of 32-bit tracers).</summary>
    public Errno MachineRequest(Cpu cpu, int request, Span<byte> image, int data) => Errno.EINVAL;

    public (int Input, int Output) MachineRequestBytes(int request, int data) => (0, 0);

    public ulong StackPointer(Cpu cpu) => cpu[Slots.Sp];

    public Errno SetPc(Cpu cpu, ulong pc)
    {
        if (!_rules.SetsPc) return Errno.EDOOFUS;
        cpu.Pc = pc;
        return Errno.None;
    }

    public bool SingleStep(Cpu cpu)
    {
        var wasClear = cpu[Slots.SS] == 0;
        cpu[Slots.SS] = 1;
        return wasClear;
    }

    public void ClearSingleStep(Cpu cpu) => cpu[Slots.SS] = 0;
    public bool IsSingleStepping(Cpu cpu) => cpu[Slots.SS] != 0;

    public void ExecSetRegisters(Cpu cpu, ulong entry, ulong stack) => Threads.Exec(cpu, entry, stack);

    public void ForkChild(Cpu parent, Cpu child) => Threads.Fork(parent, child, _rules);

    public void SetUpcall(Cpu creator, Cpu created, ulong entry, ulong argument, ulong stackBase, ulong stackSize) =>
        Threads.Upcall(creator, created, entry, argument, stackBase, stackSize, _rules);

    /// <summary>EINVAL beyond user memory, as cpu_set_user_tls has it.</summary>
    public Errno SetUserTls(Cpu cpu, ulong address)
    {
        if (address >= UserMemory.Top) return Errno.EINVAL;
        cpu[Slots.TpidrEl0] = address;
        return Errno.None;
    }

    /// <summary>sys_machdep.c: nothing that a 64-bit program could want.</summary>
    public Errno SysArch(Cpu cpu, IUserMemory memory, int operation, ulong parameters) => Errno.EINVAL;

    public Errno FetchSystemCall(Cpu cpu, IUserMemory memory, Func<uint, int> argumentCount, Span<ulong> arguments, out uint code) =>
        SystemCallConvention.Fetch(cpu, arguments, out code);

    public void SetSystemCallResult(Cpu cpu, Errno error, ulong value0, ulong value1) =>
        SystemCallConvention.SetResult(cpu, error, value0, value1);

    /// <summary>
    /// Another thread may have stored to what is marked: the monitor closes, as by the exception return that hardware would make (Arm
    /// manual, B2.9). One thread runs at a time, so that nothing else can come between.
    /// </summary>
    public void Switch(Cpu cpu) => cpu[Slots.Exclusive] = 0;

    public ulong SecondReturnValue(Cpu cpu) => cpu[Slots.General(1)];

    public TrapSignal Trap(Cpu cpu, in Exit exit, bool stepArmed)
    {
        if (exit is { Kind: ExitKind.Trap, Trap: Traps.Undefined } && UndefinedInstruction is { } report) Report(cpu, report);
        return TrapSignals.Of(cpu, exit, _rules);
    }

    /// <summary>Once for each address: a guest that loops over SIGILL does not flood the log.</summary>
    private void Report(Cpu cpu, Action<ulong, string> report)
    {
        lock (_reported)
            if (_reported.Count >= MaximumReports || !_reported.Add(cpu.Pc)) return;
        Span<byte> code = stackalloc byte[sizeof(uint)];
        report(cpu.Pc, Disassembly.Describe(code[..cpu.Memory.Fetch(cpu.Pc, code)], cpu.Pc));
    }

    public TrapSignal MemoryFault(Cpu cpu, in Exit exit, bool protection, bool freebsdAbi) =>
        TrapSignals.OfMemoryFault(cpu, exit, protection, freebsdAbi, _rules);

    public Errno SendSignal(Cpu cpu, IUserMemory memory, in SignalDelivery delivery) => SignalFrames.Send(cpu, memory, delivery, _rules);

    public Errno SignalReturn(Cpu cpu, IUserMemory memory, ulong context, out sigset mask) =>
        SignalFrames.Return(cpu, memory, context, _rules, out mask);

    public Errno GetContext(Cpu cpu, IUserMemory memory, ulong context, in sigset mask, bool onStack) =>
        SignalFrames.GetContext(cpu, memory, context, mask);

    public Errno SetContext(Cpu cpu, IUserMemory memory, ulong context, out sigset mask) =>
        SignalFrames.Return(cpu, memory, context, _rules, out mask);
}
