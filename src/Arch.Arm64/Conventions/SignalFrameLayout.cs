namespace Arch.Arm64.Conventions;

/// <summary>struct sigframe (machine/frame.h): offsets in bytes.</summary>
internal static class sigframe
{
    public const int Bytes = 1040, sf_si = 0, sf_uc = 80;
}

/// <summary>ucontext_t (sys/_ucontext.h): offsets in bytes.</summary>
internal static class ucontext
{
    public const int Bytes = 960, uc_sigmask = 0, uc_mcontext = 16, uc_link = 896, uc_stack = 904, uc_flags = 928;

    /// <summary>stack_t within uc_stack.</summary>
    public const int ss_sp = 0, ss_size = 8, ss_flags = 16;
}

/// <summary>mcontext_t (machine/ucontext.h): offsets in bytes, and the one flag.</summary>
internal static class mcontext
{
    public const int Bytes = 880, mc_gpregs = 0, gp_spsr = 264, mc_fpregs = 272, mc_flags = 800;

    public const int _MC_FP_VALID = 1;
}
