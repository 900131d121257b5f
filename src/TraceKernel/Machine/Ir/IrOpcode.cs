namespace TraceKernel.Machine.Ir;

/// <summary>
/// The operations that guest instructions are lifted to. <c>a</c> is the value of slot A; <c>b</c> is the value of slot B plus
/// the immediate (so that a constant is B = zero, and a plain slot has immediate 0); <c>c</c> is the value of slot C.
/// All values are 64 bits; what each means is defined once, in <see cref="Operations"/>.
/// </summary>
public enum IrOpcode : byte
{
    /// <summary>A guest instruction begins. Immediate = its address, Width = its length in bytes.</summary>
    Start,

    // dst = f(b)
    Move,
    Not,
    Negate,
    ZeroExtend8,
    ZeroExtend16,
    ZeroExtend32,
    SignExtend8,
    SignExtend16,
    SignExtend32,
    /// <summary>Bytes of the low 32 bits reversed, upper half cleared.</summary>
    ByteSwap32,
    ByteSwap64,
    /// <summary>1 when the low byte has an even number of one bits (the x86 parity flag).</summary>
    Parity8,
    PopulationCount,
    /// <summary>64 for zero.</summary>
    LeadingZeros,
    /// <summary>64 for zero.</summary>
    TrailingZeros,

    // dst = f(a, b)
    Add,
    Subtract,
    Multiply,
    MultiplyHighUnsigned,
    MultiplyHighSigned,
    /// <summary>0 when b is 0.</summary>
    DivideUnsigned,
    /// <summary>Towards zero; 0 when b is 0, and the smallest number when that is divided by −1.</summary>
    DivideSigned,
    And,
    Or,
    Xor,
    /// <summary>a &lt;&lt; b; 0 when b is 64 or more.</summary>
    ShiftLeft,
    /// <summary>a &gt;&gt; b, zeros shifted in; 0 when b is 64 or more.</summary>
    ShiftRight,
    /// <summary>a &gt;&gt; b, sign shifted in; b of 64 or more counts as 63.</summary>
    ShiftRightSigned,
    /// <summary>a rotated right by b modulo 64.</summary>
    RotateRight,
    /// <summary>The low 32 bits of a rotated right by b modulo 32, upper half cleared.</summary>
    RotateRight32,
    /// <summary>1 or 0, as all comparisons.</summary>
    Equal,
    NotEqual,
    LessUnsigned,
    LessSigned,
    LessOrEqualUnsigned,
    LessOrEqualSigned,
    /// <summary>a with its bits 0–7 replaced by those of b.</summary>
    Insert8,
    /// <summary>a with its bits 8–15 replaced by bits 0–7 of b.</summary>
    InsertHigh8,
    /// <summary>a with its bits 0–15 replaced by those of b.</summary>
    Insert16,

    // dst = f(a, b, c)
    /// <summary>c ≠ 0 ? a : b.</summary>
    Select,

    // Memory: the address is a + b. A fault leaves the block with nothing of this operation done. The width is the bytes accessed; that of
    // a load may say that it is for an update (IrInstruction.ForUpdate).
    Load8,
    Load16,
    Load32,
    Load64,
    /// <summary>Into slots dst (bytes 0–7) and dst + 1 (bytes 8–15).</summary>
    Load128,
    /// <summary>Stores the low bits of c; so do the other stores.</summary>
    Store8,
    Store16,
    Store32,
    Store64,
    /// <summary>Stores slots C and C + 1.</summary>
    Store128,
    /// <summary>Faults exactly as a store of Width bytes at a + b would, and does nothing else.</summary>
    ProbeWrite,

    /// <summary>
    /// Calls helper number Width of the instruction set with dst, A, B, C and the immediate; its trap, if any, leaves the block.
    /// </summary>
    Call,

    // Exits.
    /// <summary>Goes to the immediate.</summary>
    Goto,
    /// <summary>Goes to the immediate when a ≠ 0, otherwise on with the next operation.</summary>
    GotoIf,
    /// <summary>Goes to b.</summary>
    GotoIndirect,
    /// <summary>
    /// Raises trap Width with the program counter at b. After the instruction (an int3, a system call), the instruction has retired; at its
    /// own address (an undefined one), it has not.
    /// </summary>
    Trap,
    /// <summary>When a ≠ 0, raises trap Width with the program counter at this instruction.</summary>
    TrapIf,
}
