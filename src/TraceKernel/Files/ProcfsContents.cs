using System.Globalization;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Files;

/// <summary>mem: the address space of a process, as a debugger reads and writes it (procfs_mem.c, proc_rwmem).</summary>
internal sealed class ProcfsMemory(Process process) : ProcfsContent
{
    public override Errno Read(long offset, Span<byte> destination, out int count) => Transfer(offset, destination, write: false, out count);

    public override Errno Write(long offset, ReadOnlySpan<byte> source, out int count)
    {
        var copy = source.ToArray();
        return Transfer(offset, copy, write: true, out count);
    }

    private Errno Transfer(long address, Span<byte> buffer, bool write, out int count)
    {
        count = 0;
        if (process.IsHost || process.IsZombie || process.Vm is null || process.Kernel.FindAny(process.Pid) != process) return Errno.EIO;
        if (buffer.IsEmpty) return Errno.None;
        var error = process.Vm.ReadWrite((ulong)address, buffer, write, out count, process.Kernel.Personality.Memory.Writes);
        return count > 0 ? Errno.None : error;
    }
}

/// <summary>regs, fpregs and dbregs: registers of the first thread of a stopped process; EBUSY while it runs (procfs_regs.c).</summary>
internal sealed class ProcfsRegisters(Process process, ProcfsRegisters.Kind kind) : ProcfsContent
{
    internal enum Kind
    {
        General,
        FloatingPoint,
        Debug,
    }

    public override Errno Read(long offset, Span<byte> destination, out int count)
    {
        count = 0;
        if (Fill(out var image) is not Errno.None and var error) return error;
        return offset < 0 ? Errno.EINVAL : Part(image, offset, destination, out count);
    }

    public override Errno Write(long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        if (Fill(out var image) is not Errno.None and var error) return error;
        if (offset < 0 || offset > image.Length) return Errno.EINVAL;
        count = Math.Min(source.Length, image.Length - (int)offset);
        source[..count].CopyTo(image.AsSpan((int)offset));
        var (architecture, cpu) = (process.Kernel.Architecture, process.FirstThread.Cpu);
        return kind switch
        {
            Kind.General => architecture.SetRegs(cpu, image),
            Kind.FloatingPoint => architecture.SetFpRegs(cpu, image),
            _ => architecture.SetDbRegs(cpu, image),
        };
    }

    private Errno Fill(out byte[] image)
    {
        image = [];
        if (process.IsHost || process.IsZombie || process.Threads.Count == 0 || process.Kernel.FindAny(process.Pid) != process) return Errno.EIO;
        if ((process.Flags & (ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace)) == 0) return Errno.EBUSY;
        var (architecture, cpu) = (process.Kernel.Architecture, process.FirstThread.Cpu);
        switch (kind)
        {
            case Kind.General:
                image = new byte[architecture.RegBytes];
                architecture.FillRegs(cpu, image);
                return Errno.None;
            case Kind.FloatingPoint:
                image = new byte[architecture.FpRegBytes];
                architecture.FillFpRegs(cpu, image);
                return Errno.None;
            default:
                image = new byte[architecture.DbRegBytes];
                return architecture.FillDbRegs(cpu, image);
        }
    }
}

/// <summary>note and notepg: FreeBSD has them, and nothing can be written to them (procfs_note.c).</summary>
internal sealed class ProcfsNote : ProcfsContent
{
    public override Errno Read(long offset, Span<byte> destination, out int count)
    {
        count = 0;
        return Errno.EBADF;
    }

    public override Errno Write(long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        return Errno.EOPNOTSUPP;
    }
}

/// <summary>osrel: the release that a program is built for, which can be changed (procfs_osrel.c).</summary>
internal sealed class ProcfsRelease(Process process) : ProcfsContent
{
    public override Errno Read(long offset, Span<byte> destination, out int count)
    {
        var text = process.OsRelease.ToString(CultureInfo.InvariantCulture) + "\n";
        count = 0;
        return offset < 0 ? Errno.EINVAL : Part(Encoding.Latin1.GetBytes(text), offset, destination, out count);
    }

    public override Errno Write(long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = source.Length;
        var value = 0;
        foreach (var character in Encoding.Latin1.GetString(source).Trim())
        {
            if (!char.IsAsciiDigit(character) || value > (int.MaxValue - 9) / 10) return Errno.EINVAL;
            value = value * 10 + character - '0';
        }
        process.OsRelease = value;
        return Errno.None;
    }
}
