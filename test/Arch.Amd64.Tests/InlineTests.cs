using System.Reflection;
using System.Runtime.Intrinsics;
using Arch.Amd64.Lifting;
using Arch.Amd64.Registers;
using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Tests;

/// <summary>
/// The everyday case of every helper that has one: where it says that it is certain, it is what the helper does, the flags of MXCSR
/// included. What a host leaves open (which of two NaNs, the sign of a zero) must therefore never be certain, whatever the order.
/// </summary>
[TestFixture]
internal sealed class InlineTests
{
    private const int Forms = 20, RoundsOfEach = 20;

    private static readonly Amd64InstructionSet InstructionSet = new();
    private static readonly MethodInfo As = typeof(Vector128).GetMethod(nameof(Vector128.As))!;

    private static readonly CpuidFeature[] Features =
    [
        CpuidFeature.SSE, CpuidFeature.SSE2, CpuidFeature.MMX, CpuidFeature.SSE3, CpuidFeature.SSSE3, CpuidFeature.SSE4_1, CpuidFeature.SSE4_2,
    ];

    private static IEnumerable<Code> Codes() => Features.SelectMany(VectorInstructions.Of).Distinct()
        .Where(code => VectorInstructions.Forms(code).Register && Lift(code, new Random(1)).Any(call => Inline(call) is not null));

    [TestCaseSource(nameof(Codes))]
    public void IsWhatTheHelperDoesWhereCertain(Code code)
    {
        int seed = TestContext.Parameters.Get("seed", 1);
        var (random, cpu) = (new Random(seed), new Cpu(InstructionSet));
        int certain = 0;
        for (int form = 0; form < Forms; form++)
        {
            foreach (var operation in Lift(code, random).Where(operation => Inline(operation) is not null))
            {
                for (int round = 0; round < RoundsOfEach; round++)
                    certain += IsCertainAndRight(cpu, operation, random, () => $"{code}, seed {seed}, form {form}") ? 1 : 0;
            }
        }
        TestContext.Out.WriteLine($"{code}: {certain} of {Forms * RoundsOfEach} certain");
        Assert.That(certain, Is.GreaterThan(Forms * RoundsOfEach / 20));
    }

    /// <summary>Two NaNs in both orders, a NaN and a number: the host may answer with either, or with one of its own.</summary>
    [TestCase(Code.Addsd_xmm_xmmm64)]
    [TestCase(Code.Subsd_xmm_xmmm64)]
    [TestCase(Code.Mulsd_xmm_xmmm64)]
    [TestCase(Code.Divsd_xmm_xmmm64)]
    [TestCase(Code.Sqrtsd_xmm_xmmm64)]
    [TestCase(Code.Minsd_xmm_xmmm64)]
    [TestCase(Code.Maxsd_xmm_xmmm64)]
    [TestCase(Code.Addpd_xmm_xmmm128)]
    [TestCase(Code.Mulpd_xmm_xmmm128)]
    [TestCase(Code.Ucomisd_xmm_xmmm64)]
    public void NaNsAreNeverCertain(Code code)
    {
        ulong[] values = [0x7ff8000000012345, 0xfff8000000000001, 0x7ff4000000000000, 0xfff0000000000001, 0x3ff0000000000000, 0];
        foreach (var operation in Lift(code, new Random(1)))
        {
            if (Inline(operation) is not { IsCertain: not null } helper)
                continue;
            foreach (ulong first in values)
            {
                foreach (ulong second in values.Where(second => double.IsNaN(BitConverter.UInt64BitsToDouble(second))))
                {
                    var file = new ulong[new Cpu(InstructionSet).File.Length];
                    (file[operation.A.Index], file[operation.B.Index], file[Slots.Mxcsr.Index]) = (first, second, 0x1fbf);
                    bool isCertain = IsCertain(helper, operation, file, Compute(helper, operation, file));
                    Assert.That(isCertain, Is.False, $"{first:x} and {second:x}");
                }
            }
        }
    }

