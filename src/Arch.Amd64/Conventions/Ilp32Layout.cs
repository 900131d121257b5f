using System.Buffers.Binary;
using System.Runtime.InteropServices;
using TraceKernel;
using TraceKernel.Abi;

namespace Arch.Amd64.Conventions;

/// <summary>
/// i386's struct reg, fpreg and dbreg (sys/x86/include/reg.h, __reg32 and its like), as an amd64 kernel fills and takes them.
/// </summary>
public sealed class Ilp32Layout : IIlp32Layout
{
    private const int FloatRegisters = 8, FloatBytes = 10;

    /// <summary>struct env87: cw, sw, tw, fip, fcs and opcode, foo, fos, in 32 bits each; the registers follow.</summary>
    private const int Sw = 4, Tw = 8, Fip = 12, Fcs = 16, Opcode = 18, Foo = 20, Fos = 24, Accumulators = 28;

    // The same in struct fpreg, the FXSAVE image.
    private const int WideSw = 2, WideTw = 4, WideOpcode = 6, WideRip = 8, WideRdp = 16, WideAccumulators = 32, WideStep = 16;

    private const int Cs = 144, Ds = 134;

    // Offset and size in struct reg of what stands in the words of struct reg32; size 0: isp, which is nothing.
    private static readonly (int Offset, int Bytes)[] s_words =
    [
        (124, 2), (132, 2), (134, 2), (64, 8), (72, 8), (80, 8), (0, 0), (88, 8), (96, 8), (104, 8), (112, 8), (120, 4), (128, 4), (136, 8),
        (144, 8), (152, 8), (160, 8), (168, 8), (126, 2),
    ];

    public static Ilp32Layout Shared { get; } = new();

    public int RegBytes => s_words.Length * sizeof(uint);
    public int FpRegBytes => 176;
    public int DbRegBytes => 8 * sizeof(uint);

    public void NarrowRegs(ReadOnlySpan<byte> reg, Span<byte> narrow)
    {
        narrow.Clear();
        for (var word = 0; word < s_words.Length; word++)
        {
            var (offset, bytes) = s_words[word];
            reg.Slice(offset, Math.Min(bytes, sizeof(uint))).CopyTo(narrow[(word * sizeof(uint))..]);
        }
    }

    public void WidenRegs(ReadOnlySpan<byte> narrow, Span<byte> reg)
    {
        for (var word = 0; word < s_words.Length; word++)
        {
            var (offset, bytes) = s_words[word];
            reg.Slice(offset, bytes).Clear();
            narrow.Slice(word * sizeof(uint), Math.Min(bytes, sizeof(uint))).CopyTo(reg[offset..]);
        }
    }

    // fill_fpregs32: one bit of tag for each register becomes two; zeros and special values are valid ones.
    public void NarrowFpRegs(ReadOnlySpan<byte> reg, ReadOnlySpan<byte> fpreg, Span<byte> narrow)
    {
        narrow.Clear();
        fpreg[..2].CopyTo(narrow);
        fpreg.Slice(WideSw, 2).CopyTo(narrow[Sw..]);
        fpreg.Slice(WideRip, sizeof(uint)).CopyTo(narrow[Fip..]);
        reg.Slice(Cs, 2).CopyTo(narrow[Fcs..]);
        fpreg.Slice(WideOpcode, 2).CopyTo(narrow[Opcode..]);
        fpreg.Slice(WideRdp, sizeof(uint)).CopyTo(narrow[Foo..]);
        reg.Slice(Ds, 2).CopyTo(narrow[Fos..]);
        var tags = 0xffffu;
        for (var index = 0; index < FloatRegisters; index++)
        {
            fpreg.Slice(WideAccumulators + (index * WideStep), FloatBytes).CopyTo(narrow[(Accumulators + (index * FloatBytes))..]);
            if ((fpreg[WideTw] & (1 << index)) != 0) tags &= ~(3u << (2 * index));
        }
        BinaryPrimitives.WriteUInt32LittleEndian(narrow[Tw..], tags);
    }

    public void WidenFpRegs(ReadOnlySpan<byte> narrow, Span<byte> fpreg)
    {
        narrow[..2].CopyTo(fpreg);
        narrow.Slice(Sw, 2).CopyTo(fpreg[WideSw..]);
        narrow.Slice(Opcode, 2).CopyTo(fpreg[WideOpcode..]);
        BinaryPrimitives.WriteUInt64LittleEndian(fpreg[WideRip..], BinaryPrimitives.ReadUInt32LittleEndian(narrow[Fip..]));
        BinaryPrimitives.WriteUInt64LittleEndian(fpreg[WideRdp..], BinaryPrimitives.ReadUInt32LittleEndian(narrow[Foo..]));
        var tags = BinaryPrimitives.ReadUInt32LittleEndian(narrow[Tw..]);
        fpreg[WideTw] = 0;
        for (var index = 0; index < FloatRegisters; index++)
        {
            narrow.Slice(Accumulators + (index * FloatBytes), FloatBytes).CopyTo(fpreg[(WideAccumulators + (index * WideStep))..]);
            if (((tags >> (2 * index)) & 3) != 3) fpreg[WideTw] |= (byte)(1 << index);
        }
    }

    /// <summary>
    /// PT_I386_GETXMMREGS and PT_I386_SETXMMREGS move the FXSAVE image; struct ptrace_xstate_info ends without padding; bases are words.
    /// </summary>
    public Ilp32MachineRequest MachineRequest(int request) => request switch
    {
        64 => new Ilp32MachineRequest(Ptrace.PT_GETFPREGS),
        65 => new Ilp32MachineRequest(Ptrace.PT_SETFPREGS),
        Ptrace.PT_GETXSTATE_INFO => new Ilp32MachineRequest(request, Bytes: 12, NativeBytes: 16, HasSizeInData: true),
        Ptrace.PT_GETFSBASE or Ptrace.PT_GETGSBASE or Ptrace.PT_SETFSBASE or Ptrace.PT_SETGSBASE =>
            new Ilp32MachineRequest(request, Bytes: sizeof(uint), NativeBytes: sizeof(ulong), NeedsNarrowTarget: true),
        _ => new Ilp32MachineRequest(request),
    };

    public void NarrowDbRegs(ReadOnlySpan<byte> dbreg, Span<byte> narrow)
    {
        var words = MemoryMarshal.Cast<byte, uint>(narrow);
        for (var index = 0; index < words.Length; index++) words[index] = (uint)MemoryMarshal.Cast<byte, ulong>(dbreg)[index];
    }

    public void WidenDbRegs(ReadOnlySpan<byte> narrow, Span<byte> dbreg)
    {
        dbreg.Clear();
        var words = MemoryMarshal.Cast<byte, uint>(narrow);
        for (var index = 0; index < words.Length; index++) MemoryMarshal.Cast<byte, ulong>(dbreg)[index] = words[index];
    }
}
