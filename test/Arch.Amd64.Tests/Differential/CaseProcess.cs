using System.Diagnostics;

namespace Arch.Amd64.Tests.Differential;

/// <summary>test/guests/differential.c at work: the host's processor, or the machine.</summary>
internal sealed class CaseProcess : IDisposable
{
    private readonly Process _process;

    private CaseProcess(string program, params string[] arguments) => _process = Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    public static CaseProcess OnHost() => new(Guest("linux/differential.O2"));

    public static CaseProcess InMachine() => new("dotnet", Path.Combine(AppContext.BaseDirectory, "gdbstub.dll"), "run", "--", Guest("differential.O2"));

    public static bool IsBuilt => File.Exists(Guest("differential.O2"));

    /// <summary>Executes cases; their outcomes come one behind the other.</summary>
    public async Task<byte[]> Execute(IReadOnlyList<Case> cases)
    {
        var writing = Write(cases);
        var outcomes = new byte[cases.Count * Outcome.Size];
        await _process.StandardOutput.BaseStream.ReadExactlyAsync(outcomes).ConfigureAwait(false);
        await writing.ConfigureAwait(false);
        return outcomes;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
            _process.Kill();
        _process.Dispose();
    }

    private async Task Write(IReadOnlyList<Case> cases)
    {
        var input = _process.StandardInput.BaseStream;
        foreach (var given in cases)
            await input.WriteAsync(given.Image).ConfigureAwait(false);
        await input.FlushAsync().ConfigureAwait(false);
    }

    private static string Guest(string name)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "gdbstub.sln")))
            directory = directory.Parent ?? throw new DirectoryNotFoundException("the tests do not lie in the repository");
        return Path.Combine(directory.FullName, "test/guests/bin", name);
    }
}
