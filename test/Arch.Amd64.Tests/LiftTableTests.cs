using Arch.Amd64.Lifting;
using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Tests;

/// <summary>The table of lifting methods.</summary>
[TestFixture]
internal sealed class LiftTableTests
{
    [Test]
    public void NoMnemonicOrCodeHasTwoRows()
    {
        var rows = LiftTable.Rows().ToList();
        Assert.That(rows.SelectMany(row => row.Row.Mnemonics), Is.Unique);
        Assert.That(rows.SelectMany(row => row.Row.Codes), Is.Unique);
    }

    [Test]
    public void EveryRowNamesInstructionsOf64BitMode()
    {
        foreach (var (method, row) in LiftTable.Rows())
        {
            foreach (var mnemonic in row.Mnemonics)
                Assert.That(CodesOf(mnemonic).Any(IsUsable), $"{method.Name}: {mnemonic}");
            foreach (var code in row.Codes)
                Assert.That(IsUsable(code), $"{method.Name}: {code}");
        }
    }

    /// <summary>x86-64-v2 without its vectors, which have their own test: what clang emits for integers.</summary>
    [Test]
    public void EveryUserInstructionOfTheBaselineIsLifted()
    {
        CpuidFeature[] features =
        [
            CpuidFeature.INTEL8086, CpuidFeature.INTEL186, CpuidFeature.INTEL286, CpuidFeature.INTEL386, CpuidFeature.INTEL486,
            CpuidFeature.X64, CpuidFeature.CMOV, CpuidFeature.CX8, CpuidFeature.CMPXCHG16B, CpuidFeature.POPCNT, CpuidFeature.MOVBE,
            CpuidFeature.MULTIBYTENOP, CpuidFeature.PAUSE, CpuidFeature.CPUID, CpuidFeature.TSC, CpuidFeature.RDTSCP, CpuidFeature.CLFSH,
            CpuidFeature.SYSCALL,
        ];
        var missing = from code in Enum.GetValues<Code>()
                      where IsUsable(code) && code.CpuidFeatures().All(features.Contains) && LiftTable.Find(code) is null
                      where !Refused.Contains(code.Mnemonic())
                      select code.Mnemonic();
        Assert.That(string.Join(" ", missing.Distinct()), Is.Empty);
    }

    /// <summary>With the comparison itself this says that every integer instruction is compared, or has a reason not to be.</summary>
    [Test]
    public void EveryFamilyIsComparedWithTheHost()
    {
        var others = from row in LiftTable.Rows()
                     let family = row.Method.DeclaringType!
                     where !InstructionRows.Families.Contains(family)
                     where !family.Name.StartsWith("Sse", StringComparison.Ordinal)
                     where !family.Name.StartsWith("X87", StringComparison.Ordinal)
                     select family.Name;
        Assert.That(string.Join(" ", others.Distinct()), Is.Empty);
    }

    [Test]
    public void LiftingDoesNotAllocate()
    {
        byte[][] program =
        [
            [0x48, 0x01, 0x44, 0x8b, 0x10], [0x0f, 0xb6, 0xc1], [0x48, 0xf7, 0xf9], [0xd3, 0xe0], [0xf3, 0x48, 0xa5], [0x75, 0x10], [0xc3],
        ];
        var set = new Amd64InstructionSet();
        var builder = new IrBuilder(set.Registers);
        void Lift()
        {
            foreach (byte[] code in program)
            {
                builder.Clear();
                set.Lift(builder, 0x1000, code);
            }
        }
        Lift();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Lift();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    /// <summary>
    /// Returns to another code segment and questions about descriptors: a FreeBSD program in 64-bit mode has no other code segment to
    /// return to, and its descriptors are no state of its own. They raise #UD and a report.
    /// </summary>
    private static readonly HashSet<Mnemonic> Refused =
        [Mnemonic.Retf, Mnemonic.Iret, Mnemonic.Iretd, Mnemonic.Iretq, Mnemonic.Verr, Mnemonic.Verw, Mnemonic.Lar, Mnemonic.Lsl];

    private static IEnumerable<Code> CodesOf(Mnemonic mnemonic) => Enum.GetValues<Code>().Where(code => code.Mnemonic() == mnemonic);

    private static bool IsUsable(Code code) =>
        code.ToOpCode() is { IsInstruction: true, Mode64: true, Encoding: EncodingKind.Legacy, IsPrivileged: false };
}
