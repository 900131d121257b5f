using System.Runtime.InteropServices;
using TraceKernel.Abi;
using static TraceKernel.Abi.Clocks;

namespace TraceKernel.Syscalls;

/// <summary>Setting and correcting the time of day: kern_time.c and kern_ntptime.c. Only root may.</summary>
internal static class ClockAdjustmentCalls
{
    private const int MOD_FREQUENCY = 2, MOD_MAXERROR = 4, MOD_ESTERROR = 8, MOD_STATUS = 0x10, MOD_TIMECONST = 0x20, MOD_TAI = 0x80,
        MOD_MICRO = 0x1000, MOD_NANO = 0x2000, MOD_CLKB = 0x4000, MOD_CLKA = 0x8000;
    private const int STA_PLL = 1, STA_UNSYNC = 0x40, STA_CLOCKERR = 0x1000, STA_NANO = 0x2000, STA_CLK = 0x8000, STA_RONLY = 0xff00;
    private const int TIME_OK = 0, TIME_ERROR = 5;

    /// <summary>MAXPHASE in microseconds, MAXFREQ in nanoseconds a second, MAXTC, SCALE_PPM.</summary>
    private const long MaximumError = 500_000, MaximumFrequency = 500_000, MaximumConstant = 10, FrequencyScale = 65;

    /// <summary>The latest time that settime takes, in seconds: some 8000 years.</summary>
    private const long MaximumSeconds = 8000L * 365 * 24 * 60 * 60;

    /// <summary>struct timex.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 136)]
    internal struct timex
    {
        [FieldOffset(0)] public int modes;
        [FieldOffset(8)] public long offset;
        [FieldOffset(16)] public long freq;
        [FieldOffset(24)] public long maxerror;
        [FieldOffset(32)] public long esterror;
        [FieldOffset(40)] public int status;
        [FieldOffset(48)] public long constant;
        [FieldOffset(56)] public long precision;
        [FieldOffset(64)] public long tolerance;
        // The rest is of a kernel with PPS_SYNC.

        /// <summary>What ntp_adjtime shows at boot.</summary>
        public static timex Initial => new() { maxerror = MaximumError, esterror = MaximumError, status = STA_UNSYNC, tolerance = MaximumFrequency * FrequencyScale };
    }

    /// <summary>struct ntptimeval.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct ntptimeval(timespec time, long maxerror, long esterror, long tai, long time_state);

    [Syscall(122, "int settimeofday(const struct timeval *tv, const struct timezone *tzp)")]
    internal static Errno settimeofday(SystemCall call)
    {
        var time = default(timeval);
        if (call[0] != 0 && call.CopyIn(call[0], out time) is not Errno.None and var error) return error;
        // struct timezone: two ints that nobody looks at.
        if (call[1] != 0 && (error = call.CopyIn<long>(call[1], out _)) != Errno.None) return error;
        if (!call.Process.Credentials.IsHostSuperUser) return Errno.EPERM;
        if (call[0] == 0) return Errno.None;
        if (time.tv_usec is < 0 or >= 1_000_000 || time.tv_sec is < 0 or > MaximumSeconds) return Errno.EINVAL;
        return Set(call, time.tv_sec, time.tv_usec);
    }

    [Syscall(233, "int clock_settime(clockid_t clock_id, const struct timespec *tp)")]
    internal static Errno clock_settime(SystemCall call)
    {
        if (call.CopyIn<timespec>(call[1], out var time) is not Errno.None and var error) return error;
        if (!call.Process.Credentials.IsHostSuperUser) return Errno.EPERM;
        if (call.Int(0) != CLOCK_REALTIME) return Errno.EINVAL;
        if (time.tv_nsec is < 0 or >= NanosecondsPerSecond || time.tv_sec is < 0 or > MaximumSeconds) return Errno.EINVAL;
        return Set(call, time.tv_sec, time.tv_nsec / 1000);
    }

    /// <summary>settime. EPERM under a securelevel above 1, where the clock moves little; EINVAL for a time that 64 bits of nanoseconds cannot hold.</summary>
    private static Errno Set(SystemCall call, long seconds, long microseconds)
    {
        if (call.Kernel.Security.SecureLevel > 1) return Errno.EPERM;
        var time = (Int128)seconds * NanosecondsPerSecond + microseconds * 1000;
        if (time > long.MaxValue / 2) return Errno.EINVAL;
        call.Kernel.Scheduler.TimeOfDay.Set(call.Kernel.Uptime, (long)time);
        return Errno.None;
    }

