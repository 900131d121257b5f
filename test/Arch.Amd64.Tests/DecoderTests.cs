using Arch.Amd64.Decoding;
using Arch.Amd64.Lifting;
using Gee.External.Capstone;
using Gee.External.Capstone.X86;
using Iced.Intel;
using NUnit.Framework;

namespace Arch.Amd64.Tests;

/// <summary>
/// The decoder against Capstone on random bytes: what is lifted is an instruction of the same length there, and no instruction is missed.
/// </summary>
internal sealed class DecoderTests
{
    private const int Rounds = 40_000;

    /// <summary>Instructions that Capstone 4 does not know, or not in all their forms.</summary>
    private static readonly HashSet<Mnemonic> Unknown =
    [
        Mnemonic.Reservednop, Mnemonic.Ud0, Mnemonic.Ud1, Mnemonic.Prefetch, Mnemonic.Prefetchw, Mnemonic.Nop, Mnemonic.Endbr32, Mnemonic.Endbr64,
        Mnemonic.Lfence, Mnemonic.Mfence, Mnemonic.Sfence,
    ];

    /// <summary>
    /// Instructions of AMD's K6, VIA's and Transmeta's processors, moves of control and debug registers that there are not, and what only a
    /// hypervisor or SMX has.
    /// </summary>
    private static readonly HashSet<string> OtherMakers =
    [
        "femms", "mov", "getsec", "montmul", "xstore", "xsha1", "xsha256", "xcryptecb", "xcryptcbc", "xcryptctr", "xcryptcfb", "xcryptofb",
        "rsm", "clgi", "stgi", "skinit", "vmrun", "vmload", "vmsave", "invlpga", "push", "pop",
    ];

    [Test]
    public void AgreesWithCapstone([Range(1, 6)] int seed)
    {
        var random = new Random(seed);
        using var capstone = CapstoneDisassembler.CreateX86Disassembler(X86DisassembleMode.Bit64);
        var reader = new InstructionReader();
        byte[] code = new byte[16];
        int valid = 0;
        for (int round = 0; round < Rounds; round++)
        {
            Draw(random, code);
            Assert.That(reader.TryRead(0x1000, code, out var instruction));
            var theirs = capstone.Disassemble(code, 0x1000, 1);
            string? difference = instruction.IsInvalid ? Missed(code, theirs) : Misread(instruction, theirs);
            Assert.That(difference, Is.Null, () => $"{Convert.ToHexStringLower(code)}: {instruction} against {difference}");
            valid += instruction.IsInvalid ? 0 : 1;
        }
        TestContext.Out.WriteLine($"seed {seed}: {valid} of {Rounds} are instructions");
    }

    private static string? Misread(in Instruction instruction, X86Instruction[] theirs)
    {
        bool isSegmentMove = instruction.Mnemonic == Mnemonic.Mov && (instruction.Op0Register.IsSegmentRegister() || instruction.Op1Register.IsSegmentRegister());
        if (LiftTable.Find(instruction.Code) is null || isSegmentMove || Unknown.Contains(instruction.Mnemonic))
            return null;
        if (theirs.Length == 0)
            return "nothing";
        // To Capstone as to AMD's processors a near branch with the operand-size prefix has 16 bits; to Intel's, and here, 32.
        bool isBranch = instruction.FlowControl is not (FlowControl.Next or FlowControl.Interrupt or FlowControl.Exception);
        return isBranch || theirs[0].Bytes.Length == instruction.Length ? null : $"{theirs[0].Mnemonic} of {theirs[0].Bytes.Length} bytes";
    }

    /// <summary>Prefixes that choose another instruction, or none, do not to Capstone, which takes many for idle.</summary>
    private static string? Missed(ReadOnlySpan<byte> code, X86Instruction[] theirs)
    {
        ReadOnlySpan<byte> choosing = [0x66, 0x67, 0xf0, 0xf2, 0xf3];
        ReadOnlySpan<byte> idle = [0x2e, 0x64, 0x65];
        while (idle.Contains(code[0]))
            code = code[1..];
        return theirs.Length == 0 || choosing.Contains(code[0]) || OtherMakers.Contains(theirs[0].Mnemonic) ? null : theirs[0].Mnemonic;
    }

    /// <summary>Prefixes now and then, one of a kind, one of the opcode maps, and anything behind it.</summary>
    private static void Draw(Random random, byte[] code)
    {
        random.NextBytes(code);
        int at = 0;
        foreach (byte[] kind in (byte[][])[[0x2e, 0x64, 0x65], [0x67], [0xf0], [0x66, 0xf2, 0xf3]])
        {
            if (random.Next(6) == 0)
                code[at++] = random.GetItems(kind, 1)[0];
        }
        if (random.Next(2) == 0)
            code[at++] = (byte)(0x40 | random.Next(16));
        if (random.Next(2) == 0)
            code[at++] = 0x0f;
        ReadOnlySpan<byte> prefixes = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3];
        if (prefixes.Contains(code[at]) || code[at] >> 4 == 4)
            code[at] ^= 0x10;
    }
}
