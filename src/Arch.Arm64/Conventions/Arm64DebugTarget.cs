using System.Buffers.Binary;
using Arch.Arm64.Decoding;
using Arch.Arm64.Registers;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace Arch.Arm64.Conventions;

/// <summary>What debuggers must know of arm64.</summary>
public sealed class Arm64DebugTarget : IDebugTarget
{
    private static readonly int Pc = RegisterTable.NumberOf("pc"), Sp = RegisterTable.NumberOf("sp"), Fp = RegisterTable.NumberOf("x29");

    public string Name => "aarch64";
    public ushort ElfMachine => 183;

    public string GdbArchitecture => "aarch64";
    public string TripleArchitecture => "aarch64";
    public IReadOnlyList<RegisterRow> Registers => RegisterTable.Rows;
    public int RegBytes => RegisterTable.RegBytes;
    public int FpRegBytes => RegisterTable.FpRegBytes;
    public int DbRegBytes => RegisterTable.DbRegBytes;
    public IReadOnlyList<MachineImage> MachineImages { get; } = [new(PT_GETREGSET, PT_SETREGSET, CoreNotes.NT_ARM_TLS, sizeof(ulong))];
    public int MachineNote => CoreNotes.NT_ARM_TLS;
    public int PcNumber => Pc;
    public int SpNumber => Sp;
    public int FpNumber => Fp;

    /// <summary>BRK #0.</summary>
    public ReadOnlySpan<byte> BreakpointInstruction => [0x00, 0x00, 0x20, 0xd4];

    public int BreakpointPcOffset => 0;
    public bool WatchStopsBefore => true;
    public bool WatchesReads => true;
    public int DebugSlots => Slots.DebugRegisters;

    public string FeatureTypes(string feature) => Arch.Arm64.Registers.FeatureTypes.Of(feature);

    /// <inheritdoc/>
    public void ToWire(int number, ReadOnlySpan<byte> image, Span<byte> wire)
    {
        var row = RegisterTable.Rows[number];
        image.Slice(row.Offset, row.ImageBytes).CopyTo(wire);
    }

    /// <inheritdoc/>
    public void FromWire(int number, ReadOnlySpan<byte> wire, Span<byte> image)
    {
        var row = RegisterTable.Rows[number];
        wire[..row.ImageBytes].CopyTo(image.Slice(row.Offset, row.ImageBytes));
    }

    /// <summary>SVC #0.</summary>
    public ReadOnlySpan<byte> SystemCallInstruction => [0x01, 0x00, 0x00, 0xd4];

    /// <inheritdoc/>
    public void SetSystemCall(Span<byte> reg, ulong address, int number, ReadOnlySpan<ulong> arguments)
    {
        Put(reg, Pc, address);
        Put(reg, 8, (ulong)number);
        for (var index = 0; index < arguments.Length; index++) Put(reg, index, arguments[index]);

        static void Put(Span<byte> reg, int register, ulong value) =>
            BinaryPrimitives.WriteUInt64LittleEndian(reg[RegisterTable.Rows[register].Offset..], value);
    }

    /// <summary>The carry flag says that x0 is an error (cpu_set_syscall_retval).</summary>
    public Errno SystemCallResult(ReadOnlySpan<byte> reg, out ulong result)
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(reg);
        var failed = (BinaryPrimitives.ReadUInt32LittleEndian(reg[RegisterTable.SpsrOffset..]) & Pstate.Carry) != 0;
        result = failed ? 0 : value;
        return failed ? (Errno)value : Errno.None;
    }

    public DebugSlotResult TryInsert(Span<byte> dbreg, int kind, ulong address, int length) =>
        Conventions.DebugSlots.TryInsert(dbreg, kind, address, length);

    public bool TryRemove(Span<byte> dbreg, int kind, ulong address, int length) =>
        Conventions.DebugSlots.TryRemove(dbreg, kind, address, length);

    public bool TryTakeHit(Span<byte> dbreg, in siginfo info, out int kind, out ulong address) =>
        Conventions.DebugSlots.TryTakeHit(dbreg, info, out kind, out address);

    public string Disassemble(ReadOnlySpan<byte> code, ulong address, out int length) => Disassembly.Of(code, address, out length);
}
