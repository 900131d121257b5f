using System.Buffers.Binary;
using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Conventions;

/// <summary>struct trapframe (machine/frame.h), which mcontext_t contains as it is.</summary>
internal static class TrapFrame
{
    public const int Bytes = 192;

    /// <summary>tf_flags: the selectors are valid.</summary>
    public const int TF_HASSEGS = 1;

    public const int tf_flags = 136, tf_cs = 160, tf_rflags = 168;

    private static readonly ImageField[] Fields =
    [
        new(Slots.Rdi, 0), new(Slots.Rsi, 8), new(Slots.Rdx, 16), new(Slots.Rcx, 24), new(Slots.R8, 32), new(Slots.R9, 40),
        new(Slots.Rax, 48), new(Slots.Rbx, 56), new(Slots.Rbp, 64), new(Slots.R10, 72), new(Slots.R11, 80), new(Slots.General(12), 88),
        new(Slots.General(13), 96), new(Slots.General(14), 104), new(Slots.General(15), 112), new(Slots.TrapNumber, 120, 4),
        new(Selectors.Fs, 124, 2), new(Selectors.Gs, 126, 2), new(Slots.TrapAddress, 128), new(Selectors.Es, 140, 2),
        new(Selectors.Ds, 142, 2), new(Slots.ErrorCode, 144), new(Slot.Pc, 152), new(Selectors.Cs, tf_cs),
        new(Slots.Rsp, 176), new(Selectors.Ss, 184),
    ];

    public static void Save(Cpu cpu, Span<byte> frame)
    {
        foreach (var field in Fields) field.Fill(cpu, frame);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[tf_flags..], TF_HASSEGS);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[tf_rflags..], Rflags.Read(cpu));
    }

    /// <summary>The whole frame; who takes it from a program has checked flags and code selector.</summary>
    public static void Load(Cpu cpu, ReadOnlySpan<byte> frame)
    {
        foreach (var field in Fields) field.Load(cpu, frame);
        Rflags.Write(cpu, BinaryPrimitives.ReadUInt64LittleEndian(frame[tf_rflags..]));
    }
}
