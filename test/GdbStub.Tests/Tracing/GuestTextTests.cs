using GdbStub.Tracing;
using NUnit.Framework;

namespace GdbStub.Tests.Tracing;

/// <summary>Names of guests and words of clients, on their way in and on their way to a terminal.</summary>
public sealed class GuestTextTests
{
    [TestCase("abc", "abc")]
    [TestCase("a\u001b[31mb", "a\\x1b[31mb", Description = "colours")]
    [TestCase("a\n22:00 INF forged", "a\\x0a22:00 INF forged")]
    [TestCase("\r\t\b\u007f\u009b", "\\x0d\\x09\\x08\\x7f\\x9b", Description = "DEL, and CSI in one byte")]
    [TestCase("caf\u00c3\u00a9", "caf\u00e9", Description = "UTF-8 in bytes")]
    [TestCase("caf\u00e9", "caf\u00e9", Description = "no UTF-8: Latin-1, or a text of the host")]
    [TestCase("\u00c2\u009b31m", "\\x9b31m", Description = "CSI in UTF-8")]
    [TestCase("\u00e2\u0080\u00aetxt.exe", "\\u{202e}txt.exe", Description = "text from right to left")]
    [TestCase("\u2028x\u4e2d", "\\u{2028}x\u4e2d", Description = "a text of the host")]
    public void WhatCommandsATerminalIsEscaped(string text, string shown) => Assert.That(GuestText.Shown(text), Is.EqualTo(shown));

    [Test]
    public void LinesStayLinesForATerminal() =>
        Assert.That(GuestText.ForTerminal("a\tb\n\u001b]0;x\u0007caf\u00c3\u00a9\n"), Is.EqualTo("a\tb\n\\x1b]0;x\\x07caf\u00c3\u00a9\n"));

    [TestCase("a<b>\"&", "a&lt;b&gt;&quot;&amp;")]
    [TestCase("a\u001bb", "a?b")]
    [TestCase("\u00c3\u00a9", "\u00e9")]
    public void XmlHasNoControlCharacters(string text, string xml) => Assert.That(GuestText.Xml(text), Is.EqualTo(xml));

    [Test]
    public void EveryByteButNulGoesInAndOut()
    {
        var bytes = Enumerable.Range(1, 255).Select(value => (byte)value).ToArray();
        Assert.That(GuestText.TryRead(bytes, out var text), Is.True);
        Assert.That(GuestText.Bytes(text), Is.EqualTo(bytes));
        Assert.That(GuestText.TryRead([65, 0], out _), Is.False);
    }
}
