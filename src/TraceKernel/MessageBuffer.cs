using System.Text;

namespace TraceKernel;

/// <summary>struct msgbuf: the last messages of the kernel, which dmesg(8) prints.</summary>
internal sealed class MessageBuffer
{
    /// <summary>kern.msgbufsize: most characters that it keeps.</summary>
    public const int Capacity = 98304;

    private readonly StringBuilder _text = new();

    /// <summary>What it has, oldest first.</summary>
    public string Text => _text.ToString();

    /// <summary>A line, without its end. The oldest characters make room for it.</summary>
    public void Append(string line)
    {
        _text.Append(line).Append('\n');
        if (_text.Length > Capacity) _text.Remove(0, _text.Length - Capacity);
    }
}
