using System.Buffers.Binary;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Jails;

namespace TraceKernel.Syscalls;

/// <summary>jail(2) and its like: kern_jail.c.</summary>
internal static class JailCalls
{
    /// <summary>struct jail, version 2, and struct jail_v0.</summary>
    private readonly record struct OldJail(ulong Path, ulong HostName, ulong Name, uint Ip4Count, uint Ip6Count, ulong Ip4, ulong Ip6)
    {
        public const int Bytes = 56, OldestBytes = 32;
    }

    [Syscall(507, "int jail_set(struct iovec *iovp, unsigned int iovcnt, int flags)")]
    internal static Errno jail_set(SystemCall call)
    {
        if (((uint)call[1] & 1) != 0) return Errno.EINVAL;
        return MaySet(call, call.Int(2)) is not Errno.None and var error ? error : ReadAndSet(call, call[0], (uint)call[1], call.Int(2));
    }

    /// <summary>kern_jail_set's first checks: PRIV_JAIL_SET, then whether the caller's jail may have others, then the flags.</summary>
    private static Errno MaySet(SystemCall call, int flags)
    {
        const int Known = JAIL_CREATE | JAIL_UPDATE | JAIL_ATTACH | JAIL_DYING;
        if (!call.Process.Credentials.IsSuperUser) return Errno.EPERM;
        if ((flags & JAIL_CREATE) != 0 && call.Process.Prison.ChildrenMax == 0) return Errno.EPERM;
        return (flags & ~Known) != 0 ? Errno.EINVAL : Errno.None;
    }

    private static Errno ReadAndSet(SystemCall call, ulong vectors, uint count, int flags)
    {
        if (OptionList.Read(call, vectors, count, out var options) is not Errno.None and var error) return error;
        if ((flags & (JAIL_CREATE | JAIL_UPDATE)) == 0) return options.Failed(Errno.EINVAL, "no valid operation (create or update)");
        return Set(call, options, flags);
    }

    private static Errno Set(SystemCall call, OptionList options, int flags)
    {
        if (new JailSetting(call, options, flags).Run(out var prison) is not Errno.None and var error) return error;
        if ((flags & JAIL_ATTACH) == 0) return call.Return(prison.Id);
        error = call.Kernel.Prisons.Attach(call.Process, prison);
        return error == Errno.None ? call.Return(prison.Id) : options.Failed(error, "attach failed");
    }

    /// <summary>kern_jail: the parameters of the structure, and for the jails of the host what security.jail.*_allowed say.</summary>
    [Syscall(338, "int jail(struct jail *jail)")]
    internal static Errno jail(SystemCall call)
    {
        if (call.CopyIn<uint>(call[0], out var version) is not Errno.None and var error) return error;
        if (version is not (0 or 2)) return Errno.EINVAL;
        if ((error = Read(call, version, out var wanted)) != Errno.None) return error;
        if (wanted.Ip4Count > 255 || wanted.Ip6Count > 255) return Errno.EINVAL;
        var options = OptionList.Of(call);
        AddDefaults(call, options);
        foreach (var (name, address) in ((string, ulong)[])[("path", wanted.Path), ("host.hostname", wanted.HostName), ("name", wanted.Name)])
        {
            if (address == 0 && name == "name") continue;
            if ((error = call.Memory.CopyInString(address, name == "path" ? Fcntl.PATH_MAX : HostIdentity.MaximumName, out var text)) != Errno.None) return error;
            options.Add(name, Encoding.Latin1.GetBytes(text + '\0'));
        }
        if ((error = AddAddresses(call, options, version, wanted)) != Errno.None) return error;
        if ((error = MaySet(call, JAIL_CREATE | JAIL_ATTACH)) != Errno.None) return error;
        return Set(call, options, JAIL_CREATE | JAIL_ATTACH);
    }

