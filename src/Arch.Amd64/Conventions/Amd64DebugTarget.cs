using System.Buffers.Binary;
using Arch.Amd64.Registers;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace Arch.Amd64.Conventions;

/// <summary>What debuggers must know of amd64.</summary>
public sealed class Amd64DebugTarget : IDebugTarget
{
    private static readonly int Pc = RegisterTable.NumberOf("rip"), Sp = RegisterTable.NumberOf("rsp"), Fp = RegisterTable.NumberOf("rbp"),
        Tag = RegisterTable.NumberOf("ftag"), Opcode = RegisterTable.NumberOf("fop");

    // Argument 4 is in r10: SYSCALL itself uses rcx.
    private static readonly int[] Arguments = [.. new[] { "rdi", "rsi", "rdx", "r10", "r8", "r9" }.Select(RegisterTable.NumberOf)];

    public string Name => "amd64";
    public ushort ElfMachine => 62;

    public string GdbArchitecture => "i386:x86-64";
    public string TripleArchitecture => "x86_64";
    public IReadOnlyList<RegisterRow> Registers => RegisterTable.Rows;
    public int RegBytes => RegisterTable.RegBytes;
    public int FpRegBytes => RegisterTable.FpRegBytes;
    public int DbRegBytes => RegisterTable.DbRegBytes;
    public IReadOnlyList<MachineImage> MachineImages { get; } =
        [new(PT_GETFSBASE, PT_SETFSBASE, 0, sizeof(ulong)), new(PT_GETGSBASE, PT_SETGSBASE, 0, sizeof(ulong))];

    public int MachineNote => CoreNotes.NT_X86_SEGBASES;

    public int PcNumber => Pc;
    public int SpNumber => Sp;
    public int FpNumber => Fp;

    /// <summary>INT3.</summary>
    public ReadOnlySpan<byte> BreakpointInstruction => [0xcc];

    public int BreakpointPcOffset => 1;
    public bool WatchStopsBefore => false;
    public bool WatchesReads => false;
    public int DebugSlots => DebugControl.Slots;

    public string FeatureTypes(string feature) => Arch.Amd64.Registers.FeatureTypes.Of(feature);

    /// <inheritdoc/>
    public void ToWire(int number, ReadOnlySpan<byte> image, Span<byte> wire)
    {
        var row = RegisterTable.Rows[number];
        image.Slice(row.Offset, row.ImageBytes).CopyTo(wire);
        if (row.ImageBytes * 8 < row.Bits) wire[row.ImageBytes..(row.Bits / 8)].Clear();
        if (number == Tag) BinaryPrimitives.WriteUInt16LittleEndian(wire, TagWord.Expand(image));
        // The last x87 opcode has eleven bits.
        if (number == Opcode) wire[1] &= 7;
    }

    /// <inheritdoc/>
    public void FromWire(int number, ReadOnlySpan<byte> wire, Span<byte> image)
    {
        var row = RegisterTable.Rows[number];
        if (number == Tag) image[row.Offset] = TagWord.Abridge(BinaryPrimitives.ReadUInt16LittleEndian(wire));
        else wire[..row.ImageBytes].CopyTo(image.Slice(row.Offset, row.ImageBytes));
    }

    /// <summary>SYSCALL.</summary>
    public ReadOnlySpan<byte> SystemCallInstruction => [0x0f, 0x05];

    /// <inheritdoc/>
    public void SetSystemCall(Span<byte> reg, ulong address, int number, ReadOnlySpan<ulong> arguments)
    {
        Put(reg, Pc, address);
        Put(reg, RegisterTable.NumberOf("rax"), (ulong)number);
        for (var index = 0; index < arguments.Length; index++) Put(reg, Arguments[index], arguments[index]);

        static void Put(Span<byte> reg, int register, ulong value) =>
            BinaryPrimitives.WriteUInt64LittleEndian(reg[RegisterTable.Rows[register].Offset..], value);
    }

    /// <inheritdoc/>
    public bool TryClearStep(Span<byte> reg)
    {
        const byte TraceFlag = 1;
        ref var high = ref reg[RegisterTable.RflagsOffset + 1];
        if ((high & TraceFlag) == 0) return false;
        high &= unchecked((byte)~TraceFlag);
        return true;
    }

    /// <summary>The carry flag says that rax is an error (cpu_set_syscall_retval).</summary>
    public Errno SystemCallResult(ReadOnlySpan<byte> reg, out ulong result)
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(reg[RegisterTable.Rows[RegisterTable.NumberOf("rax")].Offset..]);
        var failed = (reg[RegisterTable.RflagsOffset] & 1) != 0;
        result = failed ? 0 : value;
        return failed ? (Errno)value : Errno.None;
    }

    public DebugSlotResult TryInsert(Span<byte> dbreg, int kind, ulong address, int length) =>
        Conventions.DebugSlots.TryInsert(dbreg, kind, address, length);

    public bool TryRemove(Span<byte> dbreg, int kind, ulong address, int length) =>
        Conventions.DebugSlots.TryRemove(dbreg, kind, address, length);

    public bool TryTakeHit(Span<byte> dbreg, in siginfo info, out int kind, out ulong address) =>
        Conventions.DebugSlots.TryTakeHit(dbreg, out kind, out address);

    public string Disassemble(ReadOnlySpan<byte> code, ulong address, out int length) => GasDisassembly.Of(code, address, out length);
}
