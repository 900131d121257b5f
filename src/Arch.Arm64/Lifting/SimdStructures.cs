using Arch.Arm64.Decoding;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Loads and stores of one to four vector registers, their elements interleaved in memory (LD1 to LD4, ST1 to ST4).</summary>
internal static class SimdStructures
{
    [Encoding("0 Q 0011000 L 000000 opcode size Rn Rt", "LD1 to LD4, ST1 to ST4 (multiple structures)")]
    public static void Multiple(Lifter lifter) => Multiple(lifter, writesBack: false);

    [Encoding("0 Q 0011001 L 0 Rm opcode size Rn Rt", "LD1 to LD4, ST1 to ST4 (multiple structures, post-index)")]
    public static void MultiplePostIndex(Lifter lifter) => Multiple(lifter, writesBack: true);

    [Encoding("0 Q 0011010 L R 00000 opc3 S size Rn Rt", "LD1 to LD4, LD1R to LD4R, ST1 to ST4 (single structure)")]
    public static void Single(Lifter lifter) => Single(lifter, writesBack: false);

    [Encoding("0 Q 0011011 L R Rm opc3 S size Rn Rt", "LD1 to LD4, LD1R to LD4R, ST1 to ST4 (single structure, post-index)")]
    public static void SinglePostIndex(Lifter lifter) => Single(lifter, writesBack: true);

    private static void Multiple(Lifter lifter, bool writesBack)
    {
        // Registers, and elements of each structure.
        var (registers, elements) = lifter.Field(12, 4) switch
        {
            0b0000 => (4, 4),
            0b0010 => (4, 1),
            0b0100 => (3, 3),
            0b0110 => (3, 1),
            0b0111 => (1, 1),
            0b1000 => (2, 2),
            0b1010 => (2, 1),
            _ => (0, 0),
        };
        int size = lifter.Field(10, 2), bytes = lifter.Q ? 16 : 8;
        if (registers == 0 || (elements > 1 && size == 3 && !lifter.Q))
        {
            lifter.Reject();
            return;
        }
        var address = lifter.BaseAddress();
        if (lifter.IsSet(22))
            Load(lifter, address, registers, elements, size, bytes);
        else
            Store(lifter, address, registers, elements, size, bytes);
        if (writesBack)
            WriteBack(lifter, registers * bytes);
    }

    private static void Load(Lifter lifter, Slot address, int registers, int elements, int size, int bytes)
    {
        Span<Slot> parts = stackalloc Slot[4];
        parts = parts[..registers];
        for (int i = 0; i < registers; i++)
            parts[i] = LoadPart(lifter, bytes, address, (ulong)(bytes * i));
        if (elements > 1)
            StructureOrder.ToRegisters(lifter, parts, size, bytes);
        for (int i = 0; i < registers; i++)
        {
            var register = Lifter.V((lifter.Rt + i) & 31);
            lifter.Ir.Move(register, parts[i]);
            lifter.Ir.Move(Lifter.High(register), Lifter.High(parts[i]));
        }
    }

    private static Slot LoadPart(Lifter lifter, int bytes, Slot address, ulong displacement)
    {
        var ir = lifter.Ir;
        if (bytes == 16)
            return ir.Load128(address, displacement);
        var part = ir.Temporary128();
        ir.Append(new IrInstruction(IrOpcode.Load64, 8, part, address, default, default, displacement));
        ir.Move(Lifter.High(part), Slot.Zero);
        return part;
    }

    private static void Store(Lifter lifter, Slot address, int registers, int elements, int size, int bytes)
    {
        var ir = lifter.Ir;
        Span<Slot> parts = stackalloc Slot[4];
        parts = parts[..registers];
        for (int i = 0; i < registers; i++)
            parts[i] = Lifter.V((lifter.Rt + i) & 31);
        if (elements > 1)
            StructureOrder.ToMemory(lifter, parts, size, bytes);
        ir.ProbeWrite(registers * bytes, address);
        for (int i = 0; i < registers; i++)
        {
            if (bytes == 16)
                ir.Store128(parts[i], address, (ulong)(16 * i));
            else
                ir.Store(8, parts[i], address, default, (ulong)(8 * i));
        }
    }

    private static void Single(Lifter lifter, bool writesBack)
    {
        int opcode = lifter.Field(13, 3), size = lifter.Field(10, 2), scale = opcode >> 1;
        int registers = ((opcode & 1) << 1 | lifter.Field(21, 1)) + 1;
        bool loads = lifter.IsSet(22), replicates = scale == 3;
        int index = (lifter.Q ? 8 : 0) | (lifter.IsSet(12) ? 4 : 0) | size;
        bool isReserved = scale switch
        {
            3 => !loads || lifter.IsSet(12),
            1 => (size & 1) != 0,
            2 => size >= 2 || (size == 1 && lifter.IsSet(12)),
            _ => false,
        };
        if (isReserved)
        {
            lifter.Reject();
            return;
        }
        if (scale == 2 && size == 1)
            scale = 3;
        else if (replicates)
            scale = size;
        index >>= scale;
        var address = lifter.BaseAddress();
        if (loads)
            LoadElements(lifter, address, registers, scale, replicates ? -1 : index);
        else
            StoreElements(lifter, address, registers, scale, index);
        if (writesBack)
            WriteBack(lifter, registers << scale);
    }

    private static void LoadElements(Lifter lifter, Slot address, int registers, int scale, int index)
    {
        var ir = lifter.Ir;
        Span<Slot> values = stackalloc Slot[4];
        for (int i = 0; i < registers; i++)
            values[i] = ir.Load(1 << scale, address, default, (ulong)(i << scale));
        for (int i = 0; i < registers; i++)
        {
            int register = (lifter.Rt + i) & 31;
            if (index < 0)
                SimdCopy.Duplicate(lifter, register, values[i], scale);
            else
                SimdCopy.Insert(lifter, register, scale, index, values[i]);
        }
    }

    private static void StoreElements(Lifter lifter, Slot address, int registers, int scale, int index)
    {
        var ir = lifter.Ir;
        ir.ProbeWrite(registers << scale, address);
        for (int i = 0; i < registers; i++)
            ir.Store(1 << scale, SimdCopy.Element(lifter, (lifter.Rt + i) & 31, scale, index), address, default, (ulong)(i << scale));
    }

    // Register 31 stands for the bytes transferred.
    private static void WriteBack(Lifter lifter, int bytes)
    {
        if (lifter.Rm == 31)
            lifter.WriteBack((ulong)bytes);
        else
            lifter.Ir.Into(Lifter.XOrSp(lifter.Rn), IrOpcode.Add, Lifter.XOrSp(lifter.Rn), Lifter.X(lifter.Rm));
    }
}
