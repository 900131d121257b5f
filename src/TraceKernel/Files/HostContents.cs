using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using TraceKernel.Host;

namespace TraceKernel.Files;

/// <summary>Reports the contents of host files and directories as guests come upon them.</summary>
/// <param name="found">Called with the guest's path and the SHA-256 in hexadecimal, once for each contents.</param>
internal sealed class HostContents(Action<string, string> found)
{
    private readonly Dictionary<string, string> _last = [];

    public void Opened(HostFile file, SafeFileHandle handle)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        try
        {
            long offset = 0;
            for (int count; (count = RandomAccess.Read(handle, buffer, offset)) > 0; offset += count) digest.AppendData(buffer, 0, count);
        }
        catch (Exception exception) when (HostErrors.Of(exception) is not null)
        {
            // The guest's own read fails in the same way.
            return;
        }
        Report(file.Path, digest.GetHashAndReset());
    }

    public void Listed(HostDirectory directory, IEnumerable<string> names) =>
        Report(directory.Path + "/", SHA256.HashData(Encoding.Latin1.GetBytes(string.Join('/', names))));

    private void Report(string path, byte[] digest)
    {
        var text = Convert.ToHexStringLower(digest);
        if (_last.TryGetValue(path, out var last) && last == text) return;
        _last[path] = text;
        found(path, text);
    }
}
