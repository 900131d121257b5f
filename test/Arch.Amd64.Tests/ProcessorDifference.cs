using System.Runtime.Intrinsics.X86;
using System.Text;
using Arch.Amd64.Tests.Differential;
using Iced.Intel;

namespace Arch.Amd64.Tests;

/// <summary>Who made a processor. Tests compare with a host of an unknown maker only where all known ones agree.</summary>
[Flags]
internal enum Makers
{
    None = 0,
    Intel = 1,
    Amd = 2,
    Both = Intel | Amd,
}

/// <summary>What of a case's outcome is not compared.</summary>
[Flags]
internal enum Uncompared
{
    Nothing = 0,

    /// <summary>The x87's part of both FXSAVE images.</summary>
    X87 = 1,

    /// <summary>Which byte of an operand a page fault names, and the error code that belongs to that byte's page.</summary>
    FaultAddress = 2,

    /// <summary>The ten bytes before the address of the page fault.</summary>
    BytesBeforeFault = 4,

    Flags = 8,

    All = 16,
}

/// <summary>How a case ended on the host.</summary>
/// <param name="Last">The instruction that faulted; <see cref="Mnemonic.INVALID"/> when none did.</param>
/// <param name="HasFaulted">Whether there was a fault, be it one that was mended.</param>
/// <param name="Mxcsr">At its end.</param>
internal readonly record struct CaseEnd(Case Case, Code Last, bool HasFaulted, uint Mxcsr)
{
    /// <summary>Whether the case has an instruction of this kind.</summary>
    public bool Has(Func<Code, bool> isMeant) => Case.Steps.Any(step => isMeant(step.Instruction.Code));
}

/// <summary>
/// Something that the manuals leave open, or in which processors differ from them or from each other. The machine is an Intel processor
/// (docs/machine.md), but precise where silicon is not.
/// </summary>
/// <param name="Subject">What it is about.</param>
/// <param name="Departing">The makers whose processors do other than the machine.</param>
/// <param name="Machine">What the machine does.</param>
/// <param name="Processors">What the departing ones do.</param>
internal sealed record ProcessorDifference(string Subject, Makers Departing, string Machine, string Processors)
{
    /// <summary>What of a case's outcome must not be compared with a departing processor.</summary>
    public Func<CaseEnd, Uncompared> InCase { get; init; } = static _ => Uncompared.Nothing;

    /// <summary>Makes a departing processor's result of a single instruction that of the machine where both are right.</summary>
    public Action<Instruction, MachineState, MachineState> Reconcile { get; init; } = static (_, _, _) => { };

    /// <summary>The codes that are never executed on the host because of it.</summary>
    public Func<Code, bool> IsLeftOut { get; init; } = static _ => false;

    /// <summary>Whether the host's processor is one of those that depart.</summary>
    public bool IsOfHost => Host == Makers.None || (Departing & Host) != 0;

    /// <summary>The maker of the host's processor.</summary>
    public static Makers Host { get; } = FindHost();

    private static Makers FindHost()
    {
        if (!X86Base.IsSupported)
            return Makers.None;
        var (_, ebx, ecx, edx) = X86Base.CpuId(0, 0);
        byte[] name = [.. BitConverter.GetBytes(ebx), .. BitConverter.GetBytes(edx), .. BitConverter.GetBytes(ecx)];
        return Encoding.ASCII.GetString(name) switch
        {
            "GenuineIntel" => Makers.Intel,
            // Hygon's are Zen under licence.
            "AuthenticAMD" or "HygonGenuine" => Makers.Amd,
            _ => Makers.None,
        };
    }
}
