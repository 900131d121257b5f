using static TraceKernel.Abi.Signals;
using static TraceKernel.Abi.termios;

namespace TraceKernel.Files;

// ttydisc_rint: what becomes of a typed character.
internal abstract partial class TerminalLine
{
    /// <summary>_POSIX_VDISABLE: no character.</summary>
    private const byte Disabled = 0xff;
    private const byte NewLine = (byte)'\n', Return = (byte)'\r', Tab = (byte)'\t', Delete = 0x7f;

    private bool IsSet(uint local) => (_modes.c_lflag & local) != 0;
    private bool IsInput(uint input) => (_modes.c_iflag & input) != 0;
    private bool Is(int place, byte character) => _modes.c_cc[place] != Disabled && _modes.c_cc[place] == character;

    /// <summary>ttydisc_rint_poll: characters that may be typed. Without room a few are taken, so that a line can be rubbed out.</summary>
    protected int InputRoom => _input.Room == 0 && !_isInputFull ? 1 : _input.Room;

    /// <summary>Types characters, as many as are taken (ttydisc_rint_simple); <see cref="InputDone"/> follows.</summary>
    protected int Type(ReadOnlySpan<byte> characters)
    {
        for (var count = 0; count < characters.Length; count++)
            if (!Type(characters[count])) return count;
        return characters.Length;
    }

    /// <summary>ttydisc_rint_done.</summary>
    protected void InputDone()
    {
        Vnode.Wake(Kernel);
        OutputArrived();
    }

    /// <summary>ttydisc_rint. False: there is no room, and it must be typed again.</summary>
    private bool Type(byte c)
    {
        if (IsInput(IXANY)) Start();
        if (IsInput(ISTRIP)) c &= 0x7f;
        if (_isLiteral)
        {
            _isLiteral = false;
            return Store(c, isQuoted: true);
        }
        if (IsSet(IEXTEN) && Is(VLNEXT, c))
        {
            if (IsSet(ECHO) && IsSet(ECHOE)) TryPut("^\b"u8);
            else if (IsSet(ECHO)) Echo(c, false);
            _isLiteral = true;
            return true;
        }
        if (IsSet(ISIG) && IsSignal(c)) return true;
        if (IsInput(IXON) && IsFlowControl(c)) return true;
        if (c == Return && IsInput(IGNCR)) return true;
        if (c == Return && IsInput(ICRNL)) c = NewLine;
        else if (c == NewLine && IsInput(INLCR)) c = Return;
        return (IsSet(ICANON) && IsEditing(c)) || Store(c, isQuoted: false);
    }

    /// <summary>VSTATUS, VINTR, VQUIT and VSUSP signal the foreground; the last three drop what waits, and are echoed first.</summary>
    private bool IsSignal(byte c)
    {
        if (IsSet(ICANON) && IsSet(IEXTEN) && Is(VSTATUS, c))
        {
            SignalForeground(SIGINFO);
            return true;
        }
        var signal = Is(VINTR, c) ? SIGINT : Is(VQUIT, c) ? SIGQUIT : Is(VSUSP, c) ? SIGTSTP : 0;
        if (signal == 0) return false;
        if (!IsSet(NOFLSH))
        {
            FlushInput();
            FlushOutput();
        }
        Echo(c, false);
        SignalForeground(signal);
        return true;
    }

    /// <summary>VSTOP and VSTART. When they are one character, it does both in turn.</summary>
    private bool IsFlowControl(byte c)
    {
        if (Is(VSTOP, c))
        {
            if (!IsStopped)
            {
                IsStopped = true;
                return true;
            }
            if (!Is(VSTART, c)) return true;
        }
        if (!Is(VSTART, c)) return false;
        Start();
        return true;
    }

    private void Start() => IsStopped = false;

    /// <summary>Canonical line editing.</summary>
    private bool IsEditing(byte c)
    {
        if (Is(VERASE, c) || Is(VERASE2, c)) RubCharacter();
        else if (Is(VKILL, c)) while (RubCharacter());
        else if (IsSet(IEXTEN) && Is(VWERASE, c)) RubWord();
        else if (IsSet(IEXTEN) && Is(VREPRINT, c)) Reprint();
        else return false;
        return true;
    }

