namespace TraceKernel.Machine.Execution;

/// <summary>When code is translated.</summary>
/// <param name="IsOn">Whether it is at all.</param>
/// <param name="Threshold">Executions of a block, once it has a reduced list, after which it becomes the entry of a region.</param>
/// <param name="Growth">Entries of a region after which its blocks are chosen anew.</param>
/// <param name="IsImmediate">The engine's own thread translates, at once: for tests.</param>
/// <param name="MaximumInstructions">Guest instructions of a region.</param>
/// <param name="MaximumHeld">Guest instructions of all translations of an address space together; beyond that all are thrown away.</param>
public sealed record TranslationPolicy(
    bool IsOn = true, int Threshold = 1000, int Growth = 20_000, bool IsImmediate = false, int MaximumInstructions = 200, int MaximumHeld = 100_000)
{
    /// <summary>Engines made from now on follow this one unless told otherwise.</summary>
    public static TranslationPolicy Default { get; set; } = new();
}

/// <summary>What a translator did and holds.</summary>
/// <param name="Translations">Regions translated so far.</param>
/// <param name="Instructions">Guest instructions held in translations.</param>
/// <param name="Bytes">Bytes of intermediate code of those.</param>
/// <param name="GuestBytes">Bytes of guest code translated so far; what belongs to several regions counts in each.</param>
/// <param name="Time">Time that translating took, mostly on a thread of its own.</param>
/// <param name="Clears">Times that all were thrown away.</param>
/// <param name="Retired">Guest instructions that translations have executed.</param>
/// <param name="Entries">Times that the engine went over to translations.</param>
public readonly record struct TranslationCounts(
    long Translations, long Instructions, long Bytes, long GuestBytes, TimeSpan Time, long Clears, long Retired, long Entries);
