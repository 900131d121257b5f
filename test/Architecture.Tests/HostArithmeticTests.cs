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

    /// <summary>The functions that every library computes exactly or rounds correctly. Sines, powers and logarithms are not among them.</summary>
    private static readonly string[] ExactFunctions =
    [
        "Abs", "BigMul", "Ceiling", "Clamp", "CopySign", "DivRem", "Floor", "FusedMultiplyAdd", "Max", "Min", "Round", "Sign", "Sqrt",
        "Truncate",
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
        var called = Calls().Where(call => call.DeclaringType.FullName is "System.Math" or "System.MathF");
        Assert.That(Names(called.Where(call => !ExactFunctions.Contains(call.Name))), Is.Empty);
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
        var named = Calls().Where(call => call.Name != "get_IsSupported" &&
            Product.Namespace(call.DeclaringType).StartsWith("System.Runtime.Intrinsics.", StringComparison.Ordinal));
        Assert.That(Names(named).Except(ExactInstructions), Is.Empty);
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
        type.FullName is "System.Double" or "System.Single" or "System.Half" ||
        (type.Namespace == "System.Numerics" && type.Name != "BitOperations");

    private static IEnumerable<string> Names(IEnumerable<MethodReference> calls) =>
        calls.Select(call => $"{call.DeclaringType.Name}.{call.Name}").Distinct().Order();

    [GeneratedRegex("Estimate|Native|^(A?(Sin|Cos|Tan).*|Exp.*|Log.*|Pow|Cbrt|RootN|Hypot|Lerp)$")]
    private static partial Regex LeftToTheHost();
}
