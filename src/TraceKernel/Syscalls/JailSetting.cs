using System.Globalization;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.Jails;

namespace TraceKernel.Syscalls;

/// <summary>
/// kern_jail_set: reads all parameters, finds or makes the jail, checks everything once more against its parent, and only then changes it.
/// </summary>
internal sealed class JailSetting(SystemCall call, OptionList options, int flags)
{
    private readonly Prison _own = call.Process.Prison;
    private readonly Prisons _prisons = call.Kernel.Prisons;

    private int? _id, _secureLevel, _childrenMax, _enforceStatfs, _devfsRuleset, _osReleaseDate;
    private string? _name, _hostName, _domain, _uuid, _osRelease, _path;
    private ulong? _hostId;
    private bool? _persist, _ownsHost, _selectsIp4, _selectsIp6;
    private uint _allow, _deny;
    private (bool Given, byte[]? Addresses) _ip4, _ip6;
    private readonly int?[] _sysVIpc = new int?[3];
    private DirectoryVnode? _root;
    private string _message = "";

    private bool IsUpdate => (flags & JAIL_UPDATE) != 0;

    /// <summary>The whole call. EPERM, EINVAL, ENOENT, EEXIST …; the reason in words is left in the options' errmsg.</summary>
    /// <param name="prison">The jail, when it was made or changed.</param>
    public Errno Run(out Prison prison)
    {
        prison = null!;
        var error = ReadNumbers();
        if (error == Errno.None) error = ReadFlags();
        if (error == Errno.None) error = ReadTexts();
        if (error == Errno.None) error = ReadAddresses("ip4.addr", 4, ref _ip4);
        if (error == Errno.None) error = ReadAddresses("ip6.addr", 16, ref _ip6);
        if (error == Errno.None) error = ReadRelease();
        if (error == Errno.None) error = ReadPath();
        Prison? known = null;
        var parent = _own;
        if (error == Errno.None) error = Find(ref known, ref parent);
        var isNew = known is null;
        if (error == Errno.None && isNew && Around(_own).Any(outer => outer.ChildrenCount >= outer.ChildrenMax))
            error = Because(Errno.EPERM, "prison limit exceeded");
        if (error == Errno.None) error = Check(known, parent);
        if (error == Errno.None && options.Unknown is { } unknown) error = Because(Errno.EINVAL, $"unknown parameter: {unknown.Name}");
        if (error == Errno.None && isNew && (_id ??= _prisons.NextId()) == 0) error = Because(Errno.EAGAIN, "no available jail IDs");
        if (error != Errno.None) return _message.Length > 0 ? options.Failed(error, _message) : error;
        prison = known ?? _prisons.Create(_id!.Value, parent);
        Apply(prison, isNew);
        return Errno.None;
    }

    private Errno Because(Errno error, string message)
    {
        _message = message;
        return error;
    }

    private static IEnumerable<Prison> Around(Prison prison)
    {
        for (var outer = prison; outer is not null; outer = outer.Parent) yield return outer;
    }

    private Errno ReadNumbers()
    {
        foreach (var (name, set) in ((string, Action<int>)[])[
            ("jid", value => _id = value == 0 ? null : value), ("securelevel", value => _secureLevel = value),
            ("children.max", value => _childrenMax = value), ("enforce_statfs", value => _enforceStatfs = value),
            ("devfs_ruleset", value => _devfsRuleset = value)])
        {
            var error = options.GetInt(name, out var value);
            if (error == Errno.ENOENT) continue;
            if (error != Errno.None) return error;
            set(value);
        }
        return _enforceStatfs is < 0 or > 2 ? Errno.EINVAL : Errno.None;
    }

