namespace GdbStub.Packets;

/// <summary>Features that qSupported's reply names and that are no packet of their own: what a stop reply may tell, for example.</summary>
/// <param name="features">As the reply has them, joined by ';': "fork-events+".</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class FeatureAttribute(string features) : Attribute
{
    public string Features { get; } = features;

    /// <summary>ptrace requests without which the kernel cannot carry them.</summary>
    public int[] Needs { get; init; } = [];
}
