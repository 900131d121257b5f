using TraceKernel.Files;

namespace TraceKernel.Processes;

/// <summary>p_tracevp, p_tracecred and p_traceflag: where the records of a process go, for whom, and which.</summary>
/// <param name="file">With a reference of its own.</param>
/// <param name="tracer">Who set it.</param>
/// <param name="facilities">KTRFAC_*.</param>
internal sealed class KernelTrace(OpenFile file, Credentials tracer, uint facilities)
{
    public OpenFile File => file;
    public Credentials Tracer => tracer;
    public uint Facilities => facilities;

    /// <summary>KTRPOINT: whether records of that kind, KTR_*, are wanted.</summary>
    public bool Wants(int kind) => (facilities & 1u << kind) != 0;
}
