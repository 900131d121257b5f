namespace Arch.Arm64.Conventions;

/// <summary>The user half of the address space (sys/arm64/include/vmparam.h).</summary>
internal static class UserMemory
{
    /// <summary>VM_MAXUSER_ADDRESS.</summary>
    public const ulong Top = 0x1_0000_0000_0000;

    /// <summary>SHAREDPAGE, which is USRSTACK as well.</summary>
    public const ulong SharedPage = Top - 4096;
}