    [Syscall(140, "int adjtime(const struct timeval *delta, struct timeval *olddelta)")]
    internal static Errno adjtime(SystemCall call)
    {
        var (clock, now) = (call.Kernel.Scheduler.TimeOfDay, call.Kernel.Uptime);
        var remaining = clock.Remaining(now);
        if (call[0] != 0)
        {
            if (call.CopyIn<timeval>(call[0], out var delta) is not Errno.None and var error) return error;
            if (!call.Process.Credentials.IsHostSuperUser) return Errno.EPERM;
            // Beyond that no correction ever ends; the kernel's product would overflow.
            const long Most = long.MaxValue / 2_000_000;
            clock.Correct(now, Math.Clamp(delta.tv_sec, -Most, Most) * 1_000_000 + Math.Clamp(delta.tv_usec, -Most, Most));
        }
        if (call[1] == 0) return Errno.None;
        var (whole, rest) = Math.DivRem(remaining, 1_000_000);
        return call.CopyOut(call[1], rest < 0 ? new timeval(whole - 1, rest + 1_000_000) : new timeval(whole, rest));
    }

    [Syscall(248, "int ntp_gettime(struct ntptimeval *ntvp)")]
    internal static Errno ntp_gettime(SystemCall call)
    {
        ref var state = ref call.Kernel.ClockState;
        var image = new ntptimeval(timespec.Of(call.Kernel.RealTime), state.Values.maxerror, state.Values.esterror, state.Tai, State(state.Values));
        var error = call.CopyOut(call[0], image);
        return error == Errno.None ? call.Return(State(state.Values)) : error;
    }

    [Syscall(176, "int ntp_adjtime(struct timex *tp)", Lacks = "MOD_OFFSET moves nothing: there is no phase-locked loop.")]
    internal static Errno ntp_adjtime(SystemCall call)
    {
        if (call.CopyIn<timex>(call[0], out var wanted) is not Errno.None and var error) return error;
        if (wanted.modes != 0 && !call.Process.Credentials.IsHostSuperUser) return Errno.EPERM;
        ref var state = ref call.Kernel.ClockState;
        Change(call, ref state, wanted);
        var shown = state.Values;
        shown.modes = wanted.modes;
        shown.precision = (shown.status & STA_NANO) != 0 ? 1 : 0;
        // What PPS_SYNC would fill stays as the caller had it; it lies behind what is written.
        var image = new byte[72];
        MemoryMarshal.AsBytes(new ReadOnlySpan<timex>(in shown))[..image.Length].CopyTo(image);
        error = call.Memory.CopyOut(call[0], image);
        return error == Errno.None ? call.Return(State(shown)) : error;
    }

    /// <summary>The first half of kern_ntp_adjtime.</summary>
    private static void Change(SystemCall call, ref (timex Values, long Tai) state, in timex wanted)
    {
        ref var values = ref state.Values;
        if ((wanted.modes & MOD_MAXERROR) != 0) values.maxerror = wanted.maxerror;
        if ((wanted.modes & MOD_ESTERROR) != 0) values.esterror = wanted.esterror;
        if ((wanted.modes & MOD_STATUS) != 0)
        {
            if ((values.status & STA_PLL) != 0 && (wanted.status & STA_PLL) == 0) values.status = STA_UNSYNC;
            values.status = (values.status & STA_RONLY) | (wanted.status & ~STA_RONLY);
        }
        if ((wanted.modes & MOD_TIMECONST) != 0) values.constant = Math.Clamp(wanted.constant, 0, MaximumConstant);
        if ((wanted.modes & MOD_TAI) != 0 && wanted.constant > 0) state.Tai = wanted.constant;
        if ((wanted.modes & MOD_NANO) != 0) values.status |= STA_NANO;
        if ((wanted.modes & MOD_MICRO) != 0) values.status &= ~STA_NANO;
        if ((wanted.modes & MOD_CLKB) != 0) values.status |= STA_CLK;
        if ((wanted.modes & MOD_CLKA) != 0) values.status &= ~STA_CLK;
        if ((wanted.modes & MOD_FREQUENCY) == 0) return;
        // The unit is 2^-16 of a part in a million.
        var frequency = (long)Int128.Clamp((Int128)wanted.freq * 1000 >> 16, -MaximumFrequency, MaximumFrequency);
        values.freq = (frequency << 16) / 1000;
        call.Kernel.Scheduler.TimeOfDay.SetFrequency(call.Kernel.Uptime, frequency);
    }

    /// <summary>ntp_is_time_error.</summary>
    private static int State(in timex values) => (values.status & (STA_UNSYNC | STA_CLOCKERR)) != 0 ? TIME_ERROR : TIME_OK;
}
