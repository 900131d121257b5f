using TraceKernel.User;

namespace GdbStub.Runs;

/// <summary>The input of a program from outside: from the host, or from a record.</summary>
internal interface IRunInput
{
    /// <summary>Types into the terminal what has come. Called between slices of the guest, on the thread that runs it.</summary>
    /// <param name="mayWait">How long it may wait for something, since nobody can run meanwhile.</param>
    /// <returns>A signal for the program; 0: none.</returns>
    /// <exception cref="ReplayException">The run differs from its record.</exception>
    int Arrive(Terminal terminal, TimeSpan mayWait);

    /// <summary>The program has ended.</summary>
    /// <param name="status">Its exit status, or 128 + N after signal N.</param>
    /// <exception cref="ReplayException">The run differs from its record.</exception>
    void Ended(int status);
}

/// <summary>A run is not as its record has it.</summary>
internal sealed class ReplayException(string message) : Exception(message);
