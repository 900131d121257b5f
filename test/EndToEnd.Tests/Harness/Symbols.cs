using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace EndToEnd.Tests.Harness;

/// <summary>Addresses in guests, for tests that speak the protocol themselves.</summary>
public static class Symbols
{
    /// <summary>The kind of a software breakpoint in Z0 and z0: the bytes of the instruction.</summary>
    public static int BreakpointKind(string guest) => Repository.IsArm64(guest) ? 4 : 1;

    /// <summary>Where a function or a variable is, as the distribution's gdb reads the file; skips the test without one.</summary>
    public static ulong Address(string guest, string symbol)
    {
        var said = Gdb.Distribution.Run(branded: true, $"file {Repository.Guest(guest)}", $"info address {symbol}");
        var address = Regex.Match(said.Text, @"(?:at address|storage at address) 0x([0-9a-f]+)");
        Assert.That(address.Success, Is.True, said.Text);
        return ulong.Parse(address.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
