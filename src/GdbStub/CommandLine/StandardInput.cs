using TraceKernel.User;

namespace GdbStub.CommandLine;

/// <summary>
/// The host's standard input for a guest: a thread of its own waits for it, but only while the guest wants some, and the guest's thread
/// hands it over, so that neither the guest's other threads nor ^C wait for somebody to type.
/// </summary>
/// <param name="arrived">Released when there is something to hand over.</param>
public sealed class StandardInput(Stream input, SemaphoreSlim arrived)
{
    private readonly object _turn = new();
    private readonly byte[] _buffer = new byte[4096];
    private Thread? _reader;
    private Turn _whose;
    private int _count;

    private enum Turn
    {
        /// <summary>Nobody wants input.</summary>
        Nobodys,
        /// <summary>The host's: input is wanted.</summary>
        Hosts,
        /// <summary>The guest's: there is input, or its end.</summary>
        Guests,
    }

    /// <summary>The guest reads and nothing is typed. Called on its thread; returns at once.</summary>
    public void Want()
    {
        lock (_turn)
        {
            if (_whose != Turn.Nobodys) return;
            _whose = Turn.Hosts;
            Monitor.Pulse(_turn);
            if (_reader is not null) return;
            // A background thread, since nothing ends a read of standard input.
            _reader = new Thread(ReadAll) { IsBackground = true, Name = "stdin" };
            _reader.Start();
        }
    }

    /// <summary>Types what has come, or closes the terminal at its end. Called on the guest's thread.</summary>
    /// <param name="arrived">Called first, with what is typed; with nothing at the end.</param>
    public void HandOver(Terminal terminal, Action<ReadOnlySpan<byte>>? arrived)
    {
        lock (_turn)
        {
            if (_whose != Turn.Guests) return;
            _whose = Turn.Nobodys;
        }
        var text = _buffer.AsSpan(0, _count);
        arrived?.Invoke(text);
        if (text.IsEmpty) terminal.Close();
        else terminal.Type(text);
    }

    private void ReadAll()
    {
        do
        {
            lock (_turn)
                while (_whose != Turn.Hosts) Monitor.Wait(_turn);
            try
            {
                _count = input.Read(_buffer);
            }
            catch (IOException)
            {
                _count = 0;
            }
            lock (_turn) _whose = Turn.Guests;
            arrived.Release();
        }
        while (_count > 0);
    }
}
