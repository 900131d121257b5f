namespace TraceKernel;

/// <summary>The register structures that a 32-bit debugger sees, made of the 64-bit ones and put back into them (fill_regs32 and its like).</summary>
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

    /// <summary>Values are extended with zeros; what has no place in the narrow structure stays as it is in <paramref name="reg"/>.</summary>
    void WidenRegs(ReadOnlySpan<byte> narrow, Span<byte> reg);

    void NarrowFpRegs(ReadOnlySpan<byte> reg, ReadOnlySpan<byte> fpreg, Span<byte> narrow);

    void WidenFpRegs(ReadOnlySpan<byte> narrow, Span<byte> fpreg);

    void NarrowDbRegs(ReadOnlySpan<byte> dbreg, Span<byte> narrow);

    void WidenDbRegs(ReadOnlySpan<byte> narrow, Span<byte> dbreg);
}
