namespace GdbStub.Sessions;

/// <summary>Copies that a client will ask for by the numbers they got.</summary>
public sealed class SavedValues
{
    private readonly SortedDictionary<int, byte[]> _values = [];
    private int _lastNumber;

    /// <summary>Keeps <paramref name="value"/>; beyond <paramref name="most"/> the oldest is forgotten.</summary>
    /// <returns>Its number.</returns>
    public int Keep(byte[] value, int most)
    {
        if (_values.Count >= most) _values.Remove(_values.Keys.First());
        _values.Add(++_lastNumber, value);
        return _lastNumber;
    }

    /// <summary>The value of that number, which is then forgotten; null if there is none.</summary>
    public byte[]? Take(int number) => _values.Remove(number, out var value) ? value : null;
}
