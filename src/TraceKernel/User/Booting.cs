using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using TraceKernel.Signals;
using TraceKernel.Syscalls;

namespace TraceKernel.User;

/// <summary>What init(8) and its scripts do before anybody can log in: values are set, and processes are started.</summary>
public static class Booting
{
    /// <summary>
    /// sysctl(8) NAME=VALUE: ENOENT when there is no such value, EPERM when nobody can change it, EINVAL when it is none for it.
    /// </summary>
    public static Errno Set(Kernel kernel, string name, string value)
    {
        lock (kernel.Gate)
        {
            if (!SysctlTree.TryFind(name, out var numbers)) return Errno.ENOENT;
            if (SysctlTree.Find(numbers, out var node, out _) is not Errno.None and var unknown) return unknown;
            var isText = (node.Kind & Mib.CTLTYPE) == Mib.CTLTYPE_STRING;
            byte[] bytes = [];
            if (isText) bytes = Encoding.Latin1.GetBytes(value + '\0');
            else if (!int.TryParse(value, out var number)) return Errno.EINVAL;
            else BinaryPrimitives.WriteInt32LittleEndian(bytes = new byte[sizeof(int)], number);
            var request = new SysctlRequest(kernel, kernel.Init, default, bytes, isWrite: true, int.MaxValue, new ArrayBufferWriter<byte>());
            return Sysctl.Request(numbers, request);
        }
    }

    /// <summary>
    /// Starts a process. ESRCH: there is no such parent; EEXIST: the pid is taken; EAGAIN: the table is full; else what chdir(2) or
    /// execve(2) said.
    /// </summary>
    public static Errno Start(Kernel kernel, BootProcess wanted)
    {
        lock (kernel.Gate)
        {
            if (kernel.Find(wanted.Parent) is not { } parent) return Errno.ESRCH;
            if (wanted.Pid != 0 && (kernel.FindAny(wanted.Pid) is not null || Family.IsIdUsed(kernel, wanted.Pid))) return Errno.EEXIST;
            var process = kernel.TryCreate(parent, "init", wanted: wanted.Pid);
            if (process is null) return Errno.EAGAIN;
            if (parent == kernel.Init) process.Group = process.Session = process.Pid;
            TerminalDevice.Attach(process, Nowhere());
            var error = Errno.None;
            var lwp = kernel.CreateLwp(process);
            UserLoop.Start(lwp, async self =>
            {
                error = await Become(self, wanted);
                if (error != Errno.EJUSTRETURN) await Exiting.Exit(self, 127, 0);
            });
            kernel.Scheduler.RunKernelCode(lwp);
            if (error != Errno.EJUSTRETURN) return error;
            kernel.Runner.Start();
            return Errno.None;
        }
    }

    /// <summary>Who reads it has reached its end, and what is written is gone: /dev/null for all that a program can tell.</summary>
    private static Terminal Nowhere()
    {
        var terminal = new Terminal();
        terminal.Close();
        return terminal;
    }

    private static async ValueTask<Errno> Become(Lwp lwp, BootProcess wanted)
    {
        var process = lwp.Process;
        var effective = wanted.EffectiveUser ?? wanted.User;
        IReadOnlyList<uint> groups = wanted.Groups.Count > 0 ? wanted.Groups : [wanted.User];
        process.Credentials = new Credentials(wanted.User, effective, effective, groups[0], groups[0], groups);
        process.Jail = wanted.Jail;
        var error = HostSystemCalls.ChangeDirectory(process, wanted.WorkingDirectory);
        if (error != Errno.None) return error;
        error = await Executing.Execute(lwp, wanted.Path, wanted.Arguments, wanted.Environment);
        if (error != Errno.EJUSTRETURN) return error;
        // What it has done since.
        process.Credentials = process.Credentials with { SavedUserId = wanted.SavedUser ?? effective };
        if (wanted.HasChangedCredentials) process.Flags |= ProcessFlags.SetId;
        if (wanted.IsStopped) Posting.Send(process, Abi.Signals.SIGSTOP);
        return error;
    }
}
