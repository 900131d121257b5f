using System.Buffers.Binary;
using System.Text;
using GdbStub.Tracing;
using NUnit.Framework;
using TraceKernel.Abi;
using static GdbStub.Tests.Tracing.FakeProcess;

namespace GdbStub.Tests.Tracing;

/// <summary>Agent expressions: what each operation does, what is refused, and what cannot be evaluated.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AgentExpressionTests
{
    private readonly FakeKernel _kernel = new();
    private readonly Tracer _tracer;

    public AgentExpressionTests()
    {
        _tracer = new Tracer(_kernel, new FakeTarget());
        _kernel.ExecutedProgram = [Loop, 0x11, 0x92, 0x33, 0x84, 0x55, 0x66, 0x77, 0x88, (byte)'h', (byte)'i', 0];
        var request = new TraceKernel.User.SpawnRequest("/bin/program", ["program"], []) { Terminal = new TraceKernel.User.Terminal() };
        Assert.That(_tracer.Launch(request), Is.EqualTo(Errno.None));
        BinaryPrimitives.WriteUInt64LittleEndian(_kernel.Processes[0].Main.General.AsSpan(112), 0xfedcba9876543210);
        BinaryPrimitives.WriteUInt32LittleEndian(_kernel.Processes[0].Main.General.AsSpan(152), 0x80000001);
        _tracer.Current!.Registers.Invalidate();
    }

    [TestCase("22 07 27", 7UL)]
    [TestCase("23 1234 27", 0x1234UL)]
    [TestCase("24 12345678 27", 0x12345678UL)]
    [TestCase("25 123456789abcdef0 27", 0x123456789abcdef0UL)]
    [TestCase("22 07 22 05 02 27", 12UL)]
    [TestCase("22 07 22 09 03 27", ulong.MaxValue - 1)]
    [TestCase("22 07 22 05 04 27", 35UL)]
    [TestCase("22 f9 16 08 22 02 05 27", ulong.MaxValue - 2)]
    [TestCase("22 f9 22 02 06 27", 124UL)]
    [TestCase("22 f9 16 08 22 04 07 27", ulong.MaxValue - 2)]
    [TestCase("22 f9 22 04 08 27", 1UL)]
    [TestCase("25 8000000000000000 22 ff 16 08 05 27", 0x8000000000000000UL)]
    [TestCase("25 8000000000000000 22 ff 16 08 07 27", 0UL)]
    [TestCase("22 03 22 04 09 27", 48UL)]
    [TestCase("22 03 22 40 09 27", 0UL)]
    [TestCase("22 f0 16 08 22 02 0a 27", ulong.MaxValue - 3)]
    [TestCase("22 f0 22 02 0b 27", 0x3cUL)]
    [TestCase("22 00 0e 27", 1UL)]
    [TestCase("22 05 0e 27", 0UL)]
    [TestCase("22 0c 22 0a 0f 27", 8UL)]
    [TestCase("22 0c 22 0a 10 27", 14UL)]
    [TestCase("22 0c 22 0a 11 27", 6UL)]
    [TestCase("22 00 12 27", ulong.MaxValue)]
    [TestCase("22 05 22 05 13 27", 1UL)]
    [TestCase("22 ff 16 08 22 00 14 27", 1UL)]
    [TestCase("22 ff 16 08 22 00 15 27", 0UL)]
    [TestCase("22 80 16 08 27", 0xffffffffffffff80UL)]
    [TestCase("23 ff80 2a 08 27", 0x80UL)]
    [TestCase("23 1001 17 27", 0x11UL)]
    [TestCase("23 1001 18 27", 0x9211UL)]
    [TestCase("23 1001 19 27", 0x84339211UL)]
    [TestCase("23 1001 1a 27", 0x8877665584339211UL)]
    [TestCase("26 0000 27", 0xfedcba9876543210UL)]
    [TestCase("26 0011 27", 0x80000001UL, Description = "a register of 32 bits is not sign-extended")]
    [TestCase("22 01 20 0008 22 02 27 22 03 27", 3UL, Description = "the jump is taken")]
    [TestCase("22 00 20 0008 22 02 27 22 03 27", 2UL)]
    [TestCase("21 0005 22 02 22 04 27", 4UL)]
    [TestCase("22 07 28 02 27", 14UL)]
    [TestCase("22 07 22 08 29 27", 7UL)]
    [TestCase("22 07 22 08 2b 03 27", 1UL)]
    [TestCase("22 07 22 08 22 09 32 02 27", 7UL)]
    [TestCase("22 07 22 08 22 09 33 27", 8UL, Description = "a b c => c a b")]
    [TestCase("22 07 22 08 22 09 33 29 29 27", 9UL)]
    [TestCase("22 05 22 01 03 28 20 0002 22 2a 27", 42UL, Description = "a loop")]
    [TestCase("27", 0UL)]
    public void Operation(string code, ulong expected)
    {
        Assert.That(Compile(code).TryEvaluate(_tracer.Current!, null, out var value), Is.True);
        Assert.That(value, Is.EqualTo(expected));
    }

    [TestCase("", "no end")]
    [TestCase("22 07", "no end")]
    [TestCase("22", "cut off")]
    [TestCase("25 00", "cut off")]
    [TestCase("34 00 0002 41", "cut off")]
    [TestCase("02 27", "stack is empty")]
    [TestCase("22 01 02 27", "stack is empty")]
    [TestCase("22 01 22 02 33 27", "stack is empty")]
    [TestCase("22 01 32 01 27", "stack is empty")]
    [TestCase("21 0001 27", "jumps nowhere")]
    [TestCase("21 0100 27", "jumps nowhere")]
    [TestCase("22 01 21 0000", "depends on its path")]
    [TestCase("26 0012 27", "register 18", Description = "80 bits are no value")]
    [TestCase("26 0015 27", "register 21")]
    [TestCase("22 01 0c 27", "0x0c")]
    [TestCase("2c 0001 27", "0x2c")]
    [TestCase("2e 0001 27", "0x2e")]
    [TestCase("2f 27", "0x2f")]
    [TestCase("22 01 1b 27", "0x1b")]
    [TestCase("ff", "0xff")]
    [TestCase("22 00 22 00 34 01 0003 2564 00 27", "stack is empty")]
    [TestCase("22 00 22 00 34 00 0003 2564 00 27", "another number of arguments")]
    [TestCase("22 00 22 00 22 00 34 01 0003 2566 00 27", "conversion")]
    public void Refused(string code, string reason)
    {
        Assert.That(AgentExpression.Compile(Bytes(code), _tracer.Layout, out var refusal), Is.Null);
        Assert.That(refusal, Does.Contain(reason));
    }

    /// <summary>What gdb makes of "n == 2" where clang says that the frame base is rbp (DW_OP_reg6).</summary>
    [TestCase("26 0000 16 20 22 f9 16 08 02 27", 0x76543209UL, Description = "a value is extended")]
    [TestCase("26 0005 16 08 22 f8 16 08 02 17 27", 0x11UL)]
    [TestCase("26 0005 16 08 22 f0 16 08 02 22 08 02 17 27", 0x11UL)]
    [TestCase("26 0005 16 08 23 ff00 16 08 02 16 08 27", 9UL, Description = "an address that is not followed")]
    public void AFrameBaseKeepsItsBits(string code, ulong expected)
    {
        _kernel.Processes[0].Main.Rdi = 0x1009;
        _tracer.Current!.Registers.Invalidate();
        Assert.That(Compile(code).TryEvaluate(_tracer.Current!, null, out var value), Is.True);
        Assert.That(value, Is.EqualTo(expected));
    }

    [Test]
    public void AHundredValuesFitTheStackAndNotOneMore()
    {
        var full = string.Concat(Enumerable.Repeat("2201", 100));
        Assert.That(Compile(full + "27").TryEvaluate(_tracer.Current!, null, out _), Is.True);
        Assert.That(AgentExpression.Compile(Bytes(full + "2201" + "27"), _tracer.Layout, out var refusal), Is.Null);
        Assert.That(refusal, Does.Contain("stack is full"));
    }

    [TestCase("22 01 22 00 05 27", Description = "a division by zero")]
    [TestCase("22 01 22 00 06 27")]
    [TestCase("22 01 22 00 07 27")]
    [TestCase("22 01 22 00 08 27")]
    [TestCase("22 10 17 27", Description = "nothing is mapped there")]
    [TestCase("26 0014 27", Description = "a register that no image has")]
    [TestCase("21 0000 27", Description = "an endless loop")]
    [TestCase("22 00 22 00 34 00 0002 41 00 27", Description = "a condition must not print")]
    public void CannotBeEvaluated(string code) =>
        Assert.That(Compile(code).TryEvaluate(_tracer.Current!, null, out _), Is.False);

    [TestCase("plain %% \\t\\\\\\\"", "", "plain % \t\\\"")]
    [TestCase("%d %i %u", "fffffffe ffffffff ffffffff", "-2 -1 4294967295")]
    [TestCase("%ld %llu %zd %jx", "ffffffffffffffff ffffffffffffffff 5 ff", "-1 18446744073709551615 5 ff")]
    [TestCase("%hhd %hd %hhu", "80 8000 1ff", "-128 -32768 255")]
    [TestCase("%x %X %#x %#X %o %#o %#x", "ab ab ab ab 8 8 0", "ab AB 0xab 0XAB 10 010 0")]
    [TestCase("[%5d|%-5d|%05d|%+d|% d|%.3d|%5.3d]", "7 7 fffffff9 7 7 7 7", "[    7|7    |-0007|+7| 7|007|  007]")]
    [TestCase("%c%c|%3c", "68 69 6a", "hi|  j")]
    [TestCase("%s|%5s|%-5s|%.1s", "1009 1009 1009 1009", "hi|   hi|hi   |h")]
    [TestCase("%p", "1000", "0x1000")]
    public void Prints(string format, string values, string expected)
    {
        var arguments = values.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(value => ulong.Parse(value, System.Globalization.NumberStyles.HexNumber)).ToArray();
        var code = new StringBuilder();
        foreach (var value in arguments.Reverse()) code.Append("25").Append(value.ToString("x16"));
        code.Append("2200").Append("2200").Append("34").Append(arguments.Length.ToString("x2")).Append((format.Length + 1).ToString("x4"));
        code.Append(Convert.ToHexString(Encoding.ASCII.GetBytes(format))).Append("00").Append("27");
        var output = new StringBuilder();
        Assert.That(Compile(code.ToString()).TryEvaluate(_tracer.Current!, output, out _), Is.True);
        Assert.That(output.ToString(), Is.EqualTo(expected));
    }

    [TestCase("%")]
    [TestCase("%q")]
    [TestCase("%f")]
    [TestCase("%n")]
    [TestCase("%*d")]
    [TestCase("%ls")]
    [TestCase("%9999d")]
    [TestCase("\\")]
    [TestCase("\\q")]
    public void NoFormat(string format)
    {
        var code = $"2200 2200 2200 34 01 {format.Length + 1:x4} {Convert.ToHexString(Encoding.ASCII.GetBytes(format))} 00 27";
        Assert.That(AgentExpression.Compile(Bytes(code), _tracer.Layout, out var refusal), Is.Null);
        Assert.That(refusal, Does.Contain("the format"));
    }

    [Test]
    public void EvaluatingAllocatesNothing()
    {
        var condition = Compile("26 0000 26 0011 02 25 0000000000000005 13 27");
        Assert.That(condition.TryEvaluate(_tracer.Current!, null, out _), Is.True);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 1000; count++) condition.TryEvaluate(_tracer.Current!, null, out _);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private AgentExpression Compile(string code)
    {
        var expression = AgentExpression.Compile(Bytes(code), _tracer.Layout, out var refusal);
        Assert.That(refusal, Is.Null);
        return expression!;
    }

    private static byte[] Bytes(string code) => Convert.FromHexString(code.Replace(" ", "", StringComparison.Ordinal));
}