    private Errno ReadFlags()
    {
        (_persist, _selectsIp4, _selectsIp6) = (Flag("persist"), Flag("ip4.saddrsel"), Flag("ip6.saddrsel"));
        foreach (var (name, mayDisable, set) in ((string, bool, Action<int>)[])[
            ("host", false, value => _ownsHost = value == JAIL_SYS_NEW), ("ip4", true, value => _ip4 = (true, value == JAIL_SYS_INHERIT ? null : [])),
            ("ip6", true, value => _ip6 = (true, value == JAIL_SYS_INHERIT ? null : [])),
            .. JailParameters.SysVIpc.Select((name, index) => (name, true, (Action<int>)(value => _sysVIpc[index] = value)))])
        {
            var error = options.GetInt(name, out var value);
            if (error == Errno.ENOENT) continue;
            if (error != Errno.None) return error;
            if (value is < JAIL_SYS_DISABLE or > JAIL_SYS_INHERIT || (value == JAIL_SYS_DISABLE && !mayDisable)) return Errno.EINVAL;
            set(value);
        }
        if ((flags & (JAIL_CREATE | JAIL_UPDATE | JAIL_ATTACH)) == JAIL_CREATE && _persist != true)
            return Because(Errno.EINVAL, "new jail must persist or attach");
        foreach (var (name, flag, _) in JailParameters.Permissions)
        {
            if (Flag(name) is not { } allowed) continue;
            if (allowed) _allow |= flag;
            else _deny |= flag;
        }
        return Errno.None;
    }

    /// <summary>vfs_flagopt of a name and its negation.</summary>
    private bool? Flag(string name)
    {
        var dot = name.LastIndexOf('.') + 1;
        var negation = $"{name[..dot]}no{name[dot..]}";
        return options.Has(name) ? true : options.Has(negation) ? false : null;
    }

    private Errno ReadTexts()
    {
        foreach (var (name, room, isHost, set) in ((string, int, bool, Action<string>)[])[
            ("name", HostIdentity.MaximumName, false, text => _name = text),
            ("host.hostname", HostIdentity.MaximumName, true, text => _hostName = text),
            ("host.domainname", HostIdentity.MaximumName, true, text => _domain = text),
            ("host.hostuuid", HostIdentity.MaximumUuid, true, text => _uuid = text)])
        {
            var error = options.GetText(name, room, out var text);
            if (error == Errno.ENOENT) continue;
            if (error != Errno.None) return error;
            if (isHost) _ownsHost = true;
            set(text);
        }
        if (options.Find("host.hostid") is not { } hostId) return Errno.None;
        if (hostId.Length != sizeof(ulong)) return Errno.EINVAL;
        (_ownsHost, _hostId) = (true, hostId.Value is null ? 0 : BitConverter.ToUInt64(hostId.Value));
        return Errno.None;
    }

    /// <summary>All addresses but the first are sorted; none may be there twice, or stand for any or for all.</summary>
    private Errno ReadAddresses(string name, int size, ref (bool Given, byte[]? Addresses) result)
    {
        if (options.Find(name) is not { } option) return Errno.None;
        if (option.Length % size != 0) return Errno.EINVAL;
        if (option.Length / size > MaximumAddresses) return Because(Errno.EINVAL, $"too many IPv{(size == 4 ? 4 : 6)} addresses");
        var addresses = (option.Value ?? []).Chunk(size).ToList();
        if (addresses.Count > 1) addresses = [addresses[0], .. addresses.Skip(1).OrderBy(Convert.ToHexString, StringComparer.Ordinal)];
        var isBad = addresses.Exists(address => address.All(part => part == 0) || (size == 4 && address.All(part => part == 255)));
        if (isBad || addresses.DistinctBy(Convert.ToHexString).Count() < addresses.Count) return Errno.EINVAL;
        result = (true, [.. addresses.SelectMany(address => address)]);
        return Errno.None;
    }

    /// <summary>security.jail.jail_max_af_ips.</summary>
    private const int MaximumAddresses = 255;

    private Errno ReadRelease()
    {
        if (options.Find("osrelease") is { } release)
        {
            if (IsUpdate) return Because(Errno.EINVAL, "osrelease cannot be changed after creation");
            if (release.Length is 0 or >= JailParameters.OsReleaseBytes || release.Value is null)
                return Because(Errno.EINVAL, $"osrelease string must be 1-{JailParameters.OsReleaseBytes - 1} bytes long");
            _osRelease = NullTerminated.ToText(release.Value);
        }
        var error = options.GetInt("osreldate", out var date);
        if (error == Errno.ENOENT) return Errno.None;
        if (error != Errno.None) return error;
        if (IsUpdate) return Because(Errno.EINVAL, "osreldate cannot be changed after creation");
        _osReleaseDate = date;
        return date == 0 ? Because(Errno.EINVAL, "osreldate cannot be 0") : Errno.None;
    }

