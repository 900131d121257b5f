using System.Buffers.Binary;
using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// The 512 bytes that FXSAVE64 writes and FXRSTOR64 reads, which are also FreeBSD's <c>struct fpreg</c> (AMD64 manual volume 2,
/// 11.4.4; &lt;machine/fpu.h&gt;, struct savefpu).
/// </summary>
public static class FxImage
{
    /// <summary>Bytes of the image.</summary>
    public const int Size = 512;

    /// <summary>The MXCSR bits that exist; all others fault when set (MXCSR_MASK, image offset 28).</summary>
    public const uint MxcsrMask = 0xffff;

    private const int ControlWord = 0, StatusWord = 2, TagWord = 4, Opcode = 6, InstructionPointer = 8, DataPointer = 16,
        Mxcsr = 24, MxcsrMaskField = 28, StartOfStack = 32, StartOfXmm = 160, EndOfXmm = 416;

    /// <summary>
    /// Writes the state of <paramref name="cpu"/> into the first 416 of 512 bytes (FXSAVE leaves the rest alone).
    /// The stack goes out as st(0) … st(7), the abridged tag word by physical register.
    /// </summary>
    public static void Save(Cpu cpu, Span<byte> image512)
    {
        SaveX87(cpu, image512);
        SaveMxcsr(cpu, image512);
        SaveXmm(cpu, image512);
    }

    /// <summary>The x87's part: bytes 0 to 23 and the stack.</summary>
    internal static void SaveX87(Cpu cpu, Span<byte> image)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(image[ControlWord..], (ushort)cpu[Slots.Fcw]);
        BinaryPrimitives.WriteUInt16LittleEndian(image[StatusWord..], (ushort)cpu[Slots.Fsw]);
        BinaryPrimitives.WriteUInt16LittleEndian(image[TagWord..], (byte)cpu[Slots.Ftw]);
        BinaryPrimitives.WriteUInt16LittleEndian(image[Opcode..], (ushort)(cpu[Slots.Fop] & 0x7ff));
        BinaryPrimitives.WriteUInt64LittleEndian(image[InstructionPointer..], cpu[Slots.Fip]);
        BinaryPrimitives.WriteUInt64LittleEndian(image[DataPointer..], cpu[Slots.Fdp]);
        int top = Top(cpu[Slots.Fsw]);
        for (int i = 0; i < 8; i++)
        {
            int slot = Slots.St((top + i) & 7).Index;
            Span<byte> entry = image.Slice(StartOfStack + 16 * i, 16);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, cpu.File[slot]);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], (ushort)cpu.File[slot + 1]);
        }
    }

    /// <summary>MXCSR and its mask.</summary>
    internal static void SaveMxcsr(Cpu cpu, Span<byte> image)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(image[Mxcsr..], (uint)cpu[Slots.Mxcsr]);
        BinaryPrimitives.WriteUInt32LittleEndian(image[MxcsrMaskField..], MxcsrMask);
    }

    /// <summary>
    /// Replaces the state of <paramref name="cpu"/> by that of the image, reserved bits and all. Who must refuse those of MXCSR does so first
    /// (FXRSTOR faults); before the processor goes on with the state, <see cref="X87Unit.Settle"/> makes it one that a processor can have.
    /// </summary>
    public static void Load(Cpu cpu, ReadOnlySpan<byte> image512)
    {
        LoadX87(cpu, image512);
        cpu[Slots.Mxcsr] = MxcsrOf(image512);
        LoadXmm(cpu, image512);
    }

    /// <summary>The x87's part: bytes 0 to 23 and the stack.</summary>
    internal static void LoadX87(Cpu cpu, ReadOnlySpan<byte> image)
    {
        cpu[Slots.Fcw] = BinaryPrimitives.ReadUInt16LittleEndian(image[ControlWord..]);
        cpu[Slots.Fsw] = BinaryPrimitives.ReadUInt16LittleEndian(image[StatusWord..]);
        cpu[Slots.Ftw] = image[TagWord];
        cpu[Slots.Fop] = BinaryPrimitives.ReadUInt16LittleEndian(image[Opcode..]) & 0x7ffUL;
        cpu[Slots.Fip] = BinaryPrimitives.ReadUInt64LittleEndian(image[InstructionPointer..]);
        cpu[Slots.Fdp] = BinaryPrimitives.ReadUInt64LittleEndian(image[DataPointer..]);
        int top = Top(cpu[Slots.Fsw]);
        for (int i = 0; i < 8; i++)
        {
            int slot = Slots.St((top + i) & 7).Index;
            ReadOnlySpan<byte> entry = image.Slice(StartOfStack + 16 * i, 16);
            cpu.File[slot] = BinaryPrimitives.ReadUInt64LittleEndian(entry);
            cpu.File[slot + 1] = BinaryPrimitives.ReadUInt16LittleEndian(entry[8..]);
        }
    }

    /// <summary>The MXCSR that an image carries.</summary>
    internal static uint MxcsrOf(ReadOnlySpan<byte> image) => BinaryPrimitives.ReadUInt32LittleEndian(image[Mxcsr..]);

    /// <summary>Bytes that <see cref="Save"/> writes; the rest of the image is the operating system's.</summary>
    internal const int Written = EndOfXmm;

    /// <summary>The physical register that is st(0), from the status word.</summary>
    internal static int Top(ulong statusWord) => (int)(statusWord >> 11) & 7;

    internal static void SaveXmm(Cpu cpu, Span<byte> image)
    {
        int first = Slots.Xmm(0).Index;
        for (int half = 0; half < 32; half++)
            BinaryPrimitives.WriteUInt64LittleEndian(image[(StartOfXmm + 8 * half)..], cpu.File[first + half]);
    }

    internal static void LoadXmm(Cpu cpu, ReadOnlySpan<byte> image)
    {
        int first = Slots.Xmm(0).Index;
        for (int half = 0; half < 32; half++)
            cpu.File[first + half] = BinaryPrimitives.ReadUInt64LittleEndian(image[(StartOfXmm + 8 * half)..]);
    }
}
