using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Sessions;

/// <summary>One system call of a debugger, for a trace.</summary>
/// <param name="Name">ptrace, wait6, kill or execve.</param>
/// <param name="Pid">The process or thread that it was about; of wait6 the one that had something to report.</param>
/// <param name="Request">Of ptrace the request, of kill the signal, of execve the path.</param>
/// <param name="Detail">What else there is to say; null: nothing.</param>
/// <param name="Result">What it returned when it did not fail.</param>
public readonly record struct TracedCall(string Name, int Pid, string? Request, string? Detail, Errno Error, long Result)
{
    public static TracedCall OfPtrace(int request, int pid, ulong address, int data, ReadOnlySpan<byte> image, Errno error, long result) =>
        new("ptrace", pid, PtraceNames.Request(request), Describe(request, address, data, image), error, result);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("call", Name);
        json.WriteNumber("pid", Pid);
        if (Request is not null) json.WriteString("request", Request);
        if (Detail is not null) json.WriteString("detail", Detail);
        if (Error != Errno.None) json.WriteString("error", Error.ToString());
        else json.WriteNumber("result", Result);
        json.WriteEndObject();
    }

    public override string ToString()
    {
        var outcome = Error != Errno.None ? Error.ToString() : Result.ToString(CultureInfo.InvariantCulture);
        var detail = Detail is null ? "" : $" ({Detail})";
        return string.Create(CultureInfo.InvariantCulture, $"{Name} {Pid}{(Request is null ? "" : " " + Request)}{detail} = {outcome}");
    }

    private static string? Describe(int request, ulong address, int data, ReadOnlySpan<byte> image)
    {
        if (request == Ptrace.PT_IO && image.Length >= ptrace_io_desc.Bytes)
        {
            var io = MemoryMarshal.Read<ptrace_io_desc>(image);
            var verb = io.piod_op is Ptrace.PIOD_WRITE_D or Ptrace.PIOD_WRITE_I ? "write" : "read";
            return string.Create(CultureInfo.InvariantCulture, $"{verb} 0x{io.piod_offs:x}, {io.piod_len} bytes");
        }
        if (request == Ptrace.PT_LWPINFO && image.Length >= ptrace_lwpinfo.Bytes)
        {
            var info = MemoryMarshal.Read<ptrace_lwpinfo>(image);
            var signal = (info.pl_flags & Ptrace.PL_FLAG_SI) == 0 ? "" : " " + SignalTexts.Name(info.pl_siginfo.si_signo);
            return string.Create(CultureInfo.InvariantCulture, $"lwp {info.pl_lwpid}, flags 0x{info.pl_flags:x}{signal}");
        }
        return address == 0 && data == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"address 0x{address:x}, data {data}");
    }
}