    private Errno ReadPath()
    {
        if (options.Find("path") is not { } option) return Errno.None;
        if (IsUpdate) return Because(Errno.EINVAL, "path cannot be changed after creation");
        if (option.Text is not { } text) return Errno.EINVAL;
        var path = new PathArgument(call.Process, Fcntl.AT_FDCWD, text);
        if (call.Kernel.FileSystem.Find(path, follow: true, out var vnode) is not Errno.None and var error) return error;
        (_root, _path) = (vnode as DirectoryVnode, vnode.Path);
        return _root is null ? Errno.ENOTDIR : Errno.None;
    }

    private Errno Find(ref Prison? prison, ref Prison parent)
    {
        var isCreate = (flags & (JAIL_CREATE | JAIL_UPDATE)) == JAIL_CREATE;
        var mustExist = (flags & (JAIL_CREATE | JAIL_UPDATE)) == JAIL_UPDATE;
        // A name that is a number asks for that ID.
        if (isCreate && _id is null && _name is not null && int.TryParse(Last(_name), NumberStyles.None, CultureInfo.InvariantCulture, out var named) && named > 0)
            _id = named;
        if (_id < 0) return Because(Errno.EINVAL, "negative jid");
        if (_id is { } id)
        {
            prison = _prisons.All.FirstOrDefault(other => other.Id == id);
            if (prison is not null)
            {
                parent = prison.Parent!;
                if (isCreate) return Because(Errno.EEXIST, $"jail {id} already exists");
                if (!prison.IsWithin(_own)) prison = null;
                else if (_prisons.IsDying(prison) && (flags & JAIL_DYING) == 0) return Because(Errno.ENOENT, $"jail {id} is dying");
            }
            if (prison is null && mustExist) return Because(Errno.ENOENT, $"jail {id} not found");
        }
        if (_name is null) return prison is null && mustExist ? Because(Errno.ENOENT, "update specified no jail") : Errno.None;
        return FindByName(_name, isCreate, mustExist, ref prison, ref parent);
    }

    private static string Last(string name) => name[(name.LastIndexOf('.') + 1)..];

    /// <summary>A name is that of the jail to change, or must be free among the jails of its parent.</summary>
    private Errno FindByName(string name, bool isCreate, bool mustExist, ref Prison? prison, ref Prison parent)
    {
        var dot = name.LastIndexOf('.');
        if (dot >= 0)
        {
            if (prison is not null)
            {
                if (parent.NameFrom(_own) != name[..dot]) return Because(Errno.EINVAL, "cannot change jail's parent");
            }
            else if (_prisons.Find(_own, name[..dot]) is { } found)
            {
                parent = found;
            }
            else
            {
                return Because(Errno.ENOENT, $"jail \"{name[..dot]}\" not found");
            }
        }
        if (Last(name).Length == 0) return Errno.None;
        var (known, siblings) = (prison, parent.Children);
        var same = siblings.Where(other => other != known && Last(other.Name) == Last(name)).ToList();
        var alive = same.Find(other => !_prisons.IsDying(other));
        if (alive is not null && (prison is not null || isCreate)) return Because(Errno.EEXIST, $"jail \"{name}\" already exists");
        prison ??= alive;
        if (prison is not null) return Errno.None;
        if (same.Count > 0 && (flags & JAIL_DYING) != 0) prison = same[0];
        else if (mustExist) return Because(Errno.ENOENT, $"jail \"{name}\" {(same.Count > 0 ? "is dying" : "not found")}");
        return Errno.None;
    }

