using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>ioctl(2) requests: sys/filio.h, sys/ttycom.h.</summary>
public static class Ioctl
{
    public const uint FIOCLEX = 0x20006601, FIONCLEX = 0x20006602, FIONREAD = 0x4004667f, FIONBIO = 0x8004667e, FIOASYNC = 0x8004667d,
        FIOSETOWN = 0x8004667c, FIOGETOWN = 0x4004667b, FIODTYPE = 0x4004667a, FIODGNAME = 0x80106678, FIONWRITE = 0x40046677,
        FIONSPACE = 0x40046676, SIOCATMARK = 0x40047307, FIOSEEKDATA = 0xc0086661, FIOSEEKHOLE = 0xc0086662;

    public const uint TIOCGETA = 0x402c7413, TIOCSETA = 0x802c7414, TIOCSETAW = 0x802c7415, TIOCSETAF = 0x802c7416,
        TIOCGWINSZ = 0x40087468, TIOCSWINSZ = 0x80087467, TIOCGPGRP = 0x40047477, TIOCSPGRP = 0x80047476, TIOCGSID = 0x40047463,
        TIOCOUTQ = 0x40047473, TIOCDRAIN = 0x2000745e, TIOCFLUSH = 0x80047410, TIOCSCTTY = 0x20007461, TIOCNOTTY = 0x20007471;

    public const uint TIOCEXCL = 0x2000740d, TIOCNXCL = 0x2000740e, TIOCGPTN = 0x4004740f, TIOCGETD = 0x4004741a, TIOCPTMASTER = 0x2000741c,
        TIOCGDRAINWAIT = 0x40047456, TIOCSIG = 0x2004745f, TIOCCONS = 0x80047462, TIOCSTAT = 0x20007465, TIOCMGET = 0x4004746a,
        TIOCMBIC = 0x8004746b, TIOCMBIS = 0x8004746c, TIOCMSET = 0x8004746d, TIOCSTART = 0x2000746e, TIOCSTOP = 0x2000746f,
        TIOCPKT = 0x80047470, TIOCSTI = 0x80017472, TIOCCDTR = 0x20007478, TIOCSDTR = 0x20007479, TIOCCBRK = 0x2000747a,
        TIOCSBRK = 0x2000747b;

    /// <summary>d_flags' type of a terminal, sys/conf.h.</summary>
    public const int D_TTY = 4;

    /// <summary>IOCPARM_LEN: bytes that the request's structure has.</summary>
    public static int ParameterBytes(uint request) => (int)(request >> 16 & 0x1fff);

    /// <summary>IOC_OUT: the kernel writes the structure.</summary>
    public static bool IsOut(uint request) => (request & 0x40000000) != 0;

    /// <summary>IOC_IN: the kernel reads the structure.</summary>
    public static bool IsIn(uint request) => (request & 0x80000000) != 0;
}

/// <summary>struct termios, 44 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct termios
{
    public const int Bytes = 44;

    // sys/_termios.h: c_iflag, c_oflag, c_cflag, c_lflag.
    public const uint BRKINT = 2, PARMRK = 8, ISTRIP = 0x20, INLCR = 0x40, IGNCR = 0x80, ICRNL = 0x100, IXON = 0x200, IXOFF = 0x400,
        IXANY = 0x800, IMAXBEL = 0x2000;
    public const uint OPOST = 1, ONLCR = 2, TAB3 = 4, ONOEOT = 8, OCRNL = 0x10, ONOCR = 0x20, ONLRET = 0x40;
    public const uint CIGNORE = 1, CREAD = 0x800, CLOCAL = 0x8000;
    public const uint ECHOE = 2, ECHO = 8, ECHONL = 0x10, ECHOCTL = 0x40, ISIG = 0x80, ICANON = 0x100, ALTWERASE = 0x200, IEXTEN = 0x400,
        TOSTOP = 0x400000, NOKERNINFO = 0x2000000, NOFLSH = 0x80000000;

    /// <summary>TTYSUP_IFLAG and its like of tty.c: the bits that a terminal keeps.</summary>
    public const uint SupportedInput = 0x2fff, SupportedOutput = 0x7f, SupportedControl = 0x1fff01, SupportedLocal = 0x82c007ff;

    // Places in c_cc.
    public const int VEOF = 0, VEOL = 1, VERASE = 3, VWERASE = 4, VKILL = 5, VREPRINT = 6, VERASE2 = 7, VINTR = 8, VQUIT = 9, VSUSP = 10,
        VSTART = 12, VSTOP = 13, VLNEXT = 14, VMIN = 16, VTIME = 17, VSTATUS = 18;

    public uint c_iflag, c_oflag, c_cflag, c_lflag;
    public ControlCharacters c_cc;
    public uint c_ispeed, c_ospeed;

    /// <summary>c_cc, NCCS bytes.</summary>
    [InlineArray(20)]
    public struct ControlCharacters
    {
        private byte _first;
    }

    /// <summary>What a new terminal has: termios_init of kern/tty.c with TTYDEF_* of sys/ttydefaults.h.</summary>
    public static termios Default
    {
        get
        {
            // BRKINT|ICRNL|IMAXBEL|IXON|IXANY, OPOST|ONLCR, CREAD|CS8|HUPCL, ECHO|ICANON|ISIG|IEXTEN|ECHOE|ECHOKE|ECHOCTL
            var value = new termios { c_iflag = 0x2b02, c_oflag = 3, c_cflag = 0x4b00, c_lflag = 0x5cb, c_ispeed = 9600, c_ospeed = 9600 };
            // VEOF VEOL VEOL2 VERASE VWERASE VKILL VREPRINT ERASE2 VINTR VQUIT VSUSP VDSUSP VSTART VSTOP VLNEXT VDISCARD VMIN VTIME VSTATUS
            ReadOnlySpan<byte> characters = [4, 255, 255, 127, 23, 21, 18, 8, 3, 28, 26, 25, 17, 19, 22, 15, 1, 0, 20, 255];
            characters.CopyTo(value.c_cc);
            return value;
        }
    }
}

/// <summary>The events that the master of a pseudo-terminal reads in packet mode, sys/ttycom.h.</summary>
public static class PacketEvents
{
    public const int TIOCPKT_DATA = 0, TIOCPKT_FLUSHREAD = 1, TIOCPKT_FLUSHWRITE = 2, TIOCPKT_STOP = 4, TIOCPKT_START = 8,
        TIOCPKT_NOSTOP = 0x10, TIOCPKT_DOSTOP = 0x20;
}

/// <summary>struct winsize, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct winsize(ushort ws_row, ushort ws_col, ushort ws_xpixel, ushort ws_ypixel);
