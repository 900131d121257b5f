using Iced.Intel;
using static Arch.Amd64.Tests.Uncompared;

namespace Arch.Amd64.Tests;

/// <summary>
/// The table of <see cref="ProcessorDifference"/>s. Intel's column was measured on a Xeon of family 6, model 207; AMD's on an EPYC.
/// Flags that the manuals leave undefined are in <see cref="UndefinedFlags"/>.
/// </summary>
internal static class ProcessorDifferences
{
    private const uint MisalignedExceptionMask = 1 << 17;
    private const int XmmAt = 160;

    public static IReadOnlyList<ProcessorDifference> All { get; } =
    [
        new("which NaN DPPS and DPPD give", Makers.Amd,
            "in DPPS each lane's neighbour first, then its own pair; in DPPD each lane's own product first",
            "the lowest product first, the same in all lanes")
        {
            Reconcile = AcceptOtherNaNs,
            InCase = end => end.Has(IsDotProduct) ? Uncompared.All : Nothing,
        },
        new("a store of the x87 that an unmasked exception suppresses", Makers.Amd,
            "does not access its memory", "faults when its memory cannot be written")
        {
            InCase = end => end.HasFaulted && end.Has(IsX87Store) ? Uncompared.All : Nothing,
        },
        new("the address of a fault of MASKMOVDQU", Makers.Amd, "the high half is looked at first", "the low half is")
        {
            InCase = end => end.Has(code => code.Mnemonic() == Mnemonic.Maskmovdqu) ? FaultAddress : Nothing,
        },
        new("a store of an MMX register that faults", Makers.Intel,
            "leaves the x87 as it was (Intel SDM volume 3, 6.5)", "has set TOP to 0, though not the tags")
        {
            InCase = end => IsMmxStore(end.Last) ? X87 : Nothing,
        },
        new("MASKMOVQ that faults", Makers.Both, "leaves the x87 as it was", "has entered the MMX state")
        {
            InCase = end => end.Last.Mnemonic() == Mnemonic.Maskmovq ? X87 : Nothing,
        },
        new("conversions to and from MMX registers that fault, but with #XM", Makers.Amd,
            "leave the x87 as it was", "have entered the MMX state")
        {
            InCase = end => IsMmxConversion(end.Last) ? X87 : Nothing,
        },
        new("flags when a repeated CMPS or SCAS is stopped before its end", Makers.Amd,
            "are those from before the instruction (Intel SDM volume 2, REP)", "are those of the last iteration")
        {
            InCase = end => end.Last.Mnemonic() is Mnemonic.Cmpsb or Mnemonic.Cmpsw or Mnemonic.Cmpsd or Mnemonic.Cmpsq or
                Mnemonic.Scasb or Mnemonic.Scasw or Mnemonic.Scasd or Mnemonic.Scasq ? Flags : Nothing,
        },
        new("FSTP m80 and FBSTP whose last two bytes cannot be written", Makers.Intel, "write nothing", "have written the first eight")
        {
            InCase = end => end.Last.Mnemonic() is Mnemonic.Fstp or Mnemonic.Fbstp ? BytesBeforeFault : Nothing,
        },
        new("the order of accesses to an image of many fields", Makers.Both,
            "its first byte that cannot be accessed is the address of a fault", "as they like")
        {
            InCase = end => end.Has(IsImage) ? FaultAddress : Nothing,
        },
        new("MXCSR bit 17, the misaligned exception mask", Makers.Amd, "reserved: #GP", "exists")
        {
            InCase = end => (end.Mxcsr & MisalignedExceptionMask) != 0 ? Uncompared.All : Nothing,
        },
        new("instruction, operand and opcode of the last x87 instruction", Makers.Both,
            "kept for every instruction that accesses the stack", "kept for all, for those with an exception, or in part"),
        new("ENTER of a nested frame that faults", Makers.Both, "has written nothing", "has written below the stack pointer"),
        new("RCPPS and RSQRTPS", Makers.Both, "the exact result cut to 13 bits", "within a relative error of 1.5 × 2^−12")
        {
            IsLeftOut = code => code.Mnemonic() is Mnemonic.Rcpps or Mnemonic.Rcpss or Mnemonic.Rsqrtps or Mnemonic.Rsqrtss,
        },
        new("the last bit of transcendental functions (TranscendentalTests)", Makers.Both, "correctly rounded", "not always")
        {
            IsLeftOut = code => code.Mnemonic() is Mnemonic.Fsin or Mnemonic.Fcos or Mnemonic.Fsincos or Mnemonic.Fptan or
                Mnemonic.Fpatan or Mnemonic.F2xm1 or Mnemonic.Fyl2x or Mnemonic.Fyl2xp1,
        },
        new("near branches with an operand-size prefix in 64-bit mode", Makers.Amd, "the prefix is ignored", "the target is cut to 16 bits")
        {
            IsLeftOut = InstructionRows.IsNearBranchOf16Bits,
        },
        new("MOVSXD of 16 bits", Makers.Amd, "reads two bytes", "reads four")
        {
            InCase = end => end.HasFaulted && end.Has(code => code == Code.Movsxd_r16_rm16) ? Uncompared.All : Nothing,
        },
        new("UD0", Makers.Both, "has a ModRM byte", "has one, or none") { IsLeftOut = code => code.Mnemonic() == Mnemonic.Ud0 },
        new("reserved NOPs", Makers.Both, "do nothing", "differ in which are undefined")
        {
            IsLeftOut = code => code.Mnemonic() == Mnemonic.Reservednop,
        },
    ];

