using System.Buffers.Binary;
using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.AuxiliaryVector;

namespace GdbStub.Tracing;

/// <summary>Where a process's program is, found as its dynamic linker finds it: by the auxiliary vector and the program headers.</summary>
/// <param name="Displacement">How far the program was moved from the addresses in its file; null when its headers do not say.</param>
/// <param name="FirstSegment">Where its first segment is.</param>
/// <param name="Entry">AT_ENTRY: the program's own first instruction.</param>
/// <param name="InterpreterBase">AT_BASE: where the dynamic linker is.</param>
/// <param name="Interpreter">PT_INTERP: the dynamic linker's path; null for a static program.</param>
/// <param name="Dynamic">The dynamic section's address; 0 without one.</param>
internal readonly record struct ProgramImage(
    ulong? Displacement, ulong FirstSegment, ulong Entry, ulong InterpreterBase, string? Interpreter, ulong Dynamic)
{
    private const uint PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3, PT_PHDR = 6;
    private const int HeaderBytes = 56, LongestPath = 1024;
    private const ulong MostHeaders = 64;

    /// <summary>What cannot be read is left out.</summary>
    public static ProgramImage Read(SystemCalls system, Tracee process)
    {
        if (system.ReadAuxv(process.Pid, out var auxv) != Errno.None) return default;
        var values = MemoryMarshal.Cast<byte, ulong>(auxv);
        ulong headers = Find(values, AT_PHDR), size = Find(values, AT_PHENT), count = Math.Min(Find(values, AT_PHNUM), MostHeaders);
        ulong? displacement = null, first = null;
        ulong dynamic = 0, interpreter = 0, interpreterBytes = 0;
        Span<byte> header = stackalloc byte[HeaderBytes];
        for (var index = 0UL; index < count; index++)
        {
            if (process.Memory.Read(headers + index * size, header, out var read) != Errno.None || read < header.Length) break;
            var address = BinaryPrimitives.ReadUInt64LittleEndian(header[16..]);
            switch (BinaryPrimitives.ReadUInt32LittleEndian(header))
            {
                case PT_PHDR: displacement = headers - address; break;
                case PT_LOAD: first ??= address; break;
                case PT_DYNAMIC: dynamic = address; break;
                case PT_INTERP: (interpreter, interpreterBytes) = (address, BinaryPrimitives.ReadUInt64LittleEndian(header[40..])); break;
            }
        }
        // One that does not say where its headers belong stands where its file says.
        var moved = displacement ?? 0;
        var path = interpreterBytes is > 0 and <= LongestPath ? process.Memory.ReadText(interpreter + moved, LongestPath) : null;
        return new ProgramImage(
            displacement, (first ?? 0) + moved, Find(values, AT_ENTRY), Find(values, AT_BASE), path, dynamic == 0 ? 0 : dynamic + moved);
    }

    private static ulong Find(ReadOnlySpan<ulong> auxv, int type)
    {
        for (var index = 0; index + 1 < auxv.Length && auxv[index] != AT_NULL; index += 2)
            if (auxv[index] == (ulong)type) return auxv[index + 1];
        return 0;
    }
}
