using System.Globalization;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Tracing;

/// <summary>Names of users and groups, from the guest's own passwd(5) and group(5).</summary>
internal static class GuestAccounts
{
    private const int MostBytes = 64 * 1024;

    /// <summary>The first field of the line whose third is <paramref name="number"/>; null if there is no such line, or no table.</summary>
    public static string? Find(SystemCalls system, string table, int number)
    {
        if (system.Open(table, 0, 0, out var descriptor) != Errno.None) return null;
        var bytes = new byte[MostBytes];
        var error = system.Pread(descriptor, bytes, 0, out var count);
        _ = system.Close(descriptor);
        if (error != Errno.None) return null;
        var wanted = number.ToString(CultureInfo.InvariantCulture);
        foreach (var line in Encoding.Latin1.GetString(bytes, 0, count).Split('\n'))
        {
            var fields = line.Split(':');
            if (fields.Length > 2 && fields[2] == wanted && !line.StartsWith('#')) return fields[0];
        }
        return null;
    }
}
