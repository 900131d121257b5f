using Arch.Arm64.Conventions;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
using static Arch.Arm64.Tests.Conventions.Program;

namespace Arch.Arm64.Tests.Conventions;

/// <summary>struct dbreg: what the kernel takes and refuses, and what the comparators then compare.</summary>
internal sealed class DebugRegisterTests
{
    private const uint Enabled = 1, User = 2 << 1, Load = 1 << 3, Store = 1 << 4, AllBytes = 0xff << 5;

    private static uint Bytes(uint bytes) => bytes << 5;

    private static uint Range(int bits) => (uint)bits << 24;

    private static byte[] With(int entry, ulong address, uint control)
    {
        var dbreg = DbRegs(Fresh());
        DebugImage.Write(dbreg, entry, address, control);
        return dbreg;
    }

    [Test]
    public void The_image_tells_version_and_numbers()
    {
        var dbreg = DbRegs(Busy());
        Assert.That((dbreg.Length, dbreg[0], dbreg[1], dbreg[2]), Is.EqualTo((520, (byte)6, (byte)16, (byte)16)));
        Assert.That(dbreg.AsSpan(3).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
    }

    [Test]
    public void Sixteen_of_each_are_compared()
    {
        var (cpu, dbreg) = (Busy(), DbRegs(Busy()));
        for (var number = 0; number < 16; number++)
        {
            DebugImage.Write(dbreg, 8 + 16 * number, 0x1000 + 4 * (ulong)number, Enabled | User | Bytes(0xf));
            DebugImage.Write(dbreg, 8 + 16 * (16 + number), 0x2000 + 8 * (ulong)number, Enabled | User | Store | AllBytes);
        }
        Assert.That(Newer.SetDbRegs(cpu, dbreg), Is.EqualTo(Errno.None));
        Assert.That(DbRegs(cpu), Is.EqualTo(dbreg));
        for (var number = 0; number < 16; number++)
        {
            Assert.That(cpu.Comparators[number], Is.EqualTo(new DebugComparator(0x1000 + 4 * (ulong)number, 4, Access.Execute)));
            Assert.That(cpu.Comparators[16 + number], Is.EqualTo(new DebugComparator(0x2000 + 8 * (ulong)number, 8, Access.Write)));
        }
    }

    // BAS: bytes of the doubleword, the first run of them; MASK: a power of two.
    [TestCase(0x2000UL, 0x01u, 0, 0x2000UL, 1)]
    [TestCase(0x2000UL, 0x3cu, 0, 0x2002UL, 4)]
    [TestCase(0x2000UL, 0x80u, 0, 0x2007UL, 1)]
    [TestCase(0x2000UL, 0xffu, 0, 0x2000UL, 8)]
    [TestCase(0x2000UL, 0x06u, 0, 0x2001UL, 2)]
    [TestCase(0x2004UL, 0x0fu, 0, 0x2004UL, 4, Description = "an address that is only a multiple of four")]
    [TestCase(0x2000UL, 0x00u, 0, 0x2000UL, 0, Description = "no byte")]
    [TestCase(0x2000UL, 0xffu, 3, 0x2000UL, 8)]
    [TestCase(0x2000UL, 0xffu, 12, 0x2000UL, 4096)]
    [TestCase(0x2345UL, 0xffu, 8, 0x2300UL, 256)]
    [TestCase(0x4000_0000UL, 0xffu, 30, 0x4000_0000UL, 1 << 30)]
    [TestCase(0x8000_0000UL, 0xffu, 31, 0x8000_0000UL, 1L << 31)]
    public void Bytes_and_ranges(ulong address, uint bytes, int range, ulong start, long length)
    {
        var cpu = Busy();
        var dbreg = With(8 + 16 * 16, address, Enabled | User | Load | Bytes(bytes) | Range(range));
        Assert.That(Newer.SetDbRegs(cpu, dbreg), Is.EqualTo(Errno.None));
        Assert.That(cpu.Comparators[16], Is.EqualTo(new DebugComparator(start, length, Access.Read)));
    }

    private static IEnumerable<TestCaseData> Refused() =>
    [
        new TestCaseData(8, 0x1_0000_0000_0000UL, 0u).SetArgDisplayNames("a breakpoint beyond user memory"),
        new TestCaseData(8 + 256, 0x1_0000_0000_0000UL, 0u).SetArgDisplayNames("a watchpoint beyond user memory"),
        new TestCaseData(8, 0x1000UL, Enabled | 1 << 1 | Bytes(15)).SetArgDisplayNames("a breakpoint of EL1"),
        new TestCaseData(8 + 256, 0x1000UL, Enabled | 3 << 1 | Load | AllBytes).SetArgDisplayNames("a watchpoint of both levels"),
        new TestCaseData(8 + 256, 0x1000UL, Enabled | User | AllBytes).SetArgDisplayNames("neither loads nor stores"),
        new TestCaseData(8 + 256, 0x1000UL, Enabled | User | Load | Bytes(15) | Range(8)).SetArgDisplayNames("a range and bytes"),
    ];

    [TestCaseSource(nameof(Refused))]
    public void What_is_refused_changes_nothing(int entry, ulong address, uint control)
    {
        var cpu = Busy();
        var before = DbRegs(cpu);
        Assert.That(Newer.SetDbRegs(cpu, With(entry, address, control)), Is.EqualTo(Errno.EINVAL));
        Assert.That(DbRegs(cpu), Is.EqualTo(before));
    }

    [Test]
    public void Addresses_of_breakpoints_are_aligned_and_foreign_fields_are_dropped()
    {
        var cpu = Busy();
        Assert.That(Newer.SetDbRegs(cpu, With(8, 0x1003, 0xffff_ff00 | Enabled | User | Bytes(15))), Is.EqualTo(Errno.None));
        var dbreg = DbRegs(cpu);
        Assert.That((DebugImage.Address(dbreg, 8), DebugImage.Control(dbreg, 8)), Is.EqualTo((0x1000UL, Enabled | User | Bytes(15))));
    }

    [Test]
    public void Older_kernels_have_none()
    {
        var cpu = Busy();
        Assert.That(Older.DbRegBytes, Is.EqualTo(4));
        Assert.That(Older.FillDbRegs(cpu, new byte[4]), Is.EqualTo(Errno.EDOOFUS));
        Assert.That(Older.SetDbRegs(cpu, new byte[4]), Is.EqualTo(Errno.EDOOFUS));
    }
}
