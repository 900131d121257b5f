using TraceKernel.Abi;

namespace TraceKernel.Signals;

/// <summary>struct sigaction of the kernel: what a process does with one signal.</summary>
/// <param name="Handler">SIG_DFL, SIG_IGN or an address.</param>
/// <param name="Flags">SA_*.</param>
/// <param name="Mask">Blocked while the handler runs.</param>
public readonly record struct SignalAction(ulong Handler, int Flags, sigset Mask);

/// <summary>struct sigacts: the dispositions of a process.</summary>
public sealed class SignalActions
{
    private readonly SignalAction[] _actions = new SignalAction[Abi.Signals.MaximumSignal + 1];

    /// <summary>ps_sigintr: numbers whose last sigaction was without SA_RESTART.</summary>
    public sigset Interrupting { get; set; }

    public SignalAction this[int signal]
    {
        get => _actions[signal];
        set => _actions[signal] = value;
    }

    public bool IsCaught(int signal) => _actions[signal].Handler > Abi.Signals.SIG_IGN;
    public bool IsDefault(int signal) => _actions[signal].Handler == Abi.Signals.SIG_DFL;

    /// <summary>ps_sigignore: ignored explicitly or by default; SIGCONT never is.</summary>
    public bool IsIgnored(int signal) =>
        signal != Abi.Signals.SIGCONT &&
        (_actions[signal].Handler == Abi.Signals.SIG_IGN || (IsDefault(signal) && SignalProperties.IsIgnoredByDefault(signal)));

    public SignalActions Copy()
    {
        var copy = new SignalActions { Interrupting = Interrupting };
        _actions.CopyTo(copy._actions, 0);
        return copy;
    }

    /// <summary>sig_drop_caught: handlers go back to default.</summary>
    public void DropCaught()
    {
        for (var signal = 1; signal <= Abi.Signals.MaximumSignal; signal++)
            if (IsCaught(signal)) _actions[signal] = default;
    }

    /// <summary>execsigs: handlers go back to default, ignored signals stay ignored.</summary>
    public void Exec()
    {
        for (var signal = 1; signal <= Abi.Signals.MaximumSignal; signal++)
            if (IsCaught(signal)) _actions[signal] = default;
            else _actions[signal] = _actions[signal] with { Flags = 0, Mask = default };
    }
}
