using System.Buffers.Binary;
using System.Text;
using TraceKernel.Abi;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Files;

/// <summary>struct sockaddr of the domains that there are.</summary>
internal abstract record SocketAddress
{
    /// <summary>Most bytes of an address (SOCK_MAXADDRLEN).</summary>
    public const int MaximumBytes = 255;

    /// <summary>The structure, sa_len first.</summary>
    public abstract byte[] Image { get; }

    /// <summary>Of a socket of that domain without a name.</summary>
    public static SocketAddress Nameless(int domain) => domain switch
    {
        AF_UNIX => new LocalAddress(""),
        AF_INET => new InternetAddress(AF_INET, InternetAddress.Mapped, 0),
        _ => new InternetAddress(AF_INET6, UInt128.Zero, 0),
    };

    /// <summary>What a program passes. EINVAL for a wrong length, EAFNOSUPPORT for another domain's.</summary>
    public static Errno TryParse(int domain, ReadOnlySpan<byte> image, out SocketAddress address)
    {
        address = null!;
        if (image.Length < 2) return Errno.EINVAL;
        if (image[1] != domain) return Errno.EAFNOSUPPORT;
        return domain == AF_UNIX ? LocalAddress.Parse(image, out address) : InternetAddress.Parse(domain, image, out address);
    }
}

/// <summary>struct sockaddr_un: a name in the file system; empty for sockets without one.</summary>
internal sealed record LocalAddress(string Path) : SocketAddress
{
    /// <summary>SUNPATHLEN: bytes of sun_path.</summary>
    private const int MaximumPath = 104;

    public override byte[] Image
    {
        get
        {
            // sun_noname is two bytes long; names end with a NUL.
            var image = new byte[Path.Length == 0 ? 2 : 2 + Path.Length + 1];
            (image[0], image[1]) = ((byte)image.Length, AF_UNIX);
            Encoding.Latin1.GetBytes(Path, image.AsSpan(2));
            return image;
        }
    }

    public static Errno Parse(ReadOnlySpan<byte> image, out SocketAddress address)
    {
        var path = image[2..];
        var end = path.IndexOf((byte)0);
        if (end >= 0) path = path[..end];
        address = new LocalAddress(Encoding.Latin1.GetString(path));
        return path.Length is 0 or > MaximumPath ? Errno.EINVAL : Errno.None;
    }
}

/// <summary>struct sockaddr_in and sockaddr_in6.</summary>
/// <param name="Host">As IPv6 has it: those of IPv4 are mapped, ::ffff:a.b.c.d.</param>
internal sealed record InternetAddress(int Family, UInt128 Host, ushort Port) : SocketAddress
{
    private const int Bytes = 16, Bytes6 = 28;

    /// <summary>0.0.0.0.</summary>
    public static readonly UInt128 Mapped = (UInt128)0xffff << 32;

    private static readonly UInt128 s_loopback = Mapped | 0x7f000001;

    /// <summary>INADDR_ANY or in6addr_any.</summary>
    public bool IsAny => Host == Mapped || Host == UInt128.Zero;

    public bool IsVersion4 => Host >> 32 == 0xffff;

    /// <summary>An address of lo0, the only interface: 127.0.0.1 and ::1.</summary>
    public bool IsOwn => Host == s_loopback || Host == UInt128.One;

    /// <summary>Where a connection to it goes: to any is to oneself.</summary>
    public InternetAddress Destination => !IsAny ? this : this with { Host = Host == Mapped ? s_loopback : UInt128.One };

    public override byte[] Image
    {
        get
        {
            var image = new byte[Family == AF_INET ? Bytes : Bytes6];
            (image[0], image[1]) = ((byte)image.Length, (byte)Family);
            BinaryPrimitives.WriteUInt16BigEndian(image.AsSpan(2), Port);
            if (Family == AF_INET) BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(4), (uint)Host);
            else BinaryPrimitives.WriteUInt128BigEndian(image.AsSpan(8), Host);
            return image;
        }
    }

    public static Errno Parse(int family, ReadOnlySpan<byte> image, out SocketAddress address)
    {
        address = null!;
        if (image.Length != (family == AF_INET ? Bytes : Bytes6)) return Errno.EINVAL;
        var host = family == AF_INET ? Mapped | BinaryPrimitives.ReadUInt32BigEndian(image[4..]) : BinaryPrimitives.ReadUInt128BigEndian(image[8..]);
        address = new InternetAddress(family, host, BinaryPrimitives.ReadUInt16BigEndian(image[2..]));
        return Errno.None;
    }

    /// <summary>As a socket of a domain is told it.</summary>
    public InternetAddress For(int domain) => domain == AF_INET && !IsVersion4 ? this : this with { Family = domain };
}
