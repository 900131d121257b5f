using GdbStub.CommandLine;

namespace GdbStub;

/// <summary>The composition root: the only file that names an architecture or the kernel.</summary>
internal static class Program
{
    public static Task<int> Main(string[] arguments) => new Application(CreateKernel).Run(arguments);

    private static Sessions.KernelHost CreateKernel(Sessions.KernelOptions options) =>
        throw new PlatformNotSupportedException($"{options.Kernel} is not part of this build");
}
