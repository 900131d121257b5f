namespace Arch.Arm64.Registers;

/// <summary>System registers by the numbers that MRS and MSR carry: op0, op1, CRn, CRm, op2, as bits 20–5 of the word.</summary>
internal static class SystemRegister
{
    public const int NZCV = 0xda10, DAIF = 0xda11, FPCR = 0xda20, FPSR = 0xda21, TPIDR_EL0 = 0xde82, TPIDRRO_EL0 = 0xde83, CTR_EL0 = 0xd801,
        DCZID_EL0 = 0xd807, CNTFRQ_EL0 = 0xdf00, CNTPCT_EL0 = 0xdf01, CNTVCT_EL0 = 0xdf02;

    // Identification registers of EL1, which FreeBSD reads for a program (undefined.c, user_mrs_handler).
    private const int MIDR_EL1 = 0xc000, MPIDR_EL1 = 0xc005, REVIDR_EL1 = 0xc006, FirstIdentification = 0xc008, LastIdentification = 0xc03f,
        ID_AA64PFR0_EL1 = 0xc020, ID_AA64DFR0_EL1 = 0xc028, ID_AA64ISAR0_EL1 = 0xc030, ID_AA64MMFR0_EL1 = 0xc038;

    // Floating point and SIMD as in Armv8.0, only AArch64 at EL0. Sixteen breakpoints and watchpoints. AES with PMULL, SHA1, SHA2-256,
    // CRC32, atomics. 48-bit addresses.
    private const ulong Features0 = 1, Debug0 = 0x6 | 0xfUL << 12 | 0xfUL << 20, Instructions0 = 0x0021_1120, Memory0 = 0x5;

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
            REVIDR_EL1 => 0,
            ID_AA64PFR0_EL1 => Features0,
            ID_AA64DFR0_EL1 => Debug0,
            ID_AA64ISAR0_EL1 => Instructions0,
            ID_AA64MMFR0_EL1 => Memory0,
            >= FirstIdentification and <= LastIdentification => 0,
            _ => null,
        };
        value = constant ?? 0;
        return constant is not null;
    }

    /// <summary>
    /// Registers that EL1 may open to EL0 but does not: their use is a trapped MSR, MRS or system instruction (class 0x18), not an
    /// undefined one. DAIF, the performance monitors, and the timers but for the virtual counter.
    /// </summary>
    public static bool IsTrapped(int register)
    {
        bool isUser = register >> 11 == 0x1b;
        int crn = register >> 7 & 15, crm = register >> 3 & 15;
        return register == DAIF || (isUser && ((crn == 9 && crm is >= 12 and <= 14) || (crn == 14 && (crm <= 3 || crm >= 8))));
    }
}
