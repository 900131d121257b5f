using System.Text;
using System.Text.Json.Nodes;

namespace EndToEnd.Tests.Harness;

/// <summary>An editor's side of the Debug Adapter Protocol, on an adapter's standard input and output.</summary>
public sealed class DapClient(string adapter, params string[] arguments) : IDisposable
{
    private readonly ChildProcess _adapter = new(adapter, arguments);
    private readonly List<JsonNode> _received = [];
    private int _read;
    private int _sequence;

    /// <summary>Sends a request; its response is waited for by <see cref="Response"/>.</summary>
    public void Send(string command, JsonObject? arguments = null)
    {
        var request = new JsonObject { ["seq"] = ++_sequence, ["type"] = "request", ["command"] = command };
        if (arguments is not null) request["arguments"] = arguments;
        var text = request.ToJsonString();
        _adapter.Input.Write($"Content-Length: {Encoding.UTF8.GetByteCount(text)}\r\n\r\n{text}");
        _adapter.Input.Flush();
    }

    /// <summary>Sends a request and returns the body of its response.</summary>
    /// <exception cref="InvalidDataException">The adapter refuses it.</exception>
    public JsonNode Ask(string command, JsonObject? arguments = null)
    {
        Send(command, arguments);
        return Response(command);
    }

    /// <summary>The body of the response to the request of that name; each is taken once.</summary>
    public JsonNode Response(string command)
    {
        var response = Take("response", "command", command);
        return (bool)response["success"]! ? response["body"] ?? new JsonObject() : throw new InvalidDataException($"{command}: {response.ToJsonString()}");
    }

    /// <summary>The body of the next event of that name; each is taken once.</summary>
    public JsonNode Event(string name) => Take("event", "event", name)["body"] ?? new JsonObject();

    public void Dispose() => _adapter.Dispose();

    private JsonNode Take(string type, string field, string name)
    {
        while (true)
        {
            var found = _received.FindIndex(message => (string?)message["type"] == type && (string?)message[field] == name);
            if (found >= 0)
            {
                var message = _received[found];
                _received.RemoveAt(found);
                return message;
            }
            _received.Add(Read());
        }
    }

    /// <summary>The next message. The adapters escape what is not ASCII, so that a character is a byte.</summary>
    private JsonNode Read()
    {
        const string header = "Content-Length: ";
        for (var times = 1; ; times++)
        {
            // Waits until there is more than has been read.
            var output = _adapter.Output[_read..];
            var start = output.IndexOf(header, StringComparison.Ordinal);
            var body = start < 0 ? -1 : output.IndexOf("\r\n\r\n", start, StringComparison.Ordinal) + 4;
            if (body >= 4)
            {
                var length = int.Parse(output.AsSpan(start + header.Length, output.IndexOf('\r', start) - start - header.Length));
                if (output.Length >= body + length)
                {
                    _read += body + length;
                    return JsonNode.Parse(output.AsSpan(body, length).ToString())!;
                }
            }
            _adapter.WaitForMore(_read + output.Length);
        }
    }
}
