using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.User;

namespace TraceKernel.Files;

/// <summary>A terminal whose other side is on the host: what is typed there is input, and output is shown there at once.</summary>
internal sealed class HostTerminal : TerminalLine
{
    private readonly Terminal _terminal;
    private readonly byte[] _typed = new byte[256];
    private int _start, _end;
    private bool _isTyping;

    private HostTerminal(Kernel kernel, Terminal terminal, Caller owner) : base(kernel, kernel.PseudoTerminals.Reserve(), owner) =>
        _terminal = terminal;

    /// <summary>The terminal's node is /dev/pts/N, as that of a login by network is; <paramref name="leader"/> is controlled by it.</summary>
    public static HostTerminal Open(Kernel kernel, Terminal terminal, Process leader)
    {
        var line = new HostTerminal(kernel, terminal, Caller.OfReal(leader));
        kernel.PseudoTerminals.Enter(line);
        line.Adopt(leader);
        terminal.Changed = () => kernel.WakeupFromOutside(line.TakeTyped);
        return line;
    }

    protected override void OpenedFirst() => TakeTyped();

    protected override void OutputArrived()
    {
        Span<byte> buffer = stackalloc byte[1024];
        while (Outgoing > 0) _terminal.Output(1, buffer[..TakeOutput(buffer)].ToArray());
    }

    protected override void InputTaken() => TakeTyped();

    protected override void WantInput() => _terminal.NeedInput?.Invoke();

    /// <summary>Window size, characters and end of the host's terminal become the guest's, as far as there is room.</summary>
    private void TakeTyped()
    {
        // Typing may make room, which asks for more.
        if (_isTyping || !IsOpen) return;
        _isTyping = true;
        Resize(new winsize((ushort)_terminal.Rows, (ushort)_terminal.Columns, 0, 0));
        while (true)
        {
            var isClosed = _terminal.IsClosed;
            if (_start == _end) (_start, _end) = (0, _terminal.Take(_typed));
            var count = Type(_typed.AsSpan(_start, _end - _start));
            _start += count;
            if (count > 0) InputDone();
            if (_start < _end) break;
            if (count > 0) continue;
            if (isClosed) EndInput();
            break;
        }
        _isTyping = false;
    }
}
