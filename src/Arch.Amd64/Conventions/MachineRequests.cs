using System.Buffers.Binary;
using Arch.Amd64.Registers;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using static TraceKernel.Abi.Ptrace;

namespace Arch.Amd64.Conventions;

/// <summary>cpu_ptrace (sys/amd64/amd64/ptrace_machdep.c) and the other machine-dependent parts of ptrace.</summary>
internal static class MachineRequests
{
    /// <summary>The numbers that GETXSTATE_OLD and SETXSTATE_OLD had first.</summary>
    private const int FirstXState = 64;

    public static Errno Perform(Cpu cpu, int request, Span<byte> image, int data)
    {
        switch (request)
        {
            case >= FirstXState and <= PT_SETXSTATE:
                return ExtendedState.Perform(cpu, Renumbered(request), image, data);
            case PT_GETFSBASE:
                BinaryPrimitives.WriteUInt64LittleEndian(image, cpu[Slots.FsBase]);
                return Errno.None;
            case PT_GETGSBASE:
                BinaryPrimitives.WriteUInt64LittleEndian(image, cpu[Slots.GsBase]);
                return Errno.None;
            case PT_SETFSBASE:
                return SegmentBases.SetFs(cpu, BinaryPrimitives.ReadUInt64LittleEndian(image));
            case PT_SETGSBASE:
                return SegmentBases.SetGs(cpu, BinaryPrimitives.ReadUInt64LittleEndian(image));
            default:
                return Errno.EINVAL;
        }
    }

    public static (int Input, int Output) Bytes(int request, int data) => request switch
    {
        >= FirstXState and <= PT_SETXSTATE => ExtendedState.Bytes(Renumbered(request), data),
        PT_GETFSBASE or PT_GETGSBASE => (0, sizeof(ulong)),
        PT_SETFSBASE or PT_SETGSBASE => (sizeof(ulong), 0),
        _ => (0, 0),
    };

    private static int Renumbered(int request) => request < PT_GETXSTATE_OLD ? request + PT_GETXSTATE_OLD - FirstXState : request;

    /// <summary>ptrace_set_pc: any address.</summary>
    public static Errno SetPc(Cpu cpu, ulong pc)
    {
        cpu.Pc = pc;
        Pcb.RequireFullReturn(cpu);
        return Errno.None;
    }

    public static bool SingleStep(Cpu cpu)
    {
        var wasClear = cpu[Slots.TF] == 0;
        cpu[Slots.TF] = 1;
        return wasClear;
    }
}
