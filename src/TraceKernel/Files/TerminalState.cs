namespace TraceKernel.Files;

/// <summary>A terminal as the processes that it controls are shown with it.</summary>
/// <param name="Device">st_rdev.</param>
/// <param name="Session">The session that it controls; 0: none.</param>
/// <param name="Foreground">Its foreground process group; 0: none.</param>
internal readonly record struct TerminalState(ulong Device, int Session, int Foreground);
