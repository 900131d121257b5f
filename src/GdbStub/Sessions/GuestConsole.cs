using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using TraceKernel.User;

namespace GdbStub.Sessions;

/// <summary>
/// What a debugged program prints, on its way to the client. The program may run on any thread; the session fetches the text on its own
/// between two slices of the program, because a client takes output only while it waits for a stop (GDB manual, Stop Reply Packets).
/// </summary>
public sealed class GuestConsole
{
    // The session fetches after every slice, so only a program that nobody watches could get here.
    private const int Limit = 16 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _printed = new();
    private readonly Lock _lock = new();
    private readonly long _most;
    private long _shown;
    private string? _excess;
    private int _fetched;
    private int _waiting;

    /// <param name="most">Bytes that are shown in all; what is printed after that is gone.</param>
    public GuestConsole(long most = long.MaxValue)
    {
        _most = most;
        Renew(takesInput: false);
    }

    /// <summary>The program's side.</summary>
    public Terminal Terminal { get; private set; }

    /// <summary>A terminal for the next program.</summary>
    /// <param name="takesInput">Whether the client can type; else reading standard input finds its end.</param>
    [MemberNotNull(nameof(Terminal))]
    public void Renew(bool takesInput)
    {
        Terminal = new Terminal { Output = Print };
        if (!takesInput) Terminal.Close();
    }

    /// <summary>While no client is there, what is printed is gone.</summary>
    public bool IsWatched { get; set; }

    /// <summary>Whether <see cref="Fetch"/> has something; cheap.</summary>
    public bool HasOutput => Volatile.Read(ref _waiting) != 0;

    /// <summary>Once, when the program has printed too much: a line that says so; else null.</summary>
    public string? TakeExcess()
    {
        // Looked at after every slice.
        if (_excess is null) return null;
        lock (_lock)
        {
            var excess = _excess;
            _excess = null;
            return excess;
        }
    }

    /// <summary>Moves up to the size of <paramref name="buffer"/> into it.</summary>
    public int Fetch(Span<byte> buffer)
    {
        lock (_lock)
        {
            var count = Math.Min(buffer.Length, _waiting);
            _printed.WrittenSpan.Slice(_fetched, count).CopyTo(buffer);
            _fetched += count;
            _waiting -= count;
            if (_waiting == 0 || _fetched >= Limit) DropFetched();
            return count;
        }
    }

    /// <summary>What has been fetched makes room, even if the program never lets the buffer run empty.</summary>
    private void DropFetched()
    {
        var waiting = _printed.WrittenSpan[_fetched..].ToArray();
        _printed.ResetWrittenCount();
        _printed.Write(waiting);
        _fetched = 0;
    }

    private void Print(int descriptor, ReadOnlyMemory<byte> text)
    {
        lock (_lock)
        {
            if (!IsWatched || _shown > _most) return;
            var count = (int)Math.Min(Math.Min(text.Length, Limit - _waiting), _most - _shown);
            Add(text.Span[..count]);
            _shown += count;
            if (count == text.Length || _shown < _most) return;
            _shown++;
            _excess = $"output beyond {_most} bytes is not shown (--max-output)";
            Add(Encoding.UTF8.GetBytes($"\n[{_excess}]\n"));
        }
    }

    private void Add(ReadOnlySpan<byte> text)
    {
        _printed.Write(text);
        _waiting += text.Length;
    }
}
