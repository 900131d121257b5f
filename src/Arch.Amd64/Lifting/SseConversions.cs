using Arch.Amd64.Helpers;
using Iced.Intel;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Lifting;

/// <summary>Conversions of SSE and SSE2 between singles, doubles and integers.</summary>
internal static class SseConversions
{
    [Lifts(Mnemonic.Cvtsi2ss)]
    public static void Cvtsi2ss(Lifter lifter) => FromInteger(lifter, SseConversion.Cvtsi2ss32, SseConversion.Cvtsi2ss64);

    [Lifts(Mnemonic.Cvtsi2sd)]
    public static void Cvtsi2sd(Lifter lifter) => FromInteger(lifter, SseConversion.Cvtsi2sd32, SseConversion.Cvtsi2sd64);

    [Lifts(Mnemonic.Cvtss2si)]
    public static void Cvtss2si(Lifter lifter) => ToInteger(lifter, 4, SseConversion.Cvtss2si32, SseConversion.Cvtss2si64);

    [Lifts(Mnemonic.Cvttss2si)]
    public static void Cvttss2si(Lifter lifter) => ToInteger(lifter, 4, SseConversion.Cvttss2si32, SseConversion.Cvttss2si64);

    [Lifts(Mnemonic.Cvtsd2si)]
    public static void Cvtsd2si(Lifter lifter) => ToInteger(lifter, 8, SseConversion.Cvtsd2si32, SseConversion.Cvtsd2si64);

    [Lifts(Mnemonic.Cvttsd2si)]
    public static void Cvttsd2si(Lifter lifter) => ToInteger(lifter, 8, SseConversion.Cvttsd2si32, SseConversion.Cvttsd2si64);

    [Lifts(Mnemonic.Cvtss2sd)]
    public static void Cvtss2sd(Lifter lifter) => lifter.ScalarOperation(SseConversion.Cvtss2sd, 4);

    [Lifts(Mnemonic.Cvtsd2ss)]
    public static void Cvtsd2ss(Lifter lifter) => lifter.ScalarOperation(SseConversion.Cvtsd2ss, 8);

    [Lifts(Mnemonic.Cvtps2pd)]
    public static void Cvtps2pd(Lifter lifter) => lifter.ScalarOperation(SseConversion.Cvtps2pd, 8);

    [Lifts(Mnemonic.Cvtdq2pd)]
    public static void Cvtdq2pd(Lifter lifter) => lifter.ScalarOperation(SseConversion.Cvtdq2pd, 8);

    [Lifts(Mnemonic.Cvtpd2ps)]
    public static void Cvtpd2ps(Lifter lifter) => lifter.Packed(SseConversion.Cvtpd2ps);

    [Lifts(Mnemonic.Cvtdq2ps)]
    public static void Cvtdq2ps(Lifter lifter) => lifter.Packed(SseConversion.Cvtdq2ps);

    [Lifts(Mnemonic.Cvtps2dq)]
    public static void Cvtps2dq(Lifter lifter) => lifter.Packed(SseConversion.Cvtps2dq);

    [Lifts(Mnemonic.Cvttps2dq)]
    public static void Cvttps2dq(Lifter lifter) => lifter.Packed(SseConversion.Cvttps2dq);

    [Lifts(Mnemonic.Cvtpd2dq)]
    public static void Cvtpd2dq(Lifter lifter) => lifter.Packed(SseConversion.Cvtpd2dq);

    [Lifts(Mnemonic.Cvttpd2dq)]
    public static void Cvttpd2dq(Lifter lifter) => lifter.Packed(SseConversion.Cvttpd2dq);

    [Lifts(Mnemonic.Cvtpi2ps)]
    public static void Cvtpi2ps(Lifter lifter) => FromMmx(lifter, MmxConversion.Cvtpi2ps);

    [Lifts(Mnemonic.Cvtpi2pd)]
    public static void Cvtpi2pd(Lifter lifter) => FromMmx(lifter, SseConversion.Cvtdq2pd);

    [Lifts(Mnemonic.Cvtps2pi)]
    public static void Cvtps2pi(Lifter lifter) => ToMmx(lifter, MmxConversion.Cvtps2pi);

    [Lifts(Mnemonic.Cvttps2pi)]
    public static void Cvttps2pi(Lifter lifter) => ToMmx(lifter, MmxConversion.Cvttps2pi);

    [Lifts(Mnemonic.Cvtpd2pi)]
    public static void Cvtpd2pi(Lifter lifter) => ToMmx(lifter, MmxConversion.Cvtpd2pi);

    [Lifts(Mnemonic.Cvttpd2pi)]
    public static void Cvttpd2pi(Lifter lifter) => ToMmx(lifter, MmxConversion.Cvttpd2pi);

    private static void FromInteger(Lifter lifter, Helper from32, Helper from64) =>
        lifter.Call(lifter.Size(1) == 8 ? from64 : from32, lifter.Xmm(0), b: lifter.Read(1));

    private static void ToInteger(Lifter lifter, int size, Helper to32, Helper to64)
    {
        var result = lifter.Ir.Temporary();
        lifter.Call(lifter.Size(0) == 8 ? to64 : to32, result, b: lifter.Scalar(1, size));
        lifter.Write(0, result);
    }

    /// <summary>From memory neither touches the x87 state (Intel SDM volume 2, CVTPI2PD; AMD processors treat CVTPI2PS alike).</summary>
    private static void FromMmx(Lifter lifter, Helper helper)
    {
        bool enters = !lifter.IsMemory(1);
        if (enters)
            lifter.TrapWaitingError();
        lifter.Call(helper, lifter.Xmm(0), b: lifter.Source(1), immediate: enters ? 1u : 0);
        if (enters)
            lifter.EnterMmxState();
    }

    private static void ToMmx(Lifter lifter, Helper helper)
    {
        lifter.TrapWaitingError();
        var result = lifter.Ir.Temporary();
        lifter.Call(helper, result, b: lifter.Source(1));
        lifter.WriteMmx(0, result);
        lifter.EnterMmxState();
    }
}
