namespace TraceKernel.Machine.Ir;

/// <summary>
/// One 64-bit cell of a CPU's register file: an architectural register, a one-bit flag, half of a vector, or a temporary.
/// An instruction set numbers its registers from 2; temporaries follow, and live inside one guest instruction.
/// </summary>
/// <param name="Index">Position in the register file, in units of eight bytes.</param>
public readonly record struct Slot(ushort Index)
{
    /// <summary>Always reads as 0 and is never written.</summary>
    public static readonly Slot Zero = new(0);

    /// <summary>The program counter; exact between guest instructions and at every exit.</summary>
    public static readonly Slot Pc = new(1);

    /// <summary>First number an instruction set may give to a register of its own.</summary>
    public const ushort FirstRegister = 2;

    public override string ToString() => $"s{Index}";
}
