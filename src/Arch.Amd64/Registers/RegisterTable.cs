using TraceKernel.Machine.Execution;
using TraceKernel.Abi;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Registers;

/// <summary>
/// Every amd64 register that debuggers see, once: gdb's name, number (the position) and type, its place in the ptrace images
/// (machine/reg.h), its DWARF number (System V ABI, AMD64 supplement, figure 3.36), and its slot in the CPU.
/// </summary>
internal static class RegisterTable
{
    public const string Core = "org.gnu.gdb.i386.core", Sse = "org.gnu.gdb.i386.sse", Segments = "org.gnu.gdb.i386.segments";

    /// <summary>Sizes of struct reg, struct fpreg and struct dbreg.</summary>
    public const int RegBytes = 176, FpRegBytes = 512, DbRegBytes = 128;

    /// <summary>r_cs and r_rflags of struct reg, which set_regs looks at first.</summary>
    public const int CsOffset = 144, RflagsOffset = 152;

    /// <summary>en_tw, the abridged tag word of struct fpreg, and st(0), the first of eight entries of 16 bytes that use ten.</summary>
    public const int TagOffset = 4, StackOffset = 32;

    private static readonly Entry[] Entries =
    [
        // In gdb's order of its features for amd64.
        Integer("rax", 112, Slots.Rax, 0),
        Integer("rbx", 88, Slots.Rbx, 3),
        Integer("rcx", 104, Slots.Rcx, 2, "arg4"),
        Integer("rdx", 96, Slots.Rdx, 1, "arg3"),
        Integer("rsi", 72, Slots.Rsi, 4, "arg2"),
        Integer("rdi", 64, Slots.Rdi, 5, "arg1"),
        Integer("rbp", 80, Slots.Rbp, 6, "fp", "data_ptr"),
        Integer("rsp", 160, Slots.Rsp, 7, "sp", "data_ptr"),
        Integer("r8", 56, Slots.R8, 8, "arg5"),
        Integer("r9", 48, Slots.R9, 9, "arg6"),
        Integer("r10", 40, Slots.R10, 10),
        Integer("r11", 32, Slots.R11, 11),
        Integer("r12", 24, Slots.General(12), 12),
        Integer("r13", 16, Slots.General(13), 13),
        Integer("r14", 8, Slots.General(14), 14),
        Integer("r15", 0, Slots.General(15), 15),
        Integer("rip", 136, Slot.Pc, 16, "pc", "code_ptr"),
        new(new("eflags", 32, "i386_eflags", Core, "general", RegisterImage.General, RflagsOffset, 4, "flags", 49, 49), Slot.Zero),
        Selector("cs", CsOffset, 4, Selectors.Cs, 51),
        Selector("ss", 168, 4, Selectors.Ss, 52),
        Selector("ds", 134, 2, Selectors.Ds, 53),
        Selector("es", 132, 2, Selectors.Es, 50),
        Selector("fs", 124, 2, Selectors.Fs, 54),
        Selector("gs", 126, 2, Selectors.Gs, 55),
        .. Enumerable.Range(0, 8).Select(i => Float($"st{i}", 80, "i387_ext", StackOffset + 16 * i, 10, 33 + i)),
        Float("fctrl", 32, "int", 0, 2, 65),
        Float("fstat", 32, "int", 2, 2, 66),
        Float("ftag", 32, "int", TagOffset, 1, isConverted: true),
        // FXSAVE64 stores 64-bit pointers; gdb shows their halves as the segment and offset of the 32-bit form (i387_supply_fxsave).
        Float("fiseg", 32, "int", 12, 4),
        Float("fioff", 32, "int", 8, 4),
        Float("foseg", 32, "int", 20, 4),
        Float("fooff", 32, "int", 16, 4),
        Float("fop", 32, "int", 6, 2, isConverted: true),
        .. Enumerable.Range(0, 16).Select(i => Vector($"xmm{i}", 128, "vec128", 160 + 16 * i, 17 + i)),
        Vector("mxcsr", 32, "i386_mxcsr", 24, 64),
        Base("fs_base", RegisterImage.FirstOfMachine, Slots.FsBase, 58),
        Base("gs_base", RegisterImage.SecondOfMachine, Slots.GsBase, 59),
    ];

    /// <summary>The rows; the position is gdb's number.</summary>
    public static RegisterRow[] Rows { get; } = Array.ConvertAll(Entries, entry => entry.Row);

    /// <summary>The registers of struct reg but rflags, which is gathered from its bits.</summary>
    public static ImageField[] Filled { get; } = [.. Entries.Where(entry => entry.IsInReg).Select(entry => entry.Field)];

    /// <summary>Those that set_regs stores: it ignores the data selectors.</summary>
    public static ImageField[] Stored { get; } =
        [.. Entries.Where(entry => entry.IsInReg && entry.Row.ImageBytes > 2).Select(entry => entry.Field)];

    public static int NumberOf(string name) => Array.FindIndex(Entries, entry => entry.Row.Name == name);

    private static Entry Integer(string name, int offset, Slot slot, int dwarf, string? generic = null, string type = "int64") =>
        new(new(name, 64, type, Core, "general", RegisterImage.General, offset, 8, generic, dwarf, dwarf), slot);

    private static Entry Selector(string name, int offset, int bytes, Slot slot, int dwarf) =>
        new(new(name, 32, "int32", Core, "general", RegisterImage.General, offset, bytes, null, dwarf, dwarf), slot);

    private static Entry Float(string name, int bits, string type, int offset, int bytes, int dwarf = -1, bool isConverted = false) =>
        new(new(name, bits, type, Core, "float", RegisterImage.FloatingPoint, offset, bytes, null, dwarf, dwarf) { IsConverted = isConverted }, Slot.Zero);

    private static Entry Vector(string name, int bits, string type, int offset, int dwarf) =>
        new(new(name, bits, type, Sse, "vector", RegisterImage.FloatingPoint, offset, bits / 8, null, dwarf, dwarf), Slot.Zero);

    private static Entry Base(string name, RegisterImage image, Slot slot, int dwarf) =>
        new(new(name, 64, "int", Segments, "general", image, 0, 8, null, dwarf, dwarf), slot);

    /// <summary>A row and its slot; the zero slot where more than one holds the register.</summary>
    private sealed record Entry(RegisterRow Row, Slot Slot)
    {
        public bool IsInReg => Row.Image == RegisterImage.General && Slot != Slot.Zero;

        public ImageField Field => new(Slot, Row.Offset, Row.ImageBytes);
    }
}
