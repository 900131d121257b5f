namespace Arch.Arm64.Registers;

/// <summary>System registers by the numbers that MRS and MSR carry: op0, op1, CRn, CRm, op2, as bits 20–5 of the word.</summary>
internal static class SystemRegister
{
    public const int NZCV = 0xda10, DAIF = 0xda11, FPCR = 0xda20, FPSR = 0xda21, TPIDR_EL0 = 0xde82, TPIDRRO_EL0 = 0xde83, CTR_EL0 = 0xd801,
        DCZID_EL0 = 0xd807, CNTFRQ_EL0 = 0xdf00, CNTPCT_EL0 = 0xdf01, CNTVCT_EL0 = 0xdf02;

    private const int PMUSERENR_EL0 = 0xdcf0;

    // Identification registers of EL1, which FreeBSD reads for a program (undefined.c, user_mrs_handler).
    private const int MIDR_EL1 = 0xc000, MPIDR_EL1 = 0xc005, REVIDR_EL1 = 0xc006, FirstIdentification = 0xc020, LastIdentification = 0xc03f,
        ID_AA64PFR0_EL1 = 0xc020, ID_AA64DFR0_EL1 = 0xc028, ID_AA64ISAR0_EL1 = 0xc030;

    // What FreeBSD shows of them (identcpu.c, user_cpu_desc). Floating point and SIMD as in Armv8.0, only AArch64 at EL0 and EL1. Sixteen
    // breakpoints and watchpoints. AES with PMULL, SHA1, SHA2-256, CRC32, atomics. Of the memory model nothing.
    private const ulong Features0 = 0x11, Debug0 = 0x6 | 0xfUL << 12 | 0xfUL << 20, Instructions0 = 0x0021_1120;

    // 64-byte lines; PIPT instruction cache, as Cortex-A72's.
    private const ulong CacheType = 0x8444_c004;

    // Cortex-A72, r0p0.
    private const ulong MainId = 0x410f_d080;

    private const ulong MultiprocessorId = 0x8000_0000, CounterFrequency = 1_000_000_000, ZeroBlock = 4;

    public static int Of(uint word) => (int)(word >> 5) & 0xffff;

    /// <summary>The value of a register that never changes.</summary>
    public static bool TryConstant(int register, out ulong value)
    {
        ulong? constant = register switch
        {
            CTR_EL0 => CacheType,
            DCZID_EL0 => ZeroBlock,
            CNTFRQ_EL0 => CounterFrequency,
            MIDR_EL1 => MainId,
            MPIDR_EL1 => MultiprocessorId,
            REVIDR_EL1 or PMUSERENR_EL0 => 0,
            ID_AA64PFR0_EL1 => Features0,
            ID_AA64DFR0_EL1 => Debug0,
            ID_AA64ISAR0_EL1 => Instructions0,
            >= FirstIdentification and <= LastIdentification => 0,
            _ => null,
        };
        value = constant ?? 0;
        return constant is not null;
    }

    /// <summary>
    /// Registers that EL1 may open to EL0 but does not: their use is a trapped MSR or MRS (class 0x18), not an undefined one. DAIF, the
    /// performance monitors, and the timers but for the virtual counter.
    /// </summary>
    public static bool IsTrapped(int register, bool writes)
    {
        bool isUser = register >> 11 == 0x1b;
        int group = register >> 3 & 0xff, op2 = register & 7;
        return register == DAIF || (isUser && group switch
        {
            // PMSWINC can only be written, PMCEID0 and PMCEID1 only be read.
            0x9c => writes ? op2 < 6 : op2 != 4,
            0x9d => op2 < 3,
            0x9e => op2 == 3,
            0xe0 => !writes && register == CNTPCT_EL0,
            0xe2 or 0xe3 => op2 < 3,
            >= 0xe8 and <= 0xef => true,
            _ => false,
        });
    }
}