    private bool Store(byte c, bool isQuoted)
    {
        var isMarked = IsInput(PARMRK) && c == 0xff;
        ReadOnlySpan<byte> stored = isMarked ? [0xff, 0xff] : [c];
        isQuoted |= isMarked;
        if (!_input.TryWrite(stored, isQuoted))
        {
            if (IsInput(IMAXBEL)) TryPut("\a"u8);
            // The queue is full of a line that nobody can read before it ends: the character is lost.
            if (_input.Readable == 0) return true;
            BlockInput();
            return false;
        }
        if (!IsSet(ICANON) || (!isQuoted && (c == NewLine || Is(VEOL, c) || Is(VEOF, c)))) _input.EndLine();
        Echo(c, isQuoted);
        return true;
    }

    /// <summary>tty_hiwat_in_block: with IXOFF the other side is asked to stop.</summary>
    private void BlockInput()
    {
        if (_isInputFull || !IsInput(IXOFF) || _modes.c_cc[VSTOP] == Disabled || TryPut([_modes.c_cc[VSTOP]])) _isInputFull = true;
    }

    /// <summary>tty_hiwat_in_unblock.</summary>
    private void UnblockInput()
    {
        if (!_isInputFull || !IsInput(IXOFF) || _modes.c_cc[VSTART] == Disabled || TryPut([_modes.c_cc[VSTART]])) _isInputFull = false;
        if (!IsGone) InputTaken();
    }

    /// <summary>ttydisc_rubchar: takes the last character away, from the screen too. False when the line is empty.</summary>
    private bool RubCharacter()
    {
        if (!_input.TryPeekLast(out var c, out var isQuoted)) return false;
        _input.RemoveLast();
        if (!IsSet(ECHO)) return true;
        if (_writePosition >= _column) Reprint();
        else if (!IsSet(ECHOE)) Echo(_modes.c_cc[VERASE], false);
        else if (IsShownAsControl(c, isQuoted)) RubControl();
        else if (c == Tab) RubTab();
        else
        {
            _column--;
            TryPut(c == ' ' ? "\b"u8 : "\b \b"u8);
        }
        return true;
    }

    private void RubControl()
    {
        if (!IsSet(ECHOCTL)) return;
        _column -= 2;
        TryPut("\b\b  \b\b"u8);
    }

    /// <summary>Goes back to where the line without the tab ends (ttydisc_recalc_linelength).</summary>
    private void RubTab()
    {
        var length = _writePosition;
        foreach (var (character, isQuoted) in _input.Line(isWhole: false))
        {
            if (IsShownAsControl(character, isQuoted)) length += IsSet(ECHOCTL) ? 2 : 0;
            else length += character == Tab ? 8 - (length & 7) : 1;
        }
        var width = length >= _column ? 1 : Math.Min(_column - length, 8);
        _column = length;
        TryPut("\b\b\b\b\b\b\b\b"u8[..width]);
    }

    /// <summary>ttydisc_rubword: white space, then a word; with ALTWERASE words are of letters and digits.</summary>
    private void RubWord()
    {
        byte c;
        while (true)
        {
            if (!_input.TryPeekLast(out c, out _)) return;
            if (c is not ((byte)' ' or Tab)) break;
            RubCharacter();
        }
        var isAlphanumeric = char.IsAsciiLetterOrDigit((char)c);
        while (true)
        {
            RubCharacter();
            if (!_input.TryPeekLast(out c, out _) || c is (byte)' ' or Tab) return;
            if (IsSet(ALTWERASE) && char.IsAsciiLetterOrDigit((char)c) != isAlphanumeric) return;
        }
    }

    /// <summary>ttydisc_reprint: VREPRINT and a new line, then what has been typed.</summary>
    private void Reprint()
    {
        if (_modes.c_cc[VREPRINT] != Disabled) Echo(_modes.c_cc[VREPRINT], false);
        Echo(NewLine, false);
        _input.ResetPrinted();
        foreach (var (character, isQuoted) in _input.Line(isWhole: true)) Echo(character, isQuoted);
    }
}
