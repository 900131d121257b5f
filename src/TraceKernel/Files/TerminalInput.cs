namespace TraceKernel.Files;

/// <summary>Typed characters: whole lines that can be read, then the line that is still edited. tty_inq.c.</summary>
internal sealed class TerminalInput
{
    /// <summary>TTYINQ_DATASIZE: the size grows in such steps.</summary>
    private const int BlockBytes = 128;

    private readonly List<(byte Character, bool IsQuoted)> _characters = [];
    private int _start, _line, _reprint;

    /// <summary>ttyinq_getallocatedsize.</summary>
    public int Size { get; private set; }

    /// <summary>ttyinq_bytesleft.</summary>
    public int Room => Math.Max(0, Size - (_characters.Count - _start));

    /// <summary>ttyinq_bytescanonicalized: bytes that can be read.</summary>
    public int Readable => _line - _start;

    /// <summary>ttyinq_setsize.</summary>
    public void Resize(int bytes) => Size = (bytes + BlockBytes - 1) / BlockBytes * BlockBytes;

    /// <summary>ttyinq_write_nofrag: all of it or nothing.</summary>
    public bool TryWrite(ReadOnlySpan<byte> characters, bool isQuoted)
    {
        if (Room < characters.Length) return false;
        foreach (var character in characters) _characters.Add((character, isQuoted));
        return true;
    }

    /// <summary>ttyinq_canonicalize: what is edited becomes a line.</summary>
    public void EndLine() => _line = _reprint = _characters.Count;

    /// <summary>ttyinq_findchar: bytes up to and with the first unquoted one that ends a line.</summary>
    /// <param name="end">The byte that ended it; null when none did.</param>
    public int FindEnd(ReadOnlySpan<byte> ends, long most, out byte? end)
    {
        end = null;
        var length = (int)Math.Min(Readable, most);
        for (var index = 0; index < length; index++)
        {
            var (character, isQuoted) = _characters[_start + index];
            if (isQuoted || !ends.Contains(character)) continue;
            end = character;
            return index + 1;
        }
        return length;
    }

    /// <summary>Takes up to the length of the destination from what can be read.</summary>
    public int Read(Span<byte> destination)
    {
        var count = Math.Min(Readable, destination.Length);
        for (var index = 0; index < count; index++) destination[index] = _characters[_start + index].Character;
        _start += count;
        if (_start < BlockBytes) return count;
        // The characters that have been read make room.
        _characters.RemoveRange(0, _start);
        (_line, _reprint, _start) = (_line - _start, Math.Max(0, _reprint - _start), 0);
        return count;
    }

    /// <summary>ttyinq_flush.</summary>
    public void Clear()
    {
        _characters.Clear();
        _start = _line = _reprint = 0;
    }

    /// <summary>ttyinq_peekchar: the last character of the edited line.</summary>
    public bool TryPeekLast(out byte character, out bool isQuoted)
    {
        (character, isQuoted) = _characters.Count > _line ? _characters[^1] : default;
        return _characters.Count > _line;
    }

    /// <summary>ttyinq_unputchar.</summary>
    public void RemoveLast() => _characters.RemoveAt(_characters.Count - 1);

    /// <summary>ttyinq_reprintpos_set: what is typed from now on stands behind something that was printed.</summary>
    public void MarkPrinted() => _reprint = _characters.Count;

    /// <summary>ttyinq_reprintpos_reset.</summary>
    public void ResetPrinted() => _reprint = _line;

    /// <summary>ttyinq_line_iterate: the edited line, or its part behind the last <see cref="MarkPrinted"/>.</summary>
    public IEnumerable<(byte Character, bool IsQuoted)> Line(bool isWhole)
    {
        for (var index = isWhole ? _line : Math.Min(_reprint, _characters.Count); index < _characters.Count; index++)
            yield return _characters[index];
    }
}
