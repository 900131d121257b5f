using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Arch.Amd64.Tests;

/// <summary>
/// The host's processor executing an instruction, or a few, on a given state, in this process. What it is given must not fault, must not
/// set TF or AC, and must leave through its end or through <see cref="Layout.BranchTarget"/>.
/// </summary>
internal static unsafe partial class NativeCpu
{
    // The page after the code holds the state to load, which the saved one replaces, and what is the host's own meanwhile.
    private const ulong Block = Layout.Base + 0x1000, FlagsAt = Block + 128, SavedStack = Block + 136, ExitAt = Block + 144,
        FxAt = Block + 192, SavedFx = Block + 704, NotTaken = Layout.Base + 0x600, Finish = Layout.Base + 0x300;

    private static readonly AssemblerRegister64[] General = [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15];

    private static bool _isMapped;

    public static bool IsSupported => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Executes <paramref name="code"/> on <paramref name="state"/>, which becomes the result.</summary>
    public static void Execute(MachineState state, ReadOnlySpan<byte> code)
    {
        if (!_isMapped)
            Map();
        state.Registers.CopyTo(new Span<ulong>((void*)Block, 16));
        *(ulong*)FlagsAt = (state.Flags & (MachineState.Status | MachineState.Direction)) | 0x202;
        state.Fx.CopyTo(new Span<byte>((void*)FxAt, 512));
        state.Data.CopyTo(new Span<byte>((void*)Layout.Data, Layout.DataSize));
        code.CopyTo(new Span<byte>((void*)Layout.Instruction, code.Length));
        ulong next = Layout.Instruction + (ulong)code.Length;
        *(byte*)next = 0xe9;
        *(int*)(next + 1) = (int)(NotTaken - (next + 5));

        ((delegate* unmanaged<void>)Layout.Base)();

        new Span<ulong>((void*)Block, 16).CopyTo(state.Registers);
        state.Flags = *(ulong*)FlagsAt;
        new Span<byte>((void*)FxAt, 512).CopyTo(state.Fx);
        new Span<byte>((void*)Layout.Data, Layout.DataSize).CopyTo(state.Data);
        state.Pc = *(ulong*)ExitAt == 0 ? next : Layout.BranchTarget;
    }

    private static void Map()
    {
        const int ReadWriteExecute = 7, PrivateAnonymousFixedNoReplace = 0x2 | 0x20 | 0x100000;
        nint mapped = mmap((nint)Layout.Base, Layout.Size, ReadWriteExecute, PrivateAnonymousFixedNoReplace, -1, 0);
        if (mapped != (nint)Layout.Base)
            throw new InvalidOperationException($"cannot map {Layout.Base:x}: {mapped:x}");
        Emit(Layout.Base, Enter);
        Emit(NotTaken, assembler => Leave(assembler, taken: false));
        Emit(Layout.BranchTarget, assembler => Leave(assembler, taken: true));
        Emit(Finish, SaveState);
        _isMapped = true;
    }

    private static void Enter(Assembler assembler)
    {
        foreach (var register in (AssemblerRegister64[])[rbx, rbp, r12, r13, r14, r15])
            assembler.push(register);
        assembler.mov(__qword_ptr[SavedStack], rsp);
        assembler.fxsave64(__[SavedFx]);
        assembler.fxrstor64(__[FxAt]);
        assembler.push(__qword_ptr[FlagsAt]);
        assembler.popfq();
        for (int i = 0; i < General.Length; i++)
            assembler.mov(General[i], __qword_ptr[Block + (ulong)(8 * i)]);
        assembler.jmp(Layout.Instruction);
    }

    private static void Leave(Assembler assembler, bool taken)
    {
        assembler.mov(__qword_ptr[ExitAt], taken ? 1 : 0);
        assembler.jmp(Finish);
    }

    private static void SaveState(Assembler assembler)
    {
        for (int i = 0; i < General.Length; i++)
            assembler.mov(__qword_ptr[Block + (ulong)(8 * i)], General[i]);
        assembler.mov(rsp, __qword_ptr[SavedStack]);
        assembler.pushfq();
        assembler.pop(__qword_ptr[FlagsAt]);
        assembler.cld();
        assembler.fxsave64(__[FxAt]);
        assembler.fxrstor64(__[SavedFx]);
        foreach (var register in (AssemblerRegister64[])[r15, r14, r13, r12, rbp, rbx])
            assembler.pop(register);
        assembler.ret();
    }

    private static void Emit(ulong address, Action<Assembler> body)
    {
        var assembler = new Assembler(64);
        body(assembler);
        var code = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(code), address);
        code.ToArray().CopyTo(new Span<byte>((void*)address, (int)code.Length));
    }

    [LibraryImport("libc")]
    private static partial nint mmap(nint address, nint length, int protection, int flags, int file, nint offset);
}
