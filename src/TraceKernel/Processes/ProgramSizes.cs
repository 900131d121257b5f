using TraceKernel.Machine.Memory;
using TraceKernel.Vm;

namespace TraceKernel.Processes;

/// <summary>vm_tsize, vm_dsize and vm_ssize of struct vmspace in pages: a program's text, its data, and its main stack.</summary>
/// <param name="Text">What is executable.</param>
/// <param name="Data">What is writable and no stack.</param>
/// <param name="Stack">What grows down.</param>
internal readonly record struct ProgramSizes(long Text, long Data, long Stack)
{
    /// <summary>Of a process that has memory.</summary>
    public static ProgramSizes Of(Process process)
    {
        var (text, data, stack) = (0L, 0L, 0L);
        foreach (var entry in process.Vm.Map.Entries)
        {
            var pages = (long)((entry.End - entry.Start) / Frame.Size);
            if (entry.Has(EntryFlags.StackGap)) continue;
            if (entry.Has(EntryFlags.GrowsDown)) stack += pages;
            else if ((entry.Protection & Access.Execute) != 0) text += pages;
            else if ((entry.Protection & Access.Write) != 0) data += pages;
        }
        return new(text, data, stack);
    }
}