    /// <summary>Nothing may be granted that the parent lacks.</summary>
    private Errno Check(Prison? prison, Prison parent)
    {
        if (prison is not null && IsUpdate && ChangesKind(_ip4, prison.Ip4Addresses)) return Because(Errno.EINVAL, "ip4 cannot be changed after creation");
        if (prison is not null && IsUpdate && ChangesKind(_ip6, prison.Ip6Addresses)) return Because(Errno.EINVAL, "ip6 cannot be changed after creation");
        if (_secureLevel < parent.SecureLevel || _childrenMax >= parent.ChildrenMax || _enforceStatfs < parent.EnforceStatfs) return Errno.EPERM;
        if (_devfsRuleset is < 0 or > ushort.MaxValue) return Errno.EINVAL;
        if (_own.Parent is not null && _devfsRuleset is > 0 && _devfsRuleset != parent.DevfsRuleset) return Errno.EPERM;
        if (!IsSubset(_ip4.Addresses, parent.Ip4Addresses, 4) || !IsSubset(_ip6.Addresses, parent.Ip6Addresses, 16)) return Errno.EPERM;
        if (_name is not null)
        {
            var last = Last(_name);
            var isNumber = last.Length > 0 && last.All(char.IsAsciiDigit);
            if (isNumber && (last[0] == '0' || last != $"{_id ?? prison?.Id}")) return Because(Errno.EINVAL, "name cannot be numeric (unless it is the jid)");
            if ((parent.Parent is null ? 0 : parent.Name.Length + 1) + last.Length >= HostIdentity.MaximumName) return Errno.ENAMETOOLONG;
        }
        return (_allow & ~parent.Allow & ~PR_ALLOW_DIFFERENCES) != 0 ? Errno.EPERM : Errno.None;
    }

    private static bool ChangesKind((bool Given, byte[]? Addresses) wanted, byte[]? present) => wanted.Given && (wanted.Addresses is null) != (present is null);

    private static bool IsSubset(byte[]? wanted, byte[]? parent, int size)
    {
        if (wanted is null || parent is null) return true;
        var known = parent.Chunk(size).Select(Convert.ToHexString).ToHashSet();
        return wanted.Chunk(size).All(address => known.Contains(Convert.ToHexString(address)));
    }

    private void Apply(Prison prison, bool isNew)
    {
        if (isNew) (prison.Root, prison.Path) = _root is null ? (_own.Root, _own.Path) : (_root, _path!);
        if (isNew || _name is not null) prison.Rename(_name is null || Last(_name).Length == 0 ? $"{prison.Id}" : Last(_name));
        if (_ip4.Given) prison.Ip4Addresses = _ip4.Addresses;
        if (_ip6.Given) prison.Ip6Addresses = _ip6.Addresses;
        prison.SelectsIp4Source = _selectsIp4 ?? prison.SelectsIp4Source;
        prison.SelectsIp6Source = _selectsIp6 ?? prison.SelectsIp6Source;
        prison.OsRelease = _osRelease ?? prison.OsRelease;
        prison.OsReleaseDate = _osReleaseDate ?? prison.OsReleaseDate;
        ApplyHost(prison);
        ApplyLimits(prison);
        if (_persist is { } persist) prison.IsPersistent = persist;
        prison.Allow = (prison.Allow | _allow) & ~_deny;
        foreach (var below in prison.Descendants) below.Allow &= prison.Allow | PR_ALLOW_DIFFERENCES;
        for (var index = 0; index < _sysVIpc.Length; index++)
            if (_sysVIpc[index] is { } mode || (isNew && (mode = prison.Allows(PR_ALLOW_SYSVIPC) ? JAIL_SYS_INHERIT : JAIL_SYS_DISABLE) >= 0))
                prison.SysVIpc[index] = mode;
    }

    private void ApplyHost(Prison prison)
    {
        if (_ownsHost is { } owns) prison.SetOwnsHost(owns);
        if (!prison.OwnsHost) return;
        prison.Host.Name = _hostName ?? prison.Host.Name;
        prison.Host.Domain = _domain ?? prison.Host.Domain;
        prison.Host.Uuid = _uuid ?? prison.Host.Uuid;
        prison.Host.Id = _hostId ?? prison.Host.Id;
    }

    /// <summary>Limits hold for the jails within, too.</summary>
    private void ApplyLimits(Prison prison)
    {
        foreach (var below in prison.Descendants.Prepend(prison).ToArray())
        {
            var level = Around(below).TakeWhile(outer => outer != prison).Count();
            if (_secureLevel is { } secure) below.SecureLevel = level == 0 ? secure : Math.Max(below.SecureLevel, secure);
            if (_childrenMax is { } most) below.ChildrenMax = level == 0 ? most : Math.Min(below.ChildrenMax, Math.Max(most - level, 0));
            if (_enforceStatfs is { } enforce) below.EnforceStatfs = level == 0 ? enforce : Math.Max(below.EnforceStatfs, enforce);
            if (_devfsRuleset is { } ruleset) below.DevfsRuleset = ruleset;
        }
    }
}
