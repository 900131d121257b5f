using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Tracing;

/// <summary>
/// The debugger's own breakpoint where the dynamic linker tells of libraries that come and go, for clients that do not know how to find
/// that place. Until the linker has begun, it is at the program's entry: there the linker has done its first work.
/// </summary>
public sealed class LibraryWatch
{
    private readonly SystemCalls _system;
    private readonly Tracee _process;
    private ulong _address;
    private bool _isAtEntry;
    // The client has a breakpoint of its own at the same place.
    private bool _isShared;

    internal LibraryWatch(SystemCalls system, Tracee process) => (_system, _process) = (system, process);

    /// <summary>From now on changes of a stopped process's list of libraries are events. Static programs have none.</summary>
    public void Watch()
    {
        if (IsAt(_address)) return;
        var place = LinkMap.Find(_system, _process)?.BreakAddress ?? 0;
        if (place != 0) MoveTo(place, isEntry: false);
        else if (ProgramImage.Read(_system, _process) is { Interpreter: not null, Entry: var entry }) MoveTo(entry, isEntry: true);
    }

    /// <summary>Whether a breakpoint at <paramref name="address"/> is this one.</summary>
    internal bool IsAt(ulong address) => address != 0 && address == _address && _process.Breakpoints.Contains(address);

    /// <summary>The client puts a breakpoint at <paramref name="address"/>, or removes it; true if this one stays there anyhow.</summary>
    internal bool Share(ulong address, bool isClients)
    {
        if (!IsAt(address)) return false;
        _isShared = isClients;
        return true;
    }

    /// <summary>
    /// A thread has come to the breakpoint: whether that is a change of the list, and whether the client is to hear of its own breakpoint
    /// there.
    /// </summary>
    internal (bool IsChange, bool IsClients) Arrive()
    {
        var isShared = _isShared;
        var map = LinkMap.Find(_system, _process);
        if (_isAtEntry && map is not null)
        {
            if (!isShared) _process.Breakpoints.Remove(_process.Pid, _address);
            MoveTo(map.BreakAddress, isEntry: false);
        }
        return (map is { IsConsistent: true }, isShared);
    }

    /// <summary>The same in a child, whose memory is a copy with the breakpoint in it.</summary>
    internal void Inherit(LibraryWatch parent) =>
        (_address, _isAtEntry, _isShared) = (parent._address, parent._isAtEntry, parent._isShared);

    private void MoveTo(ulong address, bool isEntry)
    {
        _isShared = _process.Breakpoints.Contains(address);
        var inserted = _process.Breakpoints.Insert(_process.Pid, address) == Errno.None;
        (_address, _isAtEntry) = (inserted ? address : 0, isEntry);
    }
}
