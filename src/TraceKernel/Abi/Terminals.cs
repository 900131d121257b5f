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
    /// <summary>c_lflag: writers in the background are stopped.</summary>
    public const uint TOSTOP = 0x400000;

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

/// <summary>struct winsize, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct winsize(ushort ws_row, ushort ws_col, ushort ws_xpixel, ushort ws_ypixel);
