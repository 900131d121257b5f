using System.Runtime.InteropServices;
using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Mib;

namespace TraceKernel.Tests.Syscalls;

/// <summary>A process that calls sysctl(3).</summary>
internal abstract class SysctlFixture
{
    protected const ulong Name = TestMemory.Base, Old = TestMemory.Base + 0x1000, OldLength = TestMemory.Base + 0x800;

    protected World World { get; private set; } = null!;

    [SetUp]
    public void MakeWorld() => World = new World();

    /// <summary>Bytes that the last call reported.</summary>
    protected ulong Length => World.Memory.Get<ulong>(OldLength);

    protected Errno Call(ReadOnlySpan<int> name, ulong room, string newValue = "")
    {
        MemoryMarshal.AsBytes(name).CopyTo(World.Memory[Name, name.Length * 4]);
        World.Memory.Set(OldLength, room);
        var newAddress = newValue.Length == 0 ? 0 : World.Memory.Text(newValue);
        return World.Call("__sysctl", Name, (ulong)name.Length, Old, OldLength, newAddress, (ulong)newValue.Length);
    }

    /// <summary>The number of a name, by name2oid.</summary>
    protected int[] Numbers(string name)
    {
        Assert.That(Call([CTL_SYSCTL, CTL_SYSCTL_NAME2OID], 96, name), Is.EqualTo(None), name);
        return MemoryMarshal.Cast<byte, int>(World.Memory[Old, (int)Length]).ToArray();
    }

    /// <summary>The value of a name, which has to be of that many bytes.</summary>
    protected T Value<T>(string name) where T : unmanaged
    {
        Assert.That(Call(Numbers(name), 10000), Is.EqualTo(None), name);
        Assert.That(Length, Is.EqualTo((ulong)Marshal.SizeOf<T>()), name);
        return World.Memory.Get<T>(Old);
    }

    /// <summary>What the kernel puts at the address of the old value for one of the questions below {0}.</summary>
    protected Errno Ask(int question, ReadOnlySpan<int> numbers) => Call([CTL_SYSCTL, question, .. numbers], 1000);
}
