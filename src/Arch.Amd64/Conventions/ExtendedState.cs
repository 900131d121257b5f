using System.Buffers.Binary;
using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using TraceKernel;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Vm;
using static TraceKernel.Abi.Ptrace;

namespace Arch.Amd64.Conventions;

/// <summary>
/// The XSAVE area as the kernel shows and takes it: PT_GETXSTATE and its like (sys/amd64/amd64/ptrace_machdep.c), sysarch, and what signal
/// frames carry beside the FXSAVE image. cpu_max_ext_state_size is <see cref="XStateImage.Size"/>, xsave_mask
/// <see cref="XStateImage.Mask"/>.
/// </summary>
internal static class ExtendedState
{
    /// <summary>Bytes of struct ptrace_xstate_info: u64 xsave_mask, u32 xsave_len.</summary>
    private const int InfoBytes = 16;

    /// <summary>
    /// Where cores and register sets keep xsave_mask, among the bytes that processors do not use (x86/include/fpu.h,
    /// X86_XSTATE_XCR0_OFFSET).
    /// </summary>
    private const int MaskAt = 464;

    private const int MxcsrAt = 24;

    /// <summary>NT_X86_XSTATE. An image with components that there are not is ignored.</summary>
    public static MachineRegisterSet RegisterSet { get; } = new(CoreNotes.NT_X86_XSTATE, XStateImage.Size, FillWithMask, (cpu, area) => _ = Set(cpu, area));

    /// <summary>Bytes of a request's argument.</summary>
    public static (int Input, int Output) Bytes(int request, int data) => request switch
    {
        PT_GETXSTATE_OLD => (0, XStateImage.HeaderSize),
        PT_SETXSTATE_OLD => (data == XStateImage.HeaderSize ? data : 0, 0),
        PT_GETXSTATE_INFO => (0, data == InfoBytes ? data : 0),
        PT_GETXSTATE => (0, XStateImage.Size),
        PT_SETXSTATE => (data == XStateImage.Size ? data : 0, 0),
        _ => (0, 0),
    };

    /// <summary>EINVAL for a size that is not the one there is, and for components outside xsave_mask.</summary>
    public static Errno Perform(Cpu cpu, int request, Span<byte> image, int data)
    {
        switch (request)
        {
            case PT_GETXSTATE_OLD:
                FillHeader(image);
                return Errno.None;
            case PT_SETXSTATE_OLD:
                return data == XStateImage.HeaderSize ? SetHeader(cpu, image) : Errno.EINVAL;
            case PT_GETXSTATE_INFO when data != InfoBytes:
                return Errno.EINVAL;
            case PT_GETXSTATE_INFO:
                image[..InfoBytes].Clear();
                BinaryPrimitives.WriteUInt64LittleEndian(image, XStateImage.Mask);
                BinaryPrimitives.WriteInt32LittleEndian(image[sizeof(ulong)..], XStateImage.Size);
                return Errno.None;
            case PT_GETXSTATE:
                Fill(cpu, image);
                return Errno.None;
            case PT_SETXSTATE:
                return data == XStateImage.Size ? Set(cpu, image) : Errno.EINVAL;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>
    /// AMD64_GET_XFPUSTATE: the area after the FXSAVE image, through struct {pointer, length}; EINVAL when less is there than asked for.
    /// </summary>
    public static Errno Get(IUserMemory memory, ulong parameters)
    {
        Span<byte> words = stackalloc byte[2 * sizeof(ulong)];
        if (memory.CopyIn(parameters, words) is var fault && fault != Errno.None) return fault;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(words[sizeof(ulong)..]);
        if (length > XStateImage.HeaderSize) return Errno.EINVAL;
        Span<byte> header = stackalloc byte[XStateImage.HeaderSize];
        FillHeader(header);
        return memory.CopyOut(BinaryPrimitives.ReadUInt64LittleEndian(words), header[..(int)length]);
    }

    /// <summary>What follows the FXSAVE image: fpugetregs has made all components present.</summary>
    public static void FillHeader(Span<byte> header)
    {
        header[..XStateImage.HeaderSize].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(header, XStateImage.Mask);
    }

    /// <summary>
    /// fpusetxstate, for a register file that holds the FXSAVE image already: components that the header lacks become initial.
    /// </summary>
    public static Errno SetHeader(Cpu cpu, ReadOnlySpan<byte> header)
    {
        if (header.Length < XStateImage.HeaderSize) return Errno.EINVAL;
        Span<byte> area = stackalloc byte[XStateImage.Size];
        Fill(cpu, area);
        header[..XStateImage.HeaderSize].CopyTo(area[XStateImage.HeaderAt..]);
        return Set(cpu, area);
    }

    private static void Fill(Cpu cpu, Span<byte> area)
    {
        area[..XStateImage.Size].Clear();
        FxImage.Save(cpu, area);
        FillHeader(area[XStateImage.HeaderAt..]);
    }

    private static void FillWithMask(Cpu cpu, Span<byte> area)
    {
        Fill(cpu, area);
        BinaryPrimitives.WriteUInt64LittleEndian(area[MaskAt..], XStateImage.Mask);
    }

    /// <summary>Takes an area whose components are among those there are (else EINVAL); reserved bits of MXCSR are dropped.</summary>
    public static Errno Set(Cpu cpu, ReadOnlySpan<byte> area)
    {
        if ((XStateImage.ComponentsOf(area) & ~XStateImage.Mask) != 0) return Errno.EINVAL;
        XStateImage.Load(cpu, area, XStateImage.Mask);
        cpu[Slots.Mxcsr] = BinaryPrimitives.ReadUInt32LittleEndian(area[MxcsrAt..]) & FxImage.MxcsrMask;
        Pcb.Set(cpu, PcbFlags.LoadFpu);
        return Errno.None;
    }
}
