namespace TraceKernel.Machine.Execution;
#pragma warning disable
/// <summary>Runs guest instructions: one per address space, holding its lifted blocks.</summary>
public sealed class Engine
{
    public Engine(InstructionSet instructionSet, Memory.AddressSpace memory) { }
    /// <summary>Runs until <paramref name="budget"/> more instructions have retired or something else ends the slice.</summary>
    public Exit Run(Cpu cpu, long budget) => throw null!;
}
