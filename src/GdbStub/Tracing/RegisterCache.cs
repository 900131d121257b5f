using System.Buffers.Binary;
using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Tracing;

/// <summary>
/// A thread's registers during one stop: each ptrace image is fetched when first asked for, and written back at once when changed.
/// </summary>
public sealed class RegisterCache
{
    private const int Images = (int)RegisterImage.None;

    /// <summary>Longest register, in bytes.</summary>
    private const int Longest = 64;

    private readonly SystemCalls _system;
    private readonly RegisterLayout _layout;
    private readonly int _lwp;
    private readonly byte[]?[] _images = new byte[]?[Images];
    private readonly bool[] _valid = new bool[Images];
    private bool _isKept;
    private byte[] _original = [];
    private bool _isChanged;

    internal RegisterCache(SystemCalls system, RegisterLayout layout, int lwp)
    {
        _system = system;
        _layout = layout;
        _lwp = lwp;
    }

    /// <summary>The program counter; 0 if the kernel does not give it.</summary>
    public ulong Pc => ReadWord(_layout.Target.PcNumber);

    /// <summary>PT_GETREGS's image before the client changed it, since the thread last went on; null: it has not.</summary>
    internal byte[]? Original => _isChanged ? _original : null;

    /// <summary>Size of register <paramref name="number"/> on the wire.</summary>
    public int Bytes(int number) => _layout.Bytes(number);

    /// <summary>Copies register <paramref name="number"/> in wire form; false if it has no value to show.</summary>
    public bool TryRead(int number, Span<byte> wire)
    {
        var carrier = _layout.Image(number);
        if (carrier == RegisterImage.None || Fetch(carrier, out var image) != Errno.None) return false;
        _layout.Target.ToWire(number, image, wire);
        return true;
    }

    /// <summary>Copies all registers in wire form, laid out as the g packet; false if one has no value to show.</summary>
    public bool TryReadAll(Span<byte> wire)
    {
        wire.Clear();
        foreach (ref readonly var piece in _layout.Pieces)
        {
            if (piece.Image == RegisterImage.None || Fetch(piece.Image, out var image) != Errno.None) return false;
            image = image.Slice(piece.From, piece.Bytes);
            if (image.Length == sizeof(ulong)) MemoryMarshal.Write(wire[piece.To..], MemoryMarshal.Read<ulong>(image));
            else image.CopyTo(wire[piece.To..]);
        }
        foreach (var number in _layout.Converted)
            if (!TryRead(number, wire.Slice(_layout.Offset(number), _layout.Bytes(number)))) return false;
        return true;
    }

    /// <summary>
    /// Changes register <paramref name="number"/>. One that has the value already is left alone: gdb puts all of them back after it has
    /// called a function, those that the kernel lets nobody change, too (tpidr of arm64: machdep.c, regset_arm_tls has no set).
    /// </summary>
    /// <returns>The kernel's refusal, EINVAL for example for reserved flags (set_regs); EOPNOTSUPP for a register without image.</returns>
    public Errno Write(int number, ReadOnlySpan<byte> wire)
    {
        if (_layout.Target.Registers[number].Image == RegisterImage.General) KeepOriginal();
        return Change(number, wire);
    }

    private Errno Change(int number, ReadOnlySpan<byte> wire)
    {
        var row = _layout.Target.Registers[number];
        if (row.Image == RegisterImage.None) return Errno.EOPNOTSUPP;
        var error = Fetch(row.Image, out var image);
        if (error != Errno.None) return error;
        Span<byte> present = stackalloc byte[Longest];
        present = present[..wire.Length];
        _layout.Target.ToWire(number, image, present);
        if (wire.SequenceEqual(present)) return Errno.None;
        _layout.Target.FromWire(number, wire, image);
        return Store(row.Image);
    }

