namespace TraceKernel;

/// <summary>
/// The register structures that a 32-bit debugger sees, made of the 64-bit ones and put back into them (fill_regs32 and its like).
/// </summary>
public interface IIlp32Layout
{
    /// <summary>sizeof(struct reg32).</summary>
    int RegBytes { get; }

    /// <summary>sizeof(struct fpreg32).</summary>
    int FpRegBytes { get; }

    /// <summary>sizeof(struct dbreg32).</summary>
    int DbRegBytes { get; }

    /// <summary>What fits: values are cut to 32 bits, what has no place is left out.</summary>
    void NarrowRegs(ReadOnlySpan<byte> reg, Span<byte> narrow);

    /// <summary>
    /// Values are extended with zeros; what has no place in the narrow structure stays as it is in <paramref name="reg"/>.
    /// </summary>
    void WidenRegs(ReadOnlySpan<byte> narrow, Span<byte> reg);

    void NarrowFpRegs(ReadOnlySpan<byte> reg, ReadOnlySpan<byte> fpreg, Span<byte> narrow);

    void WidenFpRegs(ReadOnlySpan<byte> narrow, Span<byte> fpreg);

    void NarrowDbRegs(ReadOnlySpan<byte> dbreg, Span<byte> narrow);

    void WidenDbRegs(ReadOnlySpan<byte> narrow, Span<byte> dbreg);

    /// <summary>What a request from PT_FIRSTMACH on is to a 64-bit debugger.</summary>
    Ilp32MachineRequest MachineRequest(int request);
}

/// <summary>A 32-bit debugger's machine-dependent request.</summary>
/// <param name="Request">A 64-bit debugger's that does the same.</param>
/// <param name="Bytes">The size of its structure, where that is not the same; its beginning is.</param>
/// <param name="NativeBytes">The size of a 64-bit debugger's.</param>
/// <param name="HasSizeInData"><c>data</c> must be the size.</param>
/// <param name="NeedsNarrowTarget">EINVAL unless the target is of 32 bits, too.</param>
public readonly record struct Ilp32MachineRequest(
    int Request, int Bytes = 0, int NativeBytes = 0, bool HasSizeInData = false, bool NeedsNarrowTarget = false);
