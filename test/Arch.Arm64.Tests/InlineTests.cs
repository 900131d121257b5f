using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.Intrinsics;
using Arch.Arm64.Decoding;
using Arch.Arm64.Lifting;
using Arch.Arm64.Registers;
using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Tests;

/// <summary>
/// The everyday case of every helper that has one, in all forms that the instructions ask for: where it says that it is certain, it is what
/// the helper does, the flags of FPSR included.
/// </summary>
[TestFixture]
internal sealed class InlineTests
{
    private static readonly Arm64InstructionSet InstructionSet = new();
    private static readonly MethodInfo As = typeof(Vector128).GetMethod(nameof(Vector128.As))!;

    private static readonly ulong[] Doubles =
    [
        0, 1UL << 63, 0x3ff0_0000_0000_0000, 0xbff0_0000_0000_0000, 0x4008_0000_0000_0000, 0x3fd5_5555_5555_5555, 0x7fef_ffff_ffff_ffff,
        0x0010_0000_0000_0000, 0x0020_0000_0000_0000, 1, 0x800f_ffff_ffff_ffff, 0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000,
        0x7ff8_0000_0000_0000, 0x7ff0_0000_0000_0001, 0x4340_0000_0000_0001, 0x41e0_0000_0000_0000, 0xc3e0_0000_0000_0000,
        0x3fe0_0000_0000_0000, 0xc004_0000_0000_0000,
    ];

    private static readonly uint[] Singles =
    [
        0, 0x8000_0000, 0x3f80_0000, 0xbf80_0000, 0x4040_0000, 0x3eaa_aaab, 0x7f7f_ffff, 0x0080_0000, 0x0100_0000, 1, 0x807f_ffff,
        0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0x7f80_0001, 0x4b80_0001, 0x4f00_0000, 0x3f00_0000, 0xc020_0000, 0x1f80_0000,
    ];

    [Test]
    public void AreWhatTheHelpersDoWhereCertain([Values(1, 2, 3)] int number)
    {
        int seed = number + 1000 * TestContext.Parameters.Get("seed", 0);
        var random = new Random(seed);
        string[] families = ["Simd", "Floating", "Crypto"];
        var rows = DecodeTable.Rows
            .Where(row => families.Any(family => row.Method.DeclaringType!.Name.StartsWith(family, StringComparison.Ordinal))).ToArray();
        var builder = new IrBuilder(InstructionSet.Registers);
        Span<byte> code = stackalloc byte[sizeof(uint)];
        int inline = 0, certain = 0;
        for (int count = TestContext.Parameters.Get("inline", 60_000); count > 0; count--)
        {
            var row = rows[random.Next(rows.Length)];
            uint word = row.Pattern.Value | ((uint)random.NextInt64() & ~row.Pattern.Mask);
            BinaryPrimitives.WriteUInt32LittleEndian(code, word);
            builder.Clear();
            InstructionSet.Lift(builder, 0x1000, code);
            foreach (var operation in builder.Operations)
            {
                if (operation.Op != IrOpcode.Call || InstructionSet.Inline(operation.Width, operation.Immediate) is not { } helper)
                    continue;
                inline++;
                certain += Compare(helper, operation, random, () => $"seed {seed} {word:x8} {row.Name}") ? 1 : 0;
            }
        }
        TestContext.Out.WriteLine($"seed {seed}: {inline} calls, {certain} certain");
        Assert.That(certain, Is.GreaterThan(inline / 4));
    }

    private static bool Compare(InlineHelper inline, in IrInstruction operation, Random random, Func<string> describe)
    {
        var cpu = new Cpu(InstructionSet);
        Fill(cpu, random);
        var before = (ulong[])cpu.File.Clone();
        var call = operation;
        object result = inline.Compute.Invoke(null,
            [.. inline.Compute.GetParameters().Select(parameter => Value(parameter, call, before, null))])!;
        bool isCertain = inline.IsCertain is not { } certain ||
            (bool)certain.Invoke(null, [.. certain.GetParameters().Select(parameter => Value(parameter, call, before, result))])!;
        if (!isCertain)
            return false;
        InstructionSet.Helpers[operation.Width](cpu, operation.Dst.Index, operation.A.Index, operation.B.Index, operation.C.Index,
            operation.Immediate);
        var after = (ulong[])before.Clone();
        var bits = result is ulong number ? Vector128.Create(number, after[operation.Dst.Index + 1]) : (Vector128<ulong>)AsBits(result);
        after[operation.Dst.Index] = bits[0];
        after[operation.Dst.Index + 1] = inline.ClearsHigh ? 0 : bits[1];
        Assert.That(cpu.File, Is.EqualTo(after), () =>
            $"{describe()}: a {Show(before, call.A)} b {Show(before, call.B)} d {Show(before, call.Dst)}");
        return true;
    }

    private static string Show(ulong[] file, Slot slot) => $"{file[slot.Index + 1]:x16}{file[slot.Index]:x16}";

    private static void Fill(Cpu cpu, Random random)
    {
        int kind = random.Next(4);
        for (int i = Slot.FirstRegister; i < cpu.File.Length; i++)
        {
            cpu.File[i] = kind switch
            {
                0 => Double(random),
                1 => Single(random) | (ulong)Single(random) << 32,
                2 => (ulong)random.Next(-5, 6),
                _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
            };
        }
        cpu[Slots.FloatStatus] = (random.Next(8) == 0 ? (ulong)random.Next(32) << 22 : 0) |
            (random.Next(2) == 0 ? FloatControl.Inexact : 0) | (random.Next(4) == 0 ? FloatControl.Saturated : 0);
    }

    // Often small integers and near one another, so that results are exact or cancel.
    private static ulong Double(Random random) => random.Next(4) switch
    {
        0 => Doubles[random.Next(Doubles.Length)],
        1 => BitConverter.DoubleToUInt64Bits(random.Next(-100, 100) * 0.125),
        2 => (ulong)random.NextInt64() & 0x800f_ffff_ffff_ffff | (ulong)(0x3f0 + random.Next(32)) << 52,
        _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
    };

    private static uint Single(Random random) => random.Next(4) switch
    {
        0 => Singles[random.Next(Singles.Length)],
        1 => BitConverter.SingleToUInt32Bits(random.Next(-100, 100) * 0.125f),
        2 => (uint)random.NextInt64() & 0x807f_ffff | (uint)(0x78 + random.Next(16)) << 23,
        _ => (uint)random.NextInt64(),
    };

    private static object Value(ParameterInfo parameter, in IrInstruction call, ulong[] file, object? result)
    {
        if (parameter.Name == "result")
            return result!;
        if (parameter.Name == "immediate")
            return call.Immediate;
        var slot = parameter.Name switch
        {
            "a" => call.A,
            "b" => call.B,
            "c" => call.C,
            "dst" => call.Dst,
            _ => InstructionSet.FloatStatus,
        };
        if (parameter.ParameterType == typeof(ulong))
            return file[slot.Index];
        return As.MakeGenericMethod(typeof(ulong), parameter.ParameterType.GetGenericArguments()[0])
            .Invoke(null, [Vector128.Create(file[slot.Index], file[slot.Index + 1])])!;
    }

    private static object AsBits(object vector) =>
        As.MakeGenericMethod(vector.GetType().GetGenericArguments()[0], typeof(ulong)).Invoke(null, [vector])!;
}
