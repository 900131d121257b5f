namespace TraceKernel.Files;

public sealed partial class FileSystem
{
    /// <summary>devtoname: the name below /dev of the device with that number; null when there is none.</summary>
    /// <param name="number">st_rdev.</param>
    public string? DeviceName(ulong number)
    {
        if (Root.Lookup("dev", out var devices) != Abi.Errno.None || devices is not DirectoryVnode directory) return null;
        return DeviceName(directory, "", number);
    }

    private static string? DeviceName(DirectoryVnode directory, string prefix, ulong number)
    {
        foreach (var entry in directory.List(0))
        {
            if (entry.Vnode is DeviceVnode device && device.Stat().st_rdev == number) return prefix + entry.Name;
            if (entry.Vnode is DirectoryVnode below && DeviceName(below, $"{prefix}{entry.Name}/", number) is { } name) return name;
        }
        return null;
    }
}
