namespace Arch.Amd64.Tests;

/// <summary>
/// Where things lie, for the host processor and for the emulated one alike: below 2 GB, so that 32-bit addresses reach everything.
/// </summary>
internal static class Layout
{
    public const ulong Base = 0x1000_0000;

    /// <summary>The instruction under test.</summary>
    public const ulong Instruction = Base + 0x580;

    /// <summary>Where a branch under test goes when it is taken: near enough for a short one.</summary>
    public const ulong BranchTarget = Base + 0x5c0;

    /// <summary>The page of operands and stack. The host's signal frames may go below it.</summary>
    public const ulong Data = Base + 0x20000;

    public const int DataSize = 4096;

    /// <summary>Bytes of the whole mapping on the host.</summary>
    public const int Size = 0x21000;
}
