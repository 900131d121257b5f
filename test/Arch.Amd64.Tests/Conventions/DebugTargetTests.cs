using System.Buffers.Binary;
using Arch.Amd64.Conventions;
using NUnit.Framework;
using TraceKernel.Abi;
using static Arch.Amd64.Tests.Conventions.Program;

namespace Arch.Amd64.Tests.Conventions;

/// <summary>Registers between images and wire, and the text of instructions.</summary>
internal sealed class DebugTargetTests
{
    private static readonly Amd64DebugTarget Target = new();

    private static int Number(string name) =>
        Enumerable.Range(0, Target.Registers.Count).Single(number => Target.Registers[number].Name == name);

    private static byte[] Image(RegisterImage image) => new byte[image switch
    {
        RegisterImage.General => 176,
        RegisterImage.FloatingPoint => 512,
        _ => 8,
    }];

    [Test]
    public void PcSpFpAreNamedByTheirRoles()
    {
        var registers = Target.Registers;
        Assert.That((registers[Target.PcNumber].Generic, registers[Target.SpNumber].Generic, registers[Target.FpNumber].Generic),
            Is.EqualTo(("pc", "sp", "fp")));
        Assert.That(registers.Where(row => row.Generic is not null).Select(row => row.Generic), Is.Unique);
        Assert.That(registers.Where(row => row.Dwarf >= 0).Select(row => row.Dwarf), Is.Unique);
        Assert.That(registers.Select(row => row.Name), Is.Unique);
    }

    [TestCase("rax", 0)]
    [TestCase("rdx", 1)]
    [TestCase("rcx", 2)]
    [TestCase("rbx", 3)]
    [TestCase("rsi", 4)]
    [TestCase("rdi", 5)]
    [TestCase("rbp", 6)]
    [TestCase("rsp", 7)]
    [TestCase("r15", 15)]
    [TestCase("rip", 16)]
    [TestCase("xmm0", 17)]
    [TestCase("xmm15", 32)]
    [TestCase("st0", 33)]
    [TestCase("eflags", 49)]
    [TestCase("fs_base", 58)]
    [TestCase("mxcsr", 64)]
    public void DwarfNumbersAreTheAbis(string name, int number) => Assert.That(Target.Registers[Number(name)].Dwarf, Is.EqualTo(number));

    [Test]
    public void EveryRegisterIsOnTheWireAsInItsImage()
    {
        var random = new Random(5);
        for (var number = 0; number < Target.Registers.Count; number++)
        {
            var row = Target.Registers[number];
            var image = Image(row.Image);
            random.NextBytes(image);
            var wire = new byte[row.Bits / 8 + 4];
            wire.AsSpan().Fill(0x55);
            Target.ToWire(number, image, wire);
            Assert.That(wire.AsSpan(row.Bits / 8).ToArray(), Is.All.EqualTo(0x55), "no byte too many");
            if (row.Name == "ftag") continue;
            var expected = new byte[row.Bits / 8];
            image.AsSpan(row.Offset, row.ImageBytes).CopyTo(expected);
            if (row.Name == "fop") expected[1] &= 7;
            Assert.That(wire[..expected.Length], Is.EqualTo(expected), row.Name);
        }
    }

    [Test]
    public void WritingARegisterChangesOnlyIt()
    {
        var random = new Random(6);
        for (var number = 0; number < Target.Registers.Count; number++)
        {
            var row = Target.Registers[number];
            var (image, wire) = (Image(row.Image), new byte[row.Bits / 8]);
            random.NextBytes(image);
            random.NextBytes(wire);
            var before = image.ToArray();
            Target.FromWire(number, wire, image);
            before.AsSpan(row.Offset, row.ImageBytes).Clear();
            var after = image.ToArray();
            after.AsSpan(row.Offset, row.ImageBytes).Clear();
            Assert.That(after, Is.EqualTo(before), row.Name);
            if (row.Name == "ftag") continue;
            Assert.That(image.AsSpan(row.Offset, row.ImageBytes).ToArray(), Is.EqualTo(wire[..row.ImageBytes]), row.Name);
        }
    }

    // st(0) in physical register top; a number, a zero, an infinity, a denormal, an unnormal.
    [TestCase(0, 0x01, 0x3fff, 0x8000_0000_0000_0000UL, 0xfffcu)]
    [TestCase(7, 0x80, 0x3fff, 0x8000_0000_0000_0000UL, 0x3fffu)]
    [TestCase(7, 0x80, 0xbfff, 0xc000_0000_0000_0000UL, 0x3fffu)]
    [TestCase(7, 0x80, 0, 0UL, 0x7fffu)]
    [TestCase(7, 0x80, 0x8000, 0UL, 0x7fffu)]
    [TestCase(7, 0x80, 0x7fff, 0x8000_0000_0000_0000UL, 0xbfffu)]
    [TestCase(7, 0x80, 0, 1UL, 0xbfffu)]
    [TestCase(7, 0x80, 0x3fff, 0x4000_0000_0000_0000UL, 0xbfffu)]
    [TestCase(3, 0x00, 0x3fff, 0x8000_0000_0000_0000UL, 0xffffu)]
    public void TagWordClassifiesTheRegistersInUse(int top, int inUse, int exponent, ulong significand, uint expected)
    {
        var image = new byte[512];
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(2), (ushort)(top << 11));
        image[4] = (byte)inUse;
        SetWord(image, 32, significand);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(40), (ushort)exponent);
        var wire = new byte[4];
        Target.ToWire(Number("ftag"), image, wire);
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(wire), Is.EqualTo(expected));
        image[4] = 0x5a;
        Target.FromWire(Number("ftag"), wire, image);
        Assert.That(image[4], Is.EqualTo(inUse));
    }

    [TestCase("cc", "int3", 1)]
    [TestCase("4889e5", "movq %rsp, %rbp", 3)]
    [TestCase("0f05", "syscall", 2)]
    public void InstructionsReadAsGdbShowsThem(string hex, string text, int length)
    {
        var code = Convert.FromHexString(hex + "9090");
        Assert.That(Target.Disassemble(code, 0x1000, out var bytes), Is.EqualTo(text));
        Assert.That(bytes, Is.EqualTo(length));
        var byIced = GasDisassembly.ByIced(code, 0x1000, out bytes);
        Assert.That(bytes, Is.EqualTo(length));
        Assert.That(byIced, Does.StartWith(text[..3]));
    }

    [TestCase("06")]
    [TestCase("48")]
    [TestCase("")]
    public void WhatIsNoInstructionHasNoLength(string hex)
    {
        Assert.That(Target.Disassemble(Convert.FromHexString(hex), 0x1000, out var length), Is.Empty);
        Assert.That(length, Is.Zero);
        Assert.That(GasDisassembly.ByIced(Convert.FromHexString(hex), 0x1000, out length), Is.Empty);
        Assert.That(length, Is.Zero);
    }
}
