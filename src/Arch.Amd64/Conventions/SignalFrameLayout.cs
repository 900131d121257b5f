namespace Arch.Amd64.Conventions;

/// <summary>struct sigframe (machine/sigframe.h): offsets in bytes.</summary>
internal static class sigframe
{
    public const int Bytes = 976, sf_handler = 0, sf_uc = 16, sf_si = 896;
}

/// <summary>ucontext_t (sys/_ucontext.h): offsets in bytes.</summary>
internal static class ucontext
{
    public const int Bytes = 880, uc_sigmask = 0, uc_mcontext = 16, uc_link = 816, uc_stack = 824, uc_flags = 848;

    /// <summary>stack_t within uc_stack.</summary>
    public const int ss_sp = 0, ss_size = 8, ss_flags = 16;
}

/// <summary>mcontext_t (machine/ucontext.h): offsets in bytes, and the values of its fields.</summary>
internal static class mcontext
{
    public const int Bytes = 800, mc_onstack = 0, mc_frame = 8, mc_flags = 144, mc_cs = 168, mc_rflags = 176, mc_len = 200,
        mc_fpformat = 208, mc_ownedfp = 216, mc_fpstate = 224, mc_fsbase = 736, mc_gsbase = 744, mc_xfpustate = 752, mc_xfpustate_len = 760;

    /// <summary>All of mc_flags: HASSEGS, HASBASES, HASFPXSTATE.</summary>
    public const int _MC_HASSEGS = 1, _MC_HASBASES = 2, _MC_HASFPXSTATE = 4, _MC_FLAG_MASK = 7;

    public const ulong _MC_FPFMT_NODEV = 0x10000, _MC_FPFMT_XMM = 0x10002;

    public const ulong _MC_FPOWNED_NONE = 0x20000, _MC_FPOWNED_FPU = 0x20001, _MC_FPOWNED_PCB = 0x20002;
}
