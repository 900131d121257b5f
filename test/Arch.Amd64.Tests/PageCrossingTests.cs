using System.Buffers.Binary;
using Arch.Amd64.Lifting;
using Arch.Amd64.Registers;
using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace Arch.Amd64.Tests;

/// <summary>Hot code whose accesses by one register go to two pages, and across their border, where the host has them elsewhere.</summary>
internal sealed class PageCrossingTests
{
    private const ulong Code = 0x10000, Data = 0x20000;
    private const int Iterations = 3000;

    // L: movd xmm0, ecx; pshufd xmm0, xmm0, 0; mov [rbx+0x1800], rax; movups [rbx+0xff8], xmm0; mov rdx, [rbx+0xffc]; add rsi, rdx;
    // movups xmm1, [rbx+0xff8]; dec ecx; jnz L; int3
    private static readonly byte[] Program = Convert.FromHexString("660f6ec1" + "660f70c000" + "48898300180000" + "0f1183f80f0000" +
        "488b93fc0f0000" + "4801d6" + "0f108bf80f0000" + "ffc9" + "75d4" + "cc");

    [Test]
    public void NeighbouringPagesAreNotOnePage([Values] bool translated)
    {
        var instructions = new Amd64InstructionSet();
        var memory = new AddressSpace(new PhysicalMemory(1 << 20), instructions.AddressBits);
        var code = memory.Memory.TryAllocate()!;
        // In the other order than their addresses.
        var (second, first) = (memory.Memory.TryAllocate()!, memory.Memory.TryAllocate()!);
        code.Write(0, Program);
        memory.Enter(Code, code, Access.Read | Access.Execute);
        memory.Enter(Data, first, Access.ReadWrite);
        memory.Enter(Data + Frame.Size, second, Access.ReadWrite);
        var cpu = new Cpu(instructions) { Memory = memory, Pc = Code };
        cpu[Slots.Rbx] = Data;
        cpu[Slots.Rcx] = Iterations;
        var engine = new Engine(instructions, memory, new TranslationPolicy(IsOn: translated, Threshold: 2, Growth: 4, IsImmediate: true));
        Assert.That(engine.Run(cpu, 1 << 20), Is.EqualTo(new Exit(ExitKind.Trap, Traps.Breakpoint)));
        Assert.That(engine.Translations.Retired > 0, Is.EqualTo(translated));
        Span<byte> bytes = stackalloc byte[8];
        first.Read(Frame.Size - 8, bytes);
        const ulong Ones = 0x1_0000_0001, Sum = (ulong)Iterations * (Iterations + 1) / 2;
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(bytes), Is.EqualTo(Ones));
        Assert.That(cpu[Slots.Rsi], Is.EqualTo(Sum * Ones));
        Assert.That((cpu[Slots.Xmm(1)], cpu[Lifter.High(Slots.Xmm(1))]), Is.EqualTo((Ones, Ones)));
    }
}
