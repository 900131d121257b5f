using System.Text.RegularExpressions;
using Mono.Cecil;
using NUnit.Framework;

namespace Architecture.Tests;

/// <summary>
/// A guest's results are the same on every host (law 2): of the host's arithmetic only that is used which IEEE 754, or the definition of
/// an integer operation, fixes to the bit. Which NaN comes out of two is not fixed, and is the business of the tests of inline helpers.
/// </summary>
public sealed partial class HostArithmeticTests
{
    private static readonly string[] Machines = ["TraceKernel", "Arch.Amd64", "Arch.Arm64"];

    /// <summary>What the host's library computes exactly, or rounds correctly. Sines, powers and logarithms differ between libraries.</summary>
    private static readonly string[] ExactFunctions =
    [
        "Abs", "BigMul", "Ceiling", "Clamp", "CopySign", "DivRem", "Floor", "FusedMultiplyAdd", "Max", "Min", "Round", "Sign", "Sqrt", "Truncate",
    ];

    /// <summary>Instructions of hosts that may be named: exact ones, with a portable form beside them.</summary>
    private static readonly string[] ExactInstructions =
    [
        "Sse2.AddScalar", "Sse2.SubtractScalar", "Sse2.MultiplyScalar", "Sse2.DivideScalar",
        "Aes.Encrypt", "Aes.EncryptLast", "Aes.DecryptLast", "Aes.InverseMixColumns", "Pclmulqdq.CarrylessMultiply",
    ];

    [Test]
    public void Library_functions_are_correctly_rounded()
    {
        var inexact = Calls().Where(call => call.DeclaringType.FullName is "System.Math" or "System.MathF" && !ExactFunctions.Contains(call.Name));
        Assert.That(Names(inexact), Is.Empty);
    }

    [Test]
    public void Vectors_are_neither_estimated_nor_left_to_the_host()
    {
        var open = Calls().Where(call => IsNumeric(call.DeclaringType) && LeftToTheHost().IsMatch(call.Name));
        Assert.That(Names(open), Is.Empty);
    }

    [Test]
    public void Instructions_of_a_host_are_exact_ones()
    {
        var named = Calls().Where(call => call.DeclaringType.Namespace is "System.Runtime.Intrinsics.X86" or "System.Runtime.Intrinsics.Arm" or
            "System.Runtime.Intrinsics.Wasm" || call.DeclaringType.DeclaringType?.Namespace is "System.Runtime.Intrinsics.X86" or "System.Runtime.Intrinsics.Arm");
        var other = named.Where(call => call.Name != "get_IsSupported" && !ExactInstructions.Contains($"{call.DeclaringType.Name}.{call.Name}"));
        Assert.That(Names(other), Is.Empty);
    }

    private static IEnumerable<MethodReference> Calls() =>
        from assembly in Machines
        from type in Product.Types(Product.Assembly(assembly))
        from method in type.Methods
        where method.HasBody
        from instruction in method.Body.Instructions
        where instruction.Operand is MethodReference
        select (MethodReference)instruction.Operand;

    private static bool IsNumeric(TypeReference type) => type.Namespace.StartsWith("System.Runtime.Intrinsics", StringComparison.Ordinal) ||
        type.FullName is "System.Double" or "System.Single" or "System.Half" || (type.Namespace == "System.Numerics" && type.Name != "BitOperations");

    private static IEnumerable<string> Names(IEnumerable<MethodReference> calls) =>
        calls.Select(call => $"{call.DeclaringType.Name}.{call.Name}").Distinct().Order();

    [GeneratedRegex("Estimate|Native|^(Sin|Cos|Tan|A?SinCos|SinPi|CosPi|A(sin|cos|tan).*|.*(sinh|cosh|tanh)|Exp.*|Log.*|Pow|Cbrt|RootN|Hypot|Lerp)$")]
    private static partial Regex LeftToTheHost();
}