    /// <summary>
    /// Changes every register that differs; <paramref name="wire"/> is laid out as the g packet. Stops at the first refusal.
    /// </summary>
    public Errno WriteAll(ReadOnlySpan<byte> wire)
    {
        Span<bool> changed = stackalloc bool[Images];
        Span<byte> before = stackalloc byte[Longest];
        changed.Clear();
        for (var number = 0; number < _layout.Count; number++)
        {
            var row = _layout.Target.Registers[number];
            var value = wire.Slice(_layout.Offset(number), _layout.Bytes(number));
            var old = before[..value.Length];
            if (!TryRead(number, old) || value.SequenceEqual(old)) continue;
            if (row.Image == RegisterImage.General && !changed[(int)RegisterImage.General]) KeepOriginal();
            _layout.Target.FromWire(number, value, _images[(int)row.Image]);
            changed[(int)row.Image] = true;
        }
        for (var image = 0; image < Images; image++)
        {
            if (!changed[image] || Store((RegisterImage)image) is var error && error == Errno.None) continue;
            Array.Clear(_valid);
            if (_isKept) Keep();
            return error;
        }
        return Errno.None;
    }

    public Errno SetPc(ulong address)
    {
        Span<byte> wire = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(wire, address);
        var error = Change(_layout.Target.PcNumber, wire);
        // Nothing but the pc has changed, and the kernel takes any: the image is still the thread's.
        _valid[(int)_layout.Target.Registers[_layout.Target.PcNumber].Image] = error == Errno.None;
        return error;
    }

    /// <summary>Puts away a step that was armed and did not come, by way of the registers: for kernels without PT_CLEARSTEP.</summary>
    internal void ClearStep()
    {
        if (Fetch(RegisterImage.General, out var image) == Errno.None && _layout.Target.TryClearStep(image))
            _ = Store(RegisterImage.General);
    }

    /// <summary>The thread runs: nothing that was read holds any longer.</summary>
    internal void Invalidate()
    {
        if (!_isKept) Array.Clear(_valid);
    }

    /// <summary>The thread goes on with what the client has made of its registers.</summary>
    internal void ForgetOriginal() => _isChanged = false;

    private void KeepOriginal()
    {
        if (_isChanged || Fetch(RegisterImage.General, out var image) != Errno.None) return;
        if (_original.Length == 0) _original = new byte[image.Length];
        image.CopyTo(_original);
        _isChanged = true;
    }

    /// <summary>
    /// The thread stays where it is while its process runs: all that it has is fetched now, and holds until <see cref="Release"/>.
    /// </summary>
    internal void Keep()
    {
        _isKept = true;
        var count = (int)RegisterImage.FirstOfMachine + _layout.Target.MachineImages.Count;
        for (var image = 0; image < count; image++) _ = Fetch((RegisterImage)image, out _);
    }

    internal void Release()
    {
        _isKept = false;
        Invalidate();
    }

    private ulong ReadWord(int number)
    {
        Span<byte> wire = stackalloc byte[sizeof(ulong)];
        return TryRead(number, wire) ? BinaryPrimitives.ReadUInt64LittleEndian(wire) : 0;
    }

    /// <summary>A whole image, as ptrace gives it.</summary>
    internal Errno Fetch(RegisterImage which, out Span<byte> image)
    {
        image = _images[(int)which] ??= new byte[Size(which)];
        if (_valid[(int)which]) return Errno.None;
        var error = _system.Transfer(Requests(which), _lwp, image, set: false);
        _valid[(int)which] = error == Errno.None;
        return error;
    }

    private Errno Store(RegisterImage which)
    {
        var error = _system.Transfer(Requests(which), _lwp, _images[(int)which], set: true);
        // What the kernel refused is not the thread's; what it took it may have masked.
        _valid[(int)which] = false;
        if (_isKept) _ = Fetch(which, out _);
        return error;
    }

    private int Size(RegisterImage image) => Requests(image).Bytes;

    private MachineImage Requests(RegisterImage image) => image switch
    {
        RegisterImage.General => new(PT_GETREGS, PT_SETREGS, 0, _layout.Target.RegBytes),
        RegisterImage.FloatingPoint => new(PT_GETFPREGS, PT_SETFPREGS, 0, _layout.Target.FpRegBytes),
        _ => _layout.Target.MachineImages[image - RegisterImage.FirstOfMachine],
    };
}
