namespace GdbStub.Sessions;

/// <summary>A program of the command line, or the demo.</summary>
/// <param name="Path">Its path in the guest.</param>
/// <param name="Arguments">argv, argv[0] included.</param>
public sealed record GuestProgram(string Path, IReadOnlyList<string> Arguments);
