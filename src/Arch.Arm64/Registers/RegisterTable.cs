using TraceKernel.Machine.Execution;
using TraceKernel.Abi;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Registers;

/// <summary>
/// Every arm64 register that debuggers see, once: gdb's name, number (the position) and type, its place in the ptrace images
/// (machine/reg.h), its DWARF number (DWARF for the Arm 64-bit Architecture, 4.1), and its slot in the CPU.
/// </summary>
internal static class RegisterTable
{
    public const string Core = "org.gnu.gdb.aarch64.core", Fpu = "org.gnu.gdb.aarch64.fpu", Tls = "org.gnu.gdb.aarch64.tls";

    /// <summary>Sizes of struct reg, struct fpreg and struct dbreg.</summary>
    public const int RegBytes = 272, FpRegBytes = 528, DbRegBytes = 520;

    /// <summary>Size of struct dbreg as it was before debuggers could use it.</summary>
    public const int OlderDbRegBytes = 4;

    /// <summary>spsr of struct reg; fp_sr and fp_cr of struct fpreg.</summary>
    public const int SpsrOffset = 264, FpsrOffset = 512, FpcrOffset = 516;

    /// <summary>The registers of struct reg but spsr, which is gathered from its bits. gpregs of mcontext_t has the same shape.</summary>
    public static ImageField[] General { get; } =
    [
        .. Enumerable.Range(0, 30).Select(number => new ImageField(Slots.General(number), 8 * number)),
        new(Slots.Lr, 240), new(Slots.Sp, 248), new(Slot.Pc, 256),
    ];

    /// <summary>The rows; the position is gdb's number.</summary>
    public static RegisterRow[] Rows { get; } =
    [
        .. Enumerable.Range(0, 30).Select(number => Integer($"x{number}", 8 * number, number, RoleOf(number))),
        Integer("x30", 240, 30, "ra"),
        Integer("sp", 248, 31, "sp", "data_ptr"),
        Integer("pc", 256, 32, "pc", "code_ptr"),
        new("cpsr", 32, "cpsr_flags", Core, "general", RegisterImage.General, SpsrOffset, 4, "flags", 33, 33),
        .. Enumerable.Range(0, 32).Select(number => new RegisterRow(
            $"v{number}", 128, "aarch64v", Fpu, "vector", RegisterImage.FloatingPoint, 16 * number, 16, null, 64 + number, 64 + number)),
        new("fpsr", 32, "int", Fpu, "float", RegisterImage.FloatingPoint, FpsrOffset, 4),
        new("fpcr", 32, "int", Fpu, "float", RegisterImage.FloatingPoint, FpcrOffset, 4),
        new("tpidr", 64, "data_ptr", Tls, "system", RegisterImage.FirstOfMachine, 0, 8, "tp", 36, 36),
    ];

    public static int NumberOf(string name) => Array.FindIndex(Rows, row => row.Name == name);

    private static RegisterRow Integer(string name, int offset, int dwarf, string? generic, string type = "int") =>
        new(name, 64, type, Core, "general", RegisterImage.General, offset, 8, generic, dwarf, dwarf);

    // x0 to x7 carry arguments; x29 is the frame pointer.
    private static string? RoleOf(int number) => number switch { < 8 => $"arg{number + 1}", 29 => "fp", _ => null };
}
