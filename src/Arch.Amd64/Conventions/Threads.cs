using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Conventions;

/// <summary>Where registers come from: exec_setregs (machdep.c), cpu_fork, cpu_copy_thread and cpu_set_upcall (vm_machdep.c).</summary>
internal static class Threads
{
    /// <summary>The first instruction of a new image; only an armed step outlives the old one.</summary>
    public static void Exec(Cpu cpu, ulong entry, ulong stack)
    {
        var step = cpu[Slots.TF];
        Array.Clear(cpu.File, 0, cpu.InstructionSet.Registers);
        RegisterImages.ResetFpu(cpu);
        DebugRegisters.Clear(cpu);
        Selectors.SetUserDefaults(cpu);
        cpu.ResumeOverBreakpoint = false;
        cpu[Slots.TF] = step;
        cpu.Pc = entry;
        cpu[Slots.Rdi] = stack;
        cpu[Slots.Rsp] = ((stack - 8) & ~0xfUL) + 8;
        Pcb.RequireFullReturn(cpu);
    }

    /// <summary>A forked child returns 0 with rdx 1 from the call, and is not stepped.</summary>
    public static void Fork(Cpu parent, Cpu child)
    {
        Copy(parent, child);
        child[Slots.Rax] = 0;
        child[Slots.Rdx] = 1;
        child[Slots.CF] = 0;
    }

    /// <summary>A new thread: its creator's registers but a fresh FPU, then a call of <paramref name="entry"/> on its own stack.</summary>
    public static void Upcall(Cpu creator, Cpu created, ulong entry, ulong argument, ulong stackBase, ulong stackSize)
    {
        Copy(creator, created);
        RegisterImages.ResetFpu(created);
        created[Slots.Rbp] = 0;
        created[Slots.Rsp] = ((stackBase + stackSize) & ~0xfUL) - 8;
        // A return address that ends backtraces; suword's failure is not looked at. A page not yet there is a fresh one, which is zero.
        _ = creator.Memory.TryStore(created[Slots.Rsp], sizeof(ulong), 0);
        created.Pc = entry;
        created[Selectors.Ds] = created[Selectors.Es] = Selectors.UserData;
        created[Selectors.Fs] = Selectors.UserFs;
        created[Selectors.Gs] = Selectors.UserGs;
        created[Slots.Rdi] = argument;
    }

    /// <summary>Frame and pcb, debug registers included; the trace flag is cleared, and the first return takes all of the frame.</summary>
    private static void Copy(Cpu from, Cpu to)
    {
        Array.Copy(from.File, to.File, from.InstructionSet.Registers);
        to.Comparators = from.Comparators;
        to.ResumeOverBreakpoint = from.ResumeOverBreakpoint;
        to[Slots.TF] = 0;
        Pcb.Clear(to, PcbFlags.InSystemCall);
        Pcb.RequireFullReturn(to);
    }
}
