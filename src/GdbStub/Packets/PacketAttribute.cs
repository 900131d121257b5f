namespace GdbStub.Packets;

/// <summary>
/// Marks the static method that answers one packet. The method has the shape of <see cref="PacketHandler"/>; the place where
/// the attribute stands is the only place that knows the packet.
/// </summary>
/// <param name="name">
/// What the packet begins with: "m", "vCont", "vCont?", "Z0", "qXfer:features:read:". The longest name that fits wins. A name of several
/// letters must be followed by the end of the packet or by one of <c>: ; ,</c>, which is not part of the arguments; so is a
/// single letter, except that its arguments may also follow at once ("m1000,4"). After a name that ends in punctuation everything is
/// arguments ("qXfer:threads:read:" and ":0,1000").
/// </param>
/// <param name="arguments">The arguments, as the GDB manual writes them; for people.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class PacketAttribute(string name, string arguments = "") : Attribute
{
    public string Name { get; } = name;

    public string Arguments { get; } = arguments;

    /// <summary>What qSupported's reply says while this packet is served, such as "QPassSignals+"; several are joined by ';'.</summary>
    public string? Advertises { get; init; }

    /// <summary>
    /// ptrace requests without which the packet does not exist: with a personality that lacks one it is answered as unknown.
    /// </summary>
    public int[] Needs { get; init; } = [];

    /// <summary>
    /// What the packet is about must stand still: in non-stop mode the programs are stopped while it is answered, unseen by the client.
    /// </summary>
    public bool NeedsStop { get; init; }

    /// <summary>The arguments follow the name at once although it has several letters: "qRegisterInfo" and "0".</summary>
    public bool Glued { get; init; }
}
