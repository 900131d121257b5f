using GdbStub.Tracing;
using NUnit.Framework;
using TraceKernel.Abi;

namespace GdbStub.Tests.Tracing;

/// <summary>The two numberings of signals.</summary>
public sealed class SignalNumbersTests
{
    [TestCase(Signals.SIGINT, 2)]
    [TestCase(Signals.SIGBUS, 10)]
    [TestCase(Signals.SIGSTOP, 17)]
    [TestCase(Signals.SIGWINCH, 28)]
    [TestCase(Signals.SIGINFO, 0x8e)]
    [TestCase(Signals.SIGUSR1, 30)]
    [TestCase(Signals.SIGUSR2, 31)]
    [TestCase(Signals.SIGTHR, 0x25)]
    [TestCase(Signals.SIGLIBRT, 0x97)]
    [TestCase(Signals.SIGRTMIN, 79)]
    [TestCase(Signals.SIGRTMAX, 140)]
    public void NamesAgree(int freeBsd, int gdb)
    {
        Assert.That(SignalNumbers.ToGdb(freeBsd), Is.EqualTo(gdb));
        Assert.That(SignalNumbers.TryFromGdb(gdb, out var back), Is.True);
        Assert.That(back, Is.EqualTo(freeBsd));
    }

    [Test]
    public void EverySignalThatHasAGdbNumberSurvivesTheRoundTrip()
    {
        for (var signal = 0; signal <= Signals.MaximumSignal; signal++)
        {
            var gdb = SignalNumbers.ToGdb(signal);
            if (gdb == SignalNumbers.Unknown) continue;
            Assert.That(SignalNumbers.TryFromGdb(gdb, out var back) && back == signal, Is.True, $"signal {signal}");
        }
    }

    [TestCase(29, Description = "GDB_SIGNAL_LOST")]
    [TestCase(32)]
    [TestCase(143)]
    [TestCase(152)]
    [TestCase(-1)]
    public void WhatFreeBsdLacksIsRefused(int gdb) => Assert.That(SignalNumbers.TryFromGdb(gdb, out _), Is.False);

    [TestCase(34)]
    [TestCase(64)]
    [TestCase(127)]
    public void WhatGdbLacksIsUnknown(int signal) => Assert.That(SignalNumbers.ToGdb(signal), Is.EqualTo(SignalNumbers.Unknown));
}