    private static Errno Read(SystemCall call, uint version, out OldJail jail)
    {
        Span<byte> image = stackalloc byte[OldJail.Bytes];
        image.Clear();
        var error = call.Memory.CopyIn(call[0], version == 0 ? image[..OldJail.OldestBytes] : image);
        ulong Word(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadUInt64LittleEndian(from[at..]);
        uint Half(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadUInt32LittleEndian(from[at..]);
        // struct jail_v0 has the address itself, in the host's order, where later ones have a name.
        jail = version == 0 ? new(Word(image, 8), Word(image, 16), 0, 1, 0, Half(image, 24), 0)
            : new(Word(image, 8), Word(image, 16), Word(image, 24), Half(image, 32), Half(image, 36), Word(image, 40), Word(image, 48));
        return error;
    }

    private static void AddDefaults(SystemCall call, OptionList options)
    {
        if (call.Process.Prison.Parent is not null) return;
        var prisons = call.Kernel.Prisons;
        foreach (var (name, flag, _) in JailParameters.Permissions)
        {
            var dot = name.LastIndexOf('.') + 1;
            options.Add((prisons.DefaultAllow & flag) != 0 ? name : $"{name[..dot]}no{name[dot..]}", null);
        }
        options.Add("enforce_statfs", BitConverter.GetBytes(prisons.DefaultEnforceStatfs));
    }

    private static Errno AddAddresses(SystemCall call, OptionList options, uint version, in OldJail jail)
    {
        var (first, second) = (new byte[4 * jail.Ip4Count], new byte[16 * jail.Ip6Count]);
        if (version == 0) BinaryPrimitives.WriteUInt32BigEndian(first, (uint)jail.Ip4);
        else if (call.Memory.CopyIn(jail.Ip4, first) is not Errno.None and var error) return error;
        if (call.Memory.CopyIn(jail.Ip6, second) is not Errno.None and var refused) return refused;
        options.Add("ip4.addr", first);
        options.Add("ip6.addr", second);
        return Errno.None;
    }

    /// <summary>kern_jail_get: the jail after one, or with an ID, or with a name; what it is asked for is written into the caller's buffers.</summary>
    [Syscall(506, "int jail_get(struct iovec *iovp, unsigned int iovcnt, int flags)")]
    internal static Errno jail_get(SystemCall call)
    {
        if (((uint)call[1] & 1) != 0 || (call.Int(2) & ~JAIL_DYING) != 0) return Errno.EINVAL;
        if (OptionList.Read(call, call[0], (uint)call[1], out var options) is not Errno.None and var error) return error;
        if ((error = Find(call, options, (call.Int(2) & JAIL_DYING) != 0, out var prison)) != Errno.None)
        {
            options.CopyOutMessage();
            return error;
        }
        if ((error = JailParameters.Fill(options, call.Process.Prison, prison, call.Kernel)) != Errno.None) return error;
        if (options.Unknown is { } unknown) return options.Failed(Errno.EINVAL, $"unknown parameter: {unknown.Name}");
        return options.CopyOut(call[0]) is not Errno.None and var refused ? refused : call.Return(prison.Id);
    }

    private static Errno Find(SystemCall call, OptionList options, bool dying, out Prison prison)
    {
        prison = null!;
        var (own, prisons) = (call.Process.Prison, call.Kernel.Prisons);
        var error = options.GetInt("lastjid", out var id);
        if (error == Errno.None)
        {
            prison = prisons.All.FirstOrDefault(other => other.Id > id && other.IsWithin(own) && (dying || !prisons.IsDying(other)))!;
            if (prison is null) options.Fail($"no jail after {id}");
            return prison is null ? Errno.ENOENT : Errno.None;
        }
        if (error != Errno.ENOENT) return error;
        error = options.GetInt("jid", out id);
        if (error is not (Errno.None or Errno.ENOENT)) return error;
        var wanted = "";
        if (error == Errno.None && id != 0) (prison, wanted) = (prisons.Find(own, id)!, $"{id}");
        else if (options.Find("name") is { } name)
        {
            if (name.Text is not { } text) return Errno.EINVAL;
            (prison, wanted) = (prisons.Find(own, text)!, $"\"{text}\"");
        }
        if (prison is not null && (dying || !prisons.IsDying(prison))) return Errno.None;
        options.Fail(wanted.Length == 0 ? "no jail specified" : $"jail {wanted} {(prison is null ? "not found" : "is dying")}");
        return Errno.ENOENT;
    }

    /// <summary>sys_jail_attach: EPERM for users, EINVAL for a jail that is not there, not within the caller's or dying.</summary>
    [Syscall(436, "int jail_attach(int jid)")]
    internal static Errno jail_attach(SystemCall call)
    {
        if (!call.Process.Credentials.IsSuperUser) return Errno.EPERM;
        var prisons = call.Kernel.Prisons;
        var prison = prisons.Find(call.Process.Prison, call.Int(0));
        return prison is null || prisons.IsDying(prison) ? Errno.EINVAL : prisons.Attach(call.Process, prison);
    }

    [Syscall(508, "int jail_remove(int jid)")]
    internal static Errno jail_remove(SystemCall call)
    {
        if (!call.Process.Credentials.IsSuperUser) return Errno.EPERM;
        if (call.Kernel.Prisons.Find(call.Process.Prison, call.Int(0)) is not { } prison) return Errno.EINVAL;
        call.Kernel.Prisons.Remove(prison);
        return Errno.None;
    }
}
