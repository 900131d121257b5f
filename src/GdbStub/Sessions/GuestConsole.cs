using System.Buffers;
using System.Diagnostics.CodeAnalysis;
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
    private int _fetched;
    private int _waiting;

    public GuestConsole() => Renew(takesInput: false);

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
            if (!IsWatched) return;
            var count = Math.Min(text.Length, Limit - _waiting);
            _printed.Write(text.Span[..count]);
            _waiting += count;
        }
    }
}
