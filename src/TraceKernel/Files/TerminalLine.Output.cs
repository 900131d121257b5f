using TraceKernel.Abi;
using static TraceKernel.Abi.termios;

namespace TraceKernel.Files;

// ttydisc_write and echo.
internal abstract partial class TerminalLine
{
    private bool IsOutput(uint output) => (_modes.c_oflag & output) != 0;

    /// <summary>CTL_PRINT: shown as ^X.</summary>
    private static bool IsShownAsControl(byte c, bool isQuoted) => c == Delete || (c < 0x20 && (isQuoted || c is not (Tab or NewLine)));

    private static bool IsControl(byte c) => c is Delete or < 0x20;

    /// <summary>ttyoutq_write_nofrag: all of it or nothing.</summary>
    private bool TryPut(ReadOnlySpan<byte> text)
    {
        if (_outputSize - _output.Count < text.Length) return false;
        _output.Write(text);
        return true;
    }

    /// <summary>
    /// ttydisc_write of what fits. EAGAIN when the queue is full before the end, EIO after a hang-up, ENXIO when the other side is gone.
    /// </summary>
    public Errno Write(ReadOnlySpan<byte> text, out int count)
    {
        count = 0;
        if (IsGone) return Errno.ENXIO;
        if (IsHungUp) return Errno.EIO;
        while (count < text.Length)
        {
            var rest = text[count..];
            var plain = IsOutput(OPOST) ? CountPlain(rest) : rest.Length;
            if (plain > 0)
            {
                var fitting = Math.Min(plain, Math.Max(0, _outputSize - _output.Count));
                _output.Write(rest[..fitting]);
                _column += fitting;
                count += fitting;
                plain -= fitting;
            }
            else if (Process(rest[0]))
            {
                count++;
            }
            else
            {
                plain = 1;
            }
            _writePosition = _column;
            _input.MarkPrinted();
            if (plain == 0) continue;
            _isFull = true;
            // The other side may take it at once.
            OutputArrived();
            if (_isFull) return Errno.EAGAIN;
        }
        OutputArrived();
        return Errno.None;
    }

    private static int CountPlain(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAnyInRange((byte)0, (byte)0x1f);
        var delete = text.IndexOf(Delete);
        return end < 0 ? delete < 0 ? text.Length : delete : delete < 0 ? end : Math.Min(end, delete);
    }

    /// <summary>ttydisc_write_oproc: a control character of output. False when there is no room.</summary>
    private bool Process(byte c)
    {
        const byte EndOfText = 4, Backspace = 8;
        switch (c)
        {
            case EndOfText:
                return IsOutput(ONOEOT) || TryPut([c]);
            case Backspace:
                if (!TryPut([c])) return false;
                _column = Math.Max(0, _column - 1);
                return true;
            case Tab:
                var width = 8 - (_column & 7);
                if (!TryPut(IsOutput(TAB3) ? "        "u8[..width] : "\t"u8)) return false;
                _column += width;
                return true;
            case NewLine:
                if (!TryPut(IsOutput(ONLCR) ? "\r\n"u8 : "\n"u8)) return false;
                if (IsOutput(ONLCR | ONLRET)) ReturnToMargin();
                return true;
            case Return:
                if (IsOutput(ONOCR) && _column == 0) return true;
                if (!TryPut([IsOutput(OCRNL) ? NewLine : c])) return false;
                ReturnToMargin();
                return true;
            default:
                return TryPut([c]);
        }
    }

    private void ReturnToMargin()
    {
        _column = _writePosition = 0;
        _input.MarkPrinted();
    }

    /// <summary>ttydisc_echo: with ECHO, or a new line with ECHONL.</summary>
    private void Echo(byte c, bool isQuoted)
    {
        if (!IsSet(ECHO) && (!IsSet(ECHONL) || c != NewLine || isQuoted)) return;
        if (IsOutput(OPOST) && !isQuoted && c is 8 or Tab or NewLine or Return)
        {
            Process(c);
        }
        else if (IsSet(ECHOCTL) && IsShownAsControl(c, isQuoted))
        {
            ReadOnlySpan<byte> shown = [(byte)'^', c == Delete ? (byte)'?' : (byte)(c + 'A' - 1), 8, 8];
            // The end of a file is shown and gone over.
            if (!isQuoted && Is(VEOF, c))
            {
                TryPut(shown);
                return;
            }
            _column += 2;
            TryPut(shown[..2]);
        }
        else
        {
            _column++;
            TryPut([c]);
        }
    }

    /// <summary>tty_putstrn: the kernel's own words.</summary>
    private void Print(string text)
    {
        foreach (var c in System.Text.Encoding.Latin1.GetBytes(text))
            if (IsOutput(OPOST) && IsControl(c)) Process(c);
            else if (TryPut([c])) _column++;
        _writePosition = _column;
        _input.MarkPrinted();
        OutputArrived();
    }
}
