using System.Globalization;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;

namespace TraceKernel.Cores;

/// <summary>coredump of kern_sig.c: whether a dying process leaves a core file, and where.</summary>
internal static class CoreFile
{
    /// <summary>The new file's permissions: 0600.</summary>
    private const int Mode = 0x180;

    /// <summary>
    /// Writes the file. EFAULT where the process must not be dumped or the file is not its own, EFBIG for a limit of nothing, open(2)'s
    /// error; then there is no core.
    /// </summary>
    public static Errno Dump(Lwp lwp)
    {
        var process = lwp.Process;
        var settings = process.Kernel.Cores;
        if (!settings.Enabled || (process.Has(ProcessFlags.SetId) && !settings.SetIdEnabled) || process.Has(ProcessFlags2.NoTrace)) return Errno.EFAULT;
        var limit = process.Limits[Resources.RLIMIT_CORE].rlim_cur;
        if (limit == 0) return Errno.EFBIG;
        if (Open(process, settings, out var file) is not Errno.None and var error) return error;
        try
        {
            if (file.Target is not RegularVnode { Links: 1 } vnode || vnode.UserId != process.UserId) return Errno.EFAULT;
            error = vnode.Truncate(0);
            return error == Errno.None ? CoreDump.Write(lwp, file, limit, CoreContents.Usual, compress: false) : error;
        }
        finally
        {
            file.Release();
        }
    }

    // corefile_open
    private static Errno Open(Process process, CoreSettings settings, out OpenFile file)
    {
        var name = Expand(settings.FileName, process, index: null);
        return settings.FileName.Contains("%I", StringComparison.Ordinal)
            ? OpenIndexed(process, settings, out file) : Open(process, name, process.Has(ProcessFlags.SetId) ? Fcntl.O_EXCL : 0, out file);
    }

    private static Errno Open(Process process, string name, int flags, out OpenFile file) => process.Kernel.FileSystem.Open(
        new PathArgument(process, Fcntl.AT_FDCWD, name), Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_NOFOLLOW | flags, Mode, out file);

    /// <summary>corefile_open_last: the first name that is free, else the file that is oldest.</summary>
    private static Errno OpenIndexed(Process process, CoreSettings settings, out OpenFile file)
    {
        file = null!;
        var error = Errno.ENOENT;
        for (var index = 0; index < settings.Count; index++)
        {
            error = Open(process, Expand(settings.FileName, process, index), Fcntl.O_EXCL, out var created);
            if (error == Errno.None)
            {
                file?.Release();
                file = created;
                return error;
            }
            if (error == Errno.EEXIST) error = Open(process, Expand(settings.FileName, process, index), 0, out created);
            if (error != Errno.None) break;
            if (file is null || ((Vnode)created.Target).Modified < ((Vnode)file.Target).Modified) (file, created) = (created, file!);
            created?.Release();
        }
        if (error == Errno.None && !process.Has(ProcessFlags.SetId)) return error;
        file?.Release();
        return error == Errno.None ? Errno.EFAULT : error;
    }

    private static string Expand(string format, Process process, int? index)
    {
        var name = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || ++i == format.Length)
            {
                if (i < format.Length) name.Append(format[i]);
                continue;
            }
            name.Append(format[i] switch
            {
                '%' => "%",
                'H' => process.Kernel.Host.Name,
                'I' => index?.ToString(CultureInfo.InvariantCulture),
                'N' => process.Name,
                'P' => process.Pid.ToString(CultureInfo.InvariantCulture),
                'S' => process.CoreSignal.ToString(CultureInfo.InvariantCulture),
                'U' => process.UserId.ToString(CultureInfo.InvariantCulture),
                _ => "",
            });
        }
        return name.ToString();
    }
}
