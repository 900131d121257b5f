using Arch.Arm64.Registers;
using TraceKernel.Machine.Execution;
using TraceKernel.Ptrace;

namespace Arch.Arm64.Conventions;

/// <summary>Where registers come from: exec_setregs (machdep.c), cpu_fork, cpu_copy_thread and cpu_set_upcall (vm_machdep.c).</summary>
internal static class Threads
{
    /// <summary>The first instruction of a new image; only an armed step outlives the old one.</summary>
    public static void Exec(Cpu cpu, ulong entry, ulong stack)
    {
        var step = cpu[Slots.SS];
        Array.Clear(cpu.File, 0, cpu.InstructionSet.Registers);
        cpu.Comparators = [];
        cpu.ResumeOverBreakpoint = false;
        cpu[Slots.SS] = step;
        cpu.Pc = entry;
        cpu[Slots.Lr] = entry;
        cpu[Slots.General(0)] = stack;
        cpu[Slots.Sp] = stack & ~0xfUL;
    }

    /// <summary>A forked child returns 0 from the call.</summary>
    public static void Fork(Cpu parent, Cpu child, MachineRules rules)
    {
        Copy(parent, child, rules);
        child[Slots.General(0)] = child[Slots.General(1)] = 0;
        child[Slots.C] = 0;
    }

    /// <summary>
    /// A new thread: its creator's registers but a fresh FPU and no flags, then a call of <paramref name="entry"/> on its own stack.
    /// </summary>
    public static void Upcall(
        Cpu creator, Cpu created, ulong entry, ulong argument, ulong stackBase, ulong stackSize, MachineRules rules)
    {
        Copy(creator, created, rules);
        RegisterImages.ResetFpu(created);
        Pstate.WriteFlags(created, 0);
        created[Slots.Sp] = (stackBase + stackSize) & ~0xfUL;
        created.Pc = entry;
        created[Slots.General(0)] = argument;
        created[Slots.General(1)] = 0;
        // Backtraces end here.
        created[Slots.General(29)] = created[Slots.Lr] = 0;
    }

    /// <summary>
    /// Frame and pcb, debug registers included, but for the exclusives monitor, and the step where it is the creator's alone.
    /// </summary>
    private static void Copy(Cpu from, Cpu to, MachineRules rules)
    {
        Array.Copy(from.File, to.File, from.InstructionSet.Registers);
        to.Comparators = from.Comparators;
        to.ResumeOverBreakpoint = from.ResumeOverBreakpoint;
        to[Slots.Exclusive] = 0;
        if (rules.ChildrenAreNotStepped) to[Slots.SS] = 0;
    }
}
