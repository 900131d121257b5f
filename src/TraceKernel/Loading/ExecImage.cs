using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Vm;

namespace TraceKernel.Loading;

/// <summary>Finds the dynamic linker of a program, with the rights and the root of the process that runs it.</summary>
/// <param name="path">PT_INTERP's path.</param>
/// <param name="file">The file, when the result is None.</param>
public delegate Errno InterpreterLookup(string path, out IBackingFile? file);

/// <summary>
/// A program ready to run: a new address space with the image, its stack and the shared page. Nothing of the process that called execve(2)
/// is touched until it adopts this, so exec can still fail until then. Disposing of it instead gives the memory back.
/// </summary>
public sealed class ExecImage : IDisposable
{
    private ExecImage(VmSpace vm, ElfImage program)
    {
        Vm = vm;
        Program = program;
    }

    public VmSpace Vm { get; }

    /// <summary>The program's file, even when its dynamic linker runs first.</summary>
    public ElfImage Program { get; }

    /// <summary>First instruction: of the dynamic linker if there is one.</summary>
    public ulong Entry { get; private set; }

    /// <summary>Address of argc, for <see cref="IArchitecture.ExecSetRegisters"/>.</summary>
    public ulong Stack { get; private set; }

    /// <summary>The auxiliary vector as it was put on the stack, AT_NULL included.</summary>
    public byte[] Auxv { get; private set; } = [];

    /// <summary>p_osrel: what the ABI note says; 0 without one.</summary>
    public int OsRelease => Program.OsRelease;

    /// <summary>
    /// Loads a program into a new address space. E2BIG for too many arguments, ENOEXEC and EINVAL for a file that is no program, ENOMEM
    /// when memory is short, the lookup's error for a missing dynamic linker; <paramref name="reason"/> is then one line for people.
    /// </summary>
    /// <param name="interpreter">Called for a dynamically linked program.</param>
    public static Errno TryLoad(
        PhysicalMemory memory, IArchitecture architecture, IBackingFile file, ExecArguments arguments, in ExecKernelInformation kernel,
        InterpreterLookup interpreter, out ExecImage? image, out string reason)
    {
        image = null;
        if (arguments.StringBytes > ExecArguments.MaximumBytes)
        {
            reason = $"arguments and environment take more than {ExecArguments.MaximumBytes} bytes";
            return Errno.E2BIG;
        }
        if (!ElfImage.TryParse(file, architecture, out var program, out reason, out var error))
            return error;
        ElfImage? linker = null;
        if (program.Interpreter is { } path && (error = FindLinker(path, architecture, interpreter, out linker, out reason)) != Errno.None)
            return error;

        var loaded = new ExecImage(new VmSpace(memory, architecture), program);
        error = loaded.Build(memory, architecture, linker, arguments, kernel);
        if (error == Errno.None)
        {
            image = loaded;
            return error;
        }
        loaded.Dispose();
        reason = error == Errno.ENOMEM ? "not enough memory" : $"cannot be loaded ({error})";
        return error;
    }

    /// <summary>Gives the address space back.</summary>
    public void Dispose() => Vm.Dispose();

    private static Errno FindLinker(
        string path, IArchitecture architecture, InterpreterLookup interpreter, out ElfImage? linker, out string reason)
    {
        linker = null;
        var error = interpreter(path, out var file);
        if (error == Errno.None && file is not null)
        {
            if (!ElfImage.TryParse(file, architecture, out linker, out reason, out error))
                reason = $"its dynamic linker {path}: {reason}";
            return error;
        }
        error = error == Errno.None ? Errno.ENOENT : error;
        reason = $"its dynamic linker {path}: {(error == Errno.ENOENT ? "not in the guest's file system" : error)}";
        return error;
    }

    private Errno Build(
        PhysicalMemory memory, IArchitecture architecture, ElfImage? linker, ExecArguments arguments, in ExecKernelInformation kernel)
    {
        Vm.Map.StacksGrowAsMapped = kernel.StacksGrowAsMapped;
        Vm.Map.HasStackGuards = !kernel.HasNoStackGuard;
        Vm.Map.ForbidsWritableCode = kernel.ForbidsWritableCode;
        var stackProtection = Program.StackProtection == Access.None ? Access.All : Program.StackProtection;
        var error = MapSystemPages(memory, architecture, stackProtection);
        if (error != Errno.None)
            return error;

        ulong loadAddress = Program.LoadAddress(ElfConstants.DynamicLoadAddress(architecture.ElfMachine)), linkerBase = loadAddress;
        var activator = new ImageActivator(Vm, memory);
        if ((error = activator.LoadSections(Program, loadAddress)) != Errno.None
            || (error = activator.EnforceLimits(Program, loadAddress)) != Errno.None)
            return error;
        Entry = Program.Entry + loadAddress;
        if (linker is not null)
        {
            // Where mmap(2) without an address would put it: after the largest possible heap.
            linkerBase = linker.LoadAddress(Vm.MappingsStart);
            error = activator.LoadSections(linker, linkerBase);
            Entry = linker.Entry + linkerBase;
        }
        if (error != Errno.None)
            return error;

        var stack = new InitialStack(Vm, architecture, arguments);
        error = stack.Build(Program, loadAddress, linkerBase, (ulong)stackProtection, kernel);
        Stack = stack.Base;
        Auxv = stack.Auxv;
        return error;
    }

    // exec_new_vmspace: the shared page with the signal trampoline, and the stack below it.
    private Errno MapSystemPages(PhysicalMemory memory, IArchitecture architecture, Access stackProtection)
    {
        if (memory.TryAllocate() is not { } frame)
            return Errno.ENOMEM;
        frame.Write(0, architecture.SignalCode);
        var pages = VmObject.Anonymous(memory, 1);
        pages.Put(0, frame);
        Vm.Map.Lock();
        const Access ReadExecute = Access.Read | Access.Execute;
        Vm.Map.Insert(architecture.SharedPage, architecture.SharedPage + Frame.Size,
            new VmMapping(pages, 0, ReadExecute, ReadExecute, EntryFlags.None, Inheritance.Share));
        pages.Release();

        ulong asked = Program.StackSize & ~(ulong)(Frame.Size - 1);
        ulong size = asked == 0 ? VmSpace.MaximumStackSize : Math.Min(asked, VmSpace.MaximumStackSize);
        Vm.MaximumStackAddress = Vm.StackTop - size;
        Vm.Map.Lock();
        var mapped = Vm.Map.InsertStack(Vm.MaximumStackAddress, size,
            new VmMapping(null, 0, stackProtection, Access.All, EntryFlags.None, Inheritance.Copy));
        return mapped == KernReturn.Success ? Errno.None : Errno.ENOMEM;
    }
}
