using System.Reflection;
using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;
using TraceKernel.Processes;
using TraceKernel.Syscalls;
using TraceKernel.User;
using TraceKernel.Vm;

namespace TraceKernel.Tests.Syscalls;

/// <summary>One process with one thread that makes system calls by name, its memory a plain array, and its terminal's other end.</summary>
internal sealed class World
{
    private static readonly Dictionary<string, (MethodInfo Method, SyscallAttribute Attribute)> s_calls = Handlers().ToDictionary(call => call.Attribute.Name);

    private static int s_lastTid = 100000;

    public World(string? root = null, bool isTerminal = true, ulong seed = 1, bool isRootWritable = false, int cpus = 1,
        string personality = "freebsd-13")
    {
        Kernel = new Kernel(TestArchitecture.Create(), new KernelOptions { Root = root, Seed = seed, IsRootWritable = isRootWritable, Personality = personality, Cpus = cpus });
        Terminal = new Terminal { IsTerminal = isTerminal, Output = (stream, text) => Output.Append($"{stream}:{Encoding.Latin1.GetString(text.Span)}|") };
        Process = Add(100);
        Lwp = Process.FirstThread;
        TerminalDevice.Attach(Process, Terminal);
    }

    public Kernel Kernel { get; }
    public Process Process { get; }
    public Lwp Lwp { get; }
    public Terminal Terminal { get; }
    public StringBuilder Output { get; } = new();
    public TestMemory Memory { get; } = new();

    /// <summary>What the last call that succeeded returned.</summary>
    public long Value { get; private set; }
    public long SecondValue { get; private set; }

    public static IEnumerable<(MethodInfo Method, SyscallAttribute Attribute)> Handlers() =>
        from type in typeof(SyscallAttribute).Assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
        from attribute in method.GetCustomAttributes<SyscallAttribute>()
        select (method, attribute);

    public Process Add(int pid)
    {
        var process = new Process(Kernel, pid, Kernel.Init, "prog") { ExecutablePath = "/prog", Arguments = ["prog", "-v"], Environment = ["A=1"] };
        process.Threads.Add(new Lwp(process, ++s_lastTid, new Cpu(TestArchitecture.InstructionSet)));
        Kernel.Add(process);
        return process;
    }

    /// <summary>A call that does not sleep: 0 or its error.</summary>
    public Errno Call(string name, params ReadOnlySpan<ulong> arguments)
    {
        var pending = Begin(name, arguments);
        Assert.That(pending.IsCompleted, Is.True, $"{name} sleeps in {Lwp.WaitMessage}");
        return pending.Result;
    }

    /// <summary>A call that may sleep; what it returned is read by <see cref="Value"/> once it has completed.</summary>
    public PendingCall Begin(string name, params ReadOnlySpan<ulong> arguments) => Begin(Lwp, name, arguments);

    public PendingCall Begin(Lwp lwp, string name, params ReadOnlySpan<ulong> arguments)
    {
        var (method, _) = s_calls[name];
        var call = new SystemCall(lwp, Memory);
        arguments.CopyTo(call.Arguments);
        var result = method.Invoke(null, [call]);
        return new PendingCall(this, Finish(call, result is Errno error ? new ValueTask<Errno>(error) : (ValueTask<Errno>)result!));
    }

    /// <summary>The virtual clock goes on by so much: the time until a callout passes.</summary>
    public void PassTime(TimeSpan time)
    {
        Kernel.Scheduler.At(Kernel.Scheduler.Clock + (long)time.TotalNanoseconds, () => { });
        Kernel.Scheduler.PassTime(time);
    }

    /// <summary>Ends the sleep as a signal or a deadline would.</summary>
    public void EndSleep(Errno reason)
    {
        Kernel.Scheduler.EndSleep(Lwp, reason);
        RunUntilIdle();
    }

    /// <summary>Lets every thread that was woken go on until it sleeps again or its call is done.</summary>
    public void RunUntilIdle()
    {
        while (Kernel.Scheduler.RunTurn())
        {
        }
    }

    /// <summary>Opens and returns the descriptor; fails the test if it cannot.</summary>
    public ulong Open(string path, int flags, int mode = 0x1b6)
    {
        Assert.That(Call("open", Memory.Text(path), (ulong)flags, (ulong)mode), Is.EqualTo(Errno.None), path);
        return (ulong)Value;
    }

    public Errno Path(string name, string path, params ReadOnlySpan<ulong> more) => Call(name, [Memory.Text(path), .. more]);

    public stat Stat(string path, bool follow = true)
    {
        const ulong At = 0x8000;
        var flag = follow ? 0 : Fcntl.AT_SYMLINK_NOFOLLOW;
        Assert.That(Call("fstatat", unchecked((ulong)Fcntl.AT_FDCWD), Memory.Text(path), TestMemory.Base + At, (ulong)flag), Is.EqualTo(Errno.None), path);
        return Memory.Get<stat>(TestMemory.Base + At);
    }

