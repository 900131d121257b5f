using Arch.Amd64.Helpers;
using Iced.Intel;

namespace Arch.Amd64.Lifting;

/// <summary>Floating-point arithmetic of SSE and SSE2; methods are named as the instructions.</summary>
internal static class SseFloats
{
    [Lifts(Mnemonic.Addss)]
    public static void Addss(Lifter lifter) => lifter.ScalarOperation(SseFloat.Addss, 4);

    [Lifts(Mnemonic.Addsd)]
    public static void Addsd(Lifter lifter) => lifter.ScalarOperation(SseFloat.Addsd, 8);

    [Lifts(Mnemonic.Addps)]
    public static void Addps(Lifter lifter) => lifter.Packed(SseFloat.Addps);

    [Lifts(Mnemonic.Addpd)]
    public static void Addpd(Lifter lifter) => lifter.Packed(SseFloat.Addpd);

    [Lifts(Mnemonic.Subss)]
    public static void Subss(Lifter lifter) => lifter.ScalarOperation(SseFloat.Subss, 4);

    [Lifts(Mnemonic.Subsd)]
    public static void Subsd(Lifter lifter) => lifter.ScalarOperation(SseFloat.Subsd, 8);

    [Lifts(Mnemonic.Subps)]
    public static void Subps(Lifter lifter) => lifter.Packed(SseFloat.Subps);

    [Lifts(Mnemonic.Subpd)]
    public static void Subpd(Lifter lifter) => lifter.Packed(SseFloat.Subpd);

    [Lifts(Mnemonic.Mulss)]
    public static void Mulss(Lifter lifter) => lifter.ScalarOperation(SseFloat.Mulss, 4);

    [Lifts(Mnemonic.Mulsd)]
    public static void Mulsd(Lifter lifter) => lifter.ScalarOperation(SseFloat.Mulsd, 8);

    [Lifts(Mnemonic.Mulps)]
    public static void Mulps(Lifter lifter) => lifter.Packed(SseFloat.Mulps);

    [Lifts(Mnemonic.Mulpd)]
    public static void Mulpd(Lifter lifter) => lifter.Packed(SseFloat.Mulpd);

    [Lifts(Mnemonic.Divss)]
    public static void Divss(Lifter lifter) => lifter.ScalarOperation(SseFloat.Divss, 4);

    [Lifts(Mnemonic.Divsd)]
    public static void Divsd(Lifter lifter) => lifter.ScalarOperation(SseFloat.Divsd, 8);

    [Lifts(Mnemonic.Divps)]
    public static void Divps(Lifter lifter) => lifter.Packed(SseFloat.Divps);

    [Lifts(Mnemonic.Divpd)]
    public static void Divpd(Lifter lifter) => lifter.Packed(SseFloat.Divpd);

    [Lifts(Mnemonic.Sqrtss)]
    public static void Sqrtss(Lifter lifter) => lifter.ScalarOperation(SseFloat.Sqrtss, 4);

    [Lifts(Mnemonic.Sqrtsd)]
    public static void Sqrtsd(Lifter lifter) => lifter.ScalarOperation(SseFloat.Sqrtsd, 8);

    [Lifts(Mnemonic.Sqrtps)]
    public static void Sqrtps(Lifter lifter) => lifter.Packed(SseFloat.Sqrtps);

    [Lifts(Mnemonic.Sqrtpd)]
    public static void Sqrtpd(Lifter lifter) => lifter.Packed(SseFloat.Sqrtpd);

    [Lifts(Mnemonic.Minss)]
    public static void Minss(Lifter lifter) => lifter.ScalarOperation(SseFloat.Minss, 4);

    [Lifts(Mnemonic.Minsd)]
    public static void Minsd(Lifter lifter) => lifter.ScalarOperation(SseFloat.Minsd, 8);

    [Lifts(Mnemonic.Minps)]
    public static void Minps(Lifter lifter) => lifter.Packed(SseFloat.Minps);

    [Lifts(Mnemonic.Minpd)]
    public static void Minpd(Lifter lifter) => lifter.Packed(SseFloat.Minpd);

    [Lifts(Mnemonic.Maxss)]
    public static void Maxss(Lifter lifter) => lifter.ScalarOperation(SseFloat.Maxss, 4);

    [Lifts(Mnemonic.Maxsd)]
    public static void Maxsd(Lifter lifter) => lifter.ScalarOperation(SseFloat.Maxsd, 8);

    [Lifts(Mnemonic.Maxps)]
    public static void Maxps(Lifter lifter) => lifter.Packed(SseFloat.Maxps);

    [Lifts(Mnemonic.Maxpd)]
    public static void Maxpd(Lifter lifter) => lifter.Packed(SseFloat.Maxpd);

    [Lifts(Mnemonic.Rcpss)]
    public static void Rcpss(Lifter lifter) => lifter.ScalarOperation(SseApproximation.Rcpss, 4);

    [Lifts(Mnemonic.Rsqrtss)]
    public static void Rsqrtss(Lifter lifter) => lifter.ScalarOperation(SseApproximation.Rsqrtss, 4);

    [Lifts(Mnemonic.Rcpps)]
    public static void Rcpps(Lifter lifter) => lifter.Packed(SseApproximation.Rcpps);

    [Lifts(Mnemonic.Rsqrtps)]
    public static void Rsqrtps(Lifter lifter) => lifter.Packed(SseApproximation.Rsqrtps);
}
