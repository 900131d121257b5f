using System.Buffers.Binary;
using TraceKernel.Abi;

namespace GdbStub.Tests.Tracing;

/// <summary>
/// A CPU for tests: amd64's struct reg, a few floating-point registers, four comparators in a layout of its own (address, then
/// kind and length a byte each, then a byte of hits).
/// </summary>
internal sealed class FakeTarget : IDebugTarget
{
    public const int Slots = 4, KindAt = 32, LengthAt = 40, HitsAt = 48;

    private static readonly string[] Names =
        ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip"];

    private static readonly int[] Offsets = [112, 88, 104, 96, 72, 64, 80, 160, 56, 48, 40, 32, 24, 16, 8, 0, 136];

    public FakeTarget()
    {
        var rows = Names.Select(
            (name, i) => new RegisterRow(name, 64, name == "rip" ? "code_ptr" : "int64", "org.gnu.gdb.i386.core", "general",
            RegisterImage.General, Offsets[i], 8, name == "rip" ? "pc" : null, i, i)).ToList();
        rows.Add(new RegisterRow(
            "eflags", 32, "i386_eflags", "org.gnu.gdb.i386.core", "general", RegisterImage.General, 152, 4, "flags", 49, 49));
        rows.Add(new RegisterRow("st0", 80, "i387_ext", "org.gnu.gdb.i386.core", "float", RegisterImage.FloatingPoint, 32, 10));
        rows.Add(new RegisterRow("fs_base", 64, "long", "org.gnu.gdb.i386.segments", "system", RegisterImage.FirstOfMachine, 0, 8));
        rows.Add(new RegisterRow("orig_rax", 64, "long", "org.gnu.gdb.i386.linux", "system", RegisterImage.None, 0, 0));
        Registers = rows;
    }

    public string Name => "amd64";
    public ushort ElfMachine => 62;
    public string GdbArchitecture => "i386:x86-64";
    public string TripleArchitecture => "x86_64";
    public IReadOnlyList<RegisterRow> Registers { get; }
    public int RegBytes => 176;
    public int FpRegBytes => 512;
    public int DbRegBytes => 128;
    public IReadOnlyList<MachineImage> MachineImages { get; } = [new(Ptrace.PT_GETFSBASE, Ptrace.PT_SETFSBASE, 0, 8)];
    public int MachineNote => CoreNotes.NT_X86_SEGBASES;
    public int PcNumber => 16;
    public int SpNumber => 7;
    public int FpNumber => 6;
    public ReadOnlySpan<byte> BreakpointInstruction => [FakeProcess.Int3];
    public int BreakpointPcOffset => 1;
    public ReadOnlySpan<byte> SystemCallInstruction => [0x0f, 0x05];
    public bool WatchStopsBefore => false;
    public bool WatchesReads => false;
    public int DebugSlots => Slots;

    public string FeatureTypes(string feature) =>
        feature == "org.gnu.gdb.i386.core"
            ? "    <flags id=\"i386_eflags\" size=\"4\"><field name=\"TF\" start=\"8\" end=\"8\"/></flags>\n" : "";

    public void ToWire(int number, ReadOnlySpan<byte> image, Span<byte> wire)
    {
        var row = Registers[number];
        wire.Clear();
        image.Slice(row.Offset, row.ImageBytes).CopyTo(wire);
    }

    public void FromWire(int number, ReadOnlySpan<byte> wire, Span<byte> image)
    {
        var row = Registers[number];
        wire[..row.ImageBytes].CopyTo(image.Slice(row.Offset, row.ImageBytes));
    }

    /// <summary>The number goes to rax, the arguments to rdi, rsi and so on, as the program's own calls have them.</summary>
    public void SetSystemCall(Span<byte> reg, ulong address, int number, ReadOnlySpan<ulong> arguments)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(reg[Offsets[16]..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(reg[Offsets[0]..], (ulong)number);
        ReadOnlySpan<int> registers = [5, 4, 3, 10, 8, 9];
        for (var i = 0; i < arguments.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(reg[Offsets[registers[i]]..], arguments[i]);
    }

    public Errno SystemCallResult(ReadOnlySpan<byte> reg, out ulong result)
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(reg[Offsets[0]..]);
        var failed = (reg[152] & 1) != 0;
        result = failed ? 0 : value;
        return failed ? (Errno)value : Errno.None;
    }

    public DebugSlotResult TryInsert(Span<byte> dbreg, int kind, ulong address, int length)
    {
        if (kind == 3) return DebugSlotResult.Unsupported;
        for (var slot = 0; slot < Slots; slot++)
        {
            if (dbreg[KindAt + slot] != 0) continue;
            BinaryPrimitives.WriteUInt64LittleEndian(dbreg[(8 * slot)..], address);
            dbreg[KindAt + slot] = (byte)kind;
            dbreg[LengthAt + slot] = (byte)length;
            return DebugSlotResult.Inserted;
        }
        return DebugSlotResult.Full;
    }

    public bool TryRemove(Span<byte> dbreg, int kind, ulong address, int length)
    {
        for (var slot = 0; slot < Slots; slot++)
        {
            if (dbreg[KindAt + slot] != kind || BinaryPrimitives.ReadUInt64LittleEndian(dbreg[(8 * slot)..]) != address
                || dbreg[LengthAt + slot] != length) continue;
            dbreg[KindAt + slot] = 0;
            return true;
        }
        return false;
    }

    public bool TryTakeHit(Span<byte> dbreg, in siginfo info, out int kind, out ulong address)
    {
        (kind, address) = (0, 0);
        if (dbreg[HitsAt] == 0) return false;
        var slot = int.TrailingZeroCount(dbreg[HitsAt]);
        kind = dbreg[KindAt + slot];
        address = BinaryPrimitives.ReadUInt64LittleEndian(dbreg[(8 * slot)..]);
        dbreg[HitsAt] = 0;
        return kind != 0;
    }

    public string Disassemble(ReadOnlySpan<byte> code, ulong address, out int length)
    {
        length = code.IsEmpty || code[0] == 0xff ? 0 : 1;
        return length == 0 ? "" : code[0] == FakeProcess.Nop ? "nop" : $"byte 0x{code[0]:x2}";
    }
}