    private async Task<Errno> Finish(SystemCall call, ValueTask<Errno> pending)
    {
        var error = await pending;
        (Value, SecondValue) = ((long)call.Value, (long)call.SecondValue);
        return error;
    }
}

/// <summary>A system call that may sleep: asking for it lets the threads that were woken run first.</summary>
internal sealed class PendingCall(World world, Task<Errno> task)
{
    public bool IsCompleted
    {
        get
        {
            world.RunUntilIdle();
            return task.IsCompleted;
        }
    }

    public Errno Result
    {
        get
        {
            Assert.That(IsCompleted, Is.True, $"asleep in {world.Lwp.WaitMessage}");
            return task.Result;
        }
    }
}

/// <summary>One mapped range; everything else faults.</summary>
internal sealed class TestMemory : IUserMemory
{
    public const ulong Base = 0x10000;
    public const int Size = 1 << 20;

    /// <summary>Nothing is mapped there.</summary>
    public const ulong Nowhere = Base + Size;

    private readonly byte[] _bytes = new byte[Size];
    private ulong _text = Base + Size / 2;

    public Span<byte> this[ulong address, int length] => _bytes.AsSpan((int)(address - Base), length);

    /// <summary>Puts a C string somewhere.</summary>
    public ulong Text(string text)
    {
        if (_text + (ulong)text.Length + 1 > Base + Size) _text = Base + Size / 2;
        var address = _text;
        Encoding.Latin1.GetBytes(text + '\0', this[address, text.Length + 1]);
        _text += (ulong)text.Length + 1;
        return address;
    }

    public T Get<T>(ulong address) where T : unmanaged =>
        System.Runtime.InteropServices.MemoryMarshal.Read<T>(this[address, System.Runtime.CompilerServices.Unsafe.SizeOf<T>()]);

    public void Set<T>(ulong address, T value) where T : unmanaged =>
        System.Runtime.InteropServices.MemoryMarshal.Write(this[address, System.Runtime.CompilerServices.Unsafe.SizeOf<T>()], in value);

    public string GetText(ulong address) => NullTerminated.ToText(_bytes.AsSpan((int)(address - Base)));

    public Errno CopyIn(ulong address, Span<byte> destination)
    {
        if (destination.IsEmpty) return Errno.None;
        if (!Contains(address, destination.Length)) return Errno.EFAULT;
        this[address, destination.Length].CopyTo(destination);
        return Errno.None;
    }

    public Errno CopyOut(ulong address, ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty) return Errno.None;
        if (!Contains(address, source.Length)) return Errno.EFAULT;
        source.CopyTo(this[address, source.Length]);
        return Errno.None;
    }

    public Errno CopyInString(ulong address, int maximum, out string text)
    {
        text = "";
        if (!Contains(address, 1)) return Errno.EFAULT;
        var rest = _bytes.AsSpan((int)(address - Base));
        var end = rest.IndexOf((byte)0);
        if (end >= maximum) return Errno.ENAMETOOLONG;
        if (end < 0) return Errno.EFAULT;
        text = Encoding.Latin1.GetString(rest[..end]);
        return Errno.None;
    }

    private static bool Contains(ulong address, int length) => address >= Base && address <= Nowhere && (ulong)length <= Nowhere - address;
}

/// <summary>A machine without instructions, which knows its names and its addresses.</summary>
public class TestArchitecture : DispatchProxy
{
    internal static readonly InstructionSet InstructionSet = new NoInstructions();

    /// <summary>The n of the oldest COMPAT_FREEBSDn.</summary>
    internal static int Oldest { get; set; } = 4;

    internal static IArchitecture Create() => Create<IArchitecture, TestArchitecture>();

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
    {
        "get_Name" => "amd64",
        "get_MachineArch" => "amd64",
        "get_OldestRelease" => Oldest,
        "get_InstructionSet" => InstructionSet,
        "get_HasBreak" or "get_HasProcctl" => true,
        "get_UserTop" => 0x800000000000UL,
        "get_SharedPage" => 0x7ffffffff000UL,
        "Startup" or "Switch" => null,
        "SysArch" => (int)args![2]! == 129 ? Errno.None : Errno.EINVAL,
        _ => throw new NotSupportedException(targetMethod.Name),
    };

    private sealed class NoInstructions : InstructionSet
    {
        public override int Registers => Slot.FirstRegister;
        public override Slot TraceFlag => Slot.Zero;
        public override int AddressBits => 47;
        public override int MaximumInstructionLength => 15;
        public override IReadOnlyList<Helper> Helpers => [];
        public override int Lift(IrBuilder builder, ulong pc, ReadOnlySpan<byte> code) => 0;
        public override void Reset(Cpu cpu)
        {
        }
    }
}
