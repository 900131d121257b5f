using System.Text;

namespace GdbStub.Tracing;

/// <summary>What a client has handed over with a breakpoint: when it counts, and what is to be done then instead of a report.</summary>
/// <param name="Conditions">It counts when one of them is not zero; none: always. Null stands for one that cannot be evaluated.</param>
/// <param name="Commands">What they print is all there is to see of a hit; none: hits are reported.</param>
public sealed record BreakpointActions(IReadOnlyList<AgentExpression?> Conditions, IReadOnlyList<AgentExpression> Commands)
{
    /// <summary>Whether the hit is to be reported. What cannot be evaluated is reported rather than passed over.</summary>
    /// <param name="thread">Who hit the breakpoint.</param>
    /// <param name="print">Where the commands' output goes; null: nowhere.</param>
    internal bool AreForReport(TracedThread thread, Action<string>? print)
    {
        if (Conditions.Count > 0 && !Counts(thread, out var isDoubtful)) return isDoubtful;
        if (Commands.Count == 0) return true;
        var output = new StringBuilder();
        foreach (var command in Commands)
        {
            // gdb would go on by itself without stepping over the breakpoint, if a hit of a dprintf were reported to it.
            if (!command.TryEvaluate(thread, output, out _)) output.Append("<what the breakpoint is to print cannot be read>\n");
        }
        if (output.Length > 0) print?.Invoke(output.ToString());
        return false;
    }

    private bool Counts(TracedThread thread, out bool isDoubtful)
    {
        isDoubtful = false;
        for (var index = 0; index < Conditions.Count; index++)
        {
            if (Conditions[index] is not { } condition || !condition.TryEvaluate(thread, null, out var value)) isDoubtful = true;
            else if (value != 0) return true;
        }
        return false;
    }
}