    private static bool IsCertainAndRight(Cpu cpu, IrInstruction operation, Random random, Func<string> describe)
    {
        var inline = Inline(operation)!;
        Fill(cpu, random);
        var before = (ulong[])cpu.File.Clone();
        object result = Compute(inline, operation, before);
        if (!IsCertain(inline, operation, before, result))
            return false;
        int trap = InstructionSet.Helpers[operation.Width](
            cpu, operation.Dst.Index, operation.A.Index, operation.B.Index, operation.C.Index, operation.Immediate);
        Assert.That(trap, Is.EqualTo(TraceKernel.Machine.Execution.InstructionSet.NoTrap), describe);
        var after = (ulong[])before.Clone();
        int destination = operation.Dst.Index;
        var bits = result is ulong number ? Vector128.Create(number, after[destination + 1]) : (Vector128<ulong>)AsBits(result);
        (after[destination], after[destination + 1]) = (bits[0], inline.ClearsHigh ? 0 : bits[1]);
        Assert.That(cpu.File, Is.EqualTo(after), () =>
            $"{describe()}: a {Show(before, operation.A)} b {Show(before, operation.B)} d {Show(before, operation.Dst)}");
        return true;
    }

    private static object Compute(InlineHelper inline, IrInstruction call, ulong[] file) =>
        inline.Compute.Invoke(null, [.. inline.Compute.GetParameters().Select(parameter => Value(parameter, call, file, null))])!;

    private static bool IsCertain(InlineHelper inline, IrInstruction call, ulong[] file, object result) =>
        inline.IsCertain is not { } certain ||
        (bool)certain.Invoke(null, [.. certain.GetParameters().Select(parameter => Value(parameter, call, file, result))])!;

    private static InlineHelper? Inline(in IrInstruction operation) =>
        operation.Op == IrOpcode.Call ? InstructionSet.Inline(operation.Width, operation.Immediate) : null;

    private static List<IrInstruction> Lift(Code code, Random random)
    {
        var builder = new IrBuilder(InstructionSet.Registers);
        InstructionSet.Lift(builder, Layout.Instruction, VectorInstructions.Encode(code, random, memory: false));
        return [.. builder.Operations];
    }

    private static void Fill(Cpu cpu, Random random)
    {
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(cpu.File.AsSpan(Slot.FirstRegister));
        for (int at = 0; at + 16 <= bytes.Length; at += 16)
            VectorValues.Fill(random, bytes.Slice(at, 16));
        uint control = random.Next(4) == 0 ? (uint)random.Next(4) << 13 | (uint)random.Next(2) << 15 | (uint)random.Next(2) << 6 : 0;
        cpu[Slots.Mxcsr] = 0x1f80 | control | (random.Next(2) == 0 ? (uint)random.Next(64) : 0x20);
    }

    private static string Show(ulong[] file, Slot slot) => $"{file[slot.Index + 1]:x16}_{file[slot.Index]:x16}";

    private static object Value(ParameterInfo parameter, in IrInstruction call, ulong[] file, object? result)
    {
        if (parameter.Name == "result")
            return LowOf(parameter.ParameterType, result!);
        if (parameter.Name == "immediate")
            return call.Immediate;
        if (parameter.ParameterType == typeof(bool))
            return false;
        var slot = parameter.Name switch
        {
            "a" => call.A,
            "b" => call.B,
            "c" => call.C,
            "dst" => call.Dst,
            _ => InstructionSet.FloatStatus,
        };
        return Typed(parameter.ParameterType, Vector128.Create(file[slot.Index], file[slot.Index + 1]));
    }

    /// <summary>A result as <c>IsCertain</c> takes it: whole, or its low number.</summary>
    private static object LowOf(Type type, object result) =>
        type.IsInstanceOfType(result) ? result : Typed(type, (Vector128<ulong>)AsBits(result));

    private static object Typed(Type type, Vector128<ulong> bits)
    {
        if (type == typeof(ulong))
            return bits[0];
        if (type == typeof(double))
            return bits.AsDouble()[0];
        return type == typeof(float)
            ? bits.AsSingle()[0]
            : As.MakeGenericMethod(typeof(ulong), type.GetGenericArguments()[0]).Invoke(null, [bits])!;
    }

    private static object AsBits(object vector) =>
        As.MakeGenericMethod(vector.GetType().GetGenericArguments()[0], typeof(ulong)).Invoke(null, [vector])!;
}
