namespace Arch.Arm64.Registers;

/// <summary>
/// DBGBCR and DBGWCR: what a comparator compares (Arm manual, D13.3), as far as FreeBSD lets a debugger say it (machine/armreg.h).
/// </summary>
internal static class DebugControl
{
    public const uint Enabled = 1;

    /// <summary>PMC and PAC: at which levels. FreeBSD wants EL0 only.</summary>
    public const uint LevelMask = 3 << 1, UserLevel = 2 << 1;

    /// <summary>LSC of a watchpoint.</summary>
    public const uint Load = 1 << 3, Store = 1 << 4, LoadStoreMask = Load | Store;

    /// <summary>BAS: bytes from the address of a watchpoint on, or the halfwords of an instruction.</summary>
    public const uint BreakpointBytes = 0xf << 5, WatchpointBytes = 0xff << 5;

    public const int BytesShift = 5;

    /// <summary>MASK of a watchpoint: low bits of the address that are not compared.</summary>
    public const uint RangeMask = 0x1f << 24;

    public const int RangeShift = 24;

    /// <summary>Fields that the kernel takes; it drops the others.</summary>
    public const uint BreakpointFields = Enabled | LevelMask | BreakpointBytes;

    /// <inheritdoc cref="BreakpointFields"/>
    public const uint WatchpointFields = Enabled | LevelMask | LoadStoreMask | WatchpointBytes | RangeMask;

    public static bool IsEnabled(uint control) => (control & Enabled) != 0;
}
