namespace Arch.Amd64.Conventions;

/// <summary>The user half of the address space (sys/amd64/include/vmparam.h).</summary>
internal static class UserMemory
{
    /// <summary>VM_MAXUSER_ADDRESS.</summary>
    public const ulong Top = 0x8000_0000_0000;

    /// <summary>SHAREDPAGE, which is USRSTACK as well.</summary>
    public const ulong SharedPage = Top - 4096;

    /// <summary>The first address of the upper canonical half; between it and <see cref="Top"/> no address is canonical.</summary>
    public const ulong KernelHalf = 0xffff_8000_0000_0000;
}
