using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>The helpers of this namespace and their numbers.</summary>
internal static class HelperTable
{
    private static readonly HelperMethods Methods = new(typeof(HelperTable));

    public static IReadOnlyList<Helper> All => Methods.All;

    /// <inheritdoc cref="HelperMethods.NumberOf"/>
    public static int NumberOf(Helper helper) => Methods.NumberOf(helper);
}
