using System.Reflection;
using System.Text;

namespace GdbStub.Packets;

/// <summary>Every packet that is served, bound to delegates once at start; looking one up allocates nothing.</summary>
public sealed class PacketTable
{
    private readonly Entry[][] _byFirstByte = new Entry[256][];

    /// <summary>Binds the attributed static methods of <paramref name="families"/>.</summary>
    /// <param name="hasRequest">Whether the kernel's personality has a ptrace request.</param>
    /// <exception cref="InvalidOperationException">Two methods claim one name, or a method has another shape: a mistake in the
    /// source.</exception>
    public PacketTable(IEnumerable<Type> families, Func<int, bool> hasRequest)
    {
        var entries = new SortedDictionary<string, Entry>(StringComparer.Ordinal);
        var advertised = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var method in families.SelectMany(family => family.GetMethods(
            BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)))
        {
            foreach (var feature in method.GetCustomAttributes<FeatureAttribute>())
                if (Array.TrueForAll(feature.Needs, request => hasRequest(request))) advertised.UnionWith(feature.Features.Split(';'));
            foreach (var packet in method.GetCustomAttributes<PacketAttribute>())
            {
                if (!Array.TrueForAll(packet.Needs, request => hasRequest(request))) continue;
                if (!entries.TryAdd(packet.Name, Entry.Bind(packet, method)))
                    throw new InvalidOperationException(
                        $"packet {packet.Name} has two handlers; one is {method.DeclaringType}.{method.Name}");
                if (packet.Advertises is { } features) advertised.UnionWith(features.Split(';'));
            }
        }
        foreach (var group in entries.Values.GroupBy(entry => entry.Name[0]))
            _byFirstByte[group.Key] = [.. group.OrderByDescending(entry => entry.Name.Length)];
        Names = [.. entries.Keys];
        Supported = string.Join(';', advertised);
    }

    /// <summary>The packets of this program.</summary>
    public static PacketTable OfThisAssembly(Func<int, bool> hasRequest) =>
        new(typeof(PacketTable).Assembly.GetTypes().Where(type => type.Namespace == typeof(PacketTable).Namespace), hasRequest);

    /// <summary>The names, in ordinal order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>What qSupported's reply says of the packets served: "QPassSignals+;QStartNoAckMode+;…".</summary>
    public string Supported { get; }

    /// <summary>The handler of <paramref name="packet"/> and the arguments that it is to get; null for an unknown packet.</summary>
    /// <param name="needsStop">Nothing may run while it is answered.</param>
    public PacketHandler? Find(ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> arguments, out bool needsStop)
    {
        arguments = default;
        needsStop = false;
        if (packet.IsEmpty || _byFirstByte[packet[0]] is not { } candidates) return null;
        foreach (ref readonly var candidate in candidates.AsSpan())
        {
            if (!candidate.Fits(packet, out arguments)) continue;
            needsStop = candidate.NeedsStop;
            return candidate.Handler;
        }
        return null;
    }

    /// <summary>One packet: its name as bytes, how the name ends, and who answers.</summary>
    private readonly record struct Entry(byte[] Name, NameEnd End, bool NeedsStop, PacketHandler Handler)
    {
        public static Entry Bind(PacketAttribute packet, MethodInfo method) =>
            new(Encoding.ASCII.GetBytes(packet.Name), EndOf(packet), packet.NeedsStop, method.CreateDelegate<PacketHandler>());

        public bool Fits(ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> arguments)
        {
            arguments = default;
            if (!packet.StartsWith(Name)) return false;
            arguments = packet[Name.Length..];
            if (arguments.IsEmpty || End == NameEnd.Anything) return true;
            if (arguments[0] is (byte)':' or (byte)';' or (byte)',') arguments = arguments[1..];
            else if (End == NameEnd.Separator) return false;
            return true;
        }

        private static NameEnd EndOf(PacketAttribute packet) =>
            packet.Glued || packet.Name[^1] is ':' or ';' or ',' ? NameEnd.Anything
            : packet.Name.Length == 1 ? NameEnd.OptionalSeparator
            : NameEnd.Separator;
    }

    /// <summary>What may stand between a packet's name and its arguments.</summary>
    private enum NameEnd
    {
        /// <summary>One of <c>: ; ,</c> must, and is dropped.</summary>
        Separator,
        /// <summary>One of <c>: ; ,</c> may, and is dropped.</summary>
        OptionalSeparator,
        /// <summary>Nothing: all that follows is arguments.</summary>
        Anything,
    }
}