    /// <summary>The row for which a code is never executed on the host; null when there is none.</summary>
    public static ProcessorDifference? LeavingOut(Code code) => All.FirstOrDefault(row => row.IsLeftOut(code));

    /// <summary>What of a case's outcome is not compared with this host.</summary>
    public static Uncompared InCase(CaseEnd end) =>
        All.Where(row => row.IsOfHost).Aggregate(Nothing, (sum, row) => sum | row.InCase(end));

    /// <summary>Makes the host's result of one instruction the machine's where the two may differ.</summary>
    public static void Reconcile(ReadOnlySpan<byte> code, MachineState expected, MachineState actual)
    {
        Decoder.Create(64, code.ToArray(), Layout.Instruction).Decode(out var instruction);
        foreach (var row in All.Where(row => row.IsOfHost))
            row.Reconcile(instruction, expected, actual);
    }

    private static bool IsDotProduct(Code code) => code.Mnemonic() is Mnemonic.Dpps or Mnemonic.Dppd;

    private static bool IsX87Store(Code code) => code.Mnemonic() is Mnemonic.Fst or Mnemonic.Fstp or Mnemonic.Fist or Mnemonic.Fistp or
        Mnemonic.Fisttp or Mnemonic.Fbstp;

    private static bool IsMmxStore(Code code) => code is Code.Movd_rm32_mm or Code.Movq_rm64_mm or Code.Movq_mmm64_mm or Code.Movntq_m64_mm;

    private static bool IsMmxConversion(Code code) => code.Mnemonic() is Mnemonic.Cvtpi2ps or Mnemonic.Cvtps2pi or Mnemonic.Cvttps2pi or
        Mnemonic.Cvtpd2pi or Mnemonic.Cvttpd2pi;

    private static bool IsImage(Code code) => code.Mnemonic() is Mnemonic.Fnstenv or Mnemonic.Fldenv or Mnemonic.Fnsave or
        Mnemonic.Frstor or Mnemonic.Fxsave or Mnemonic.Fxsave64 or Mnemonic.Fxrstor or Mnemonic.Fxrstor64;

    /// <summary>Takes one NaN for another in the destination of a dot product.</summary>
    private static void AcceptOtherNaNs(Instruction instruction, MachineState expected, MachineState actual)
    {
        if (!IsDotProduct(instruction.Code))
            return;
        int at = XmmAt + 16 * (instruction.Op0Register - Register.XMM0), size = instruction.Mnemonic == Mnemonic.Dpps ? 4 : 8;
        for (int lane = at; lane < at + 16; lane += size)
        {
            if (IsNaN(expected.Fx.AsSpan(lane, size)) && IsNaN(actual.Fx.AsSpan(lane, size)))
                actual.Fx.AsSpan(lane, size).CopyTo(expected.Fx.AsSpan(lane));
        }
    }

    private static bool IsNaN(ReadOnlySpan<byte> bits) =>
        bits.Length == 4 ? float.IsNaN(BitConverter.ToSingle(bits)) : double.IsNaN(BitConverter.ToDouble(bits));
}
