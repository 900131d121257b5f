using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Tests.Syscalls;
using TraceKernel.User;
using static TraceKernel.Abi.Errno;

namespace TraceKernel.Tests.Files;

/// <summary>The guest's end of a terminal: reading, writing, isatty(3) and window size.</summary>
[TestFixture]
internal sealed class TerminalTests
{
    private const ulong Data = TestMemory.Base;

    [Test]
    public void Writes_come_out_with_their_stream()
    {
        var world = new World();
        world.Call("write", 1, world.Memory.Text("out"), 3);
        world.Call("write", 2, world.Memory.Text("err"), 3);
        world.Call("write", 0, world.Memory.Text("in"), 2);
        var descriptor = world.Open("/dev/stderr", Fcntl.O_WRONLY);
        world.Call("write", descriptor, world.Memory.Text("!"), 1);
        var tty = world.Open("/dev/tty", Fcntl.O_RDWR);
        world.Call("write", tty, world.Memory.Text("tty"), 3);
        Assert.That(world.Output.ToString(), Is.EqualTo("1:out|1:err|1:in|1:!|1:tty|"));
    }

    [Test]
    public void Reader_sleeps_until_a_line_is_typed_and_gets_lines_one_by_one()
    {
        var world = new World();
        var pending = world.Begin("read", 0, Data, 100);
        Assert.That((pending.IsCompleted, world.Lwp.WaitMessage), Is.EqualTo((false, "ttyin")));
        world.Terminal.Type("one\ntwo\n"u8);
        Assert.That((pending.Result, world.Value, world.Memory.GetText(Data)), Is.EqualTo((None, 4L, "one\n")));
        world.Call("read", 0, Data, 2);
        world.Call("read", 0, Data + 2, 100);
        Assert.That((world.Value, world.Memory.GetText(Data)), Is.EqualTo((2L, "two\n")));
    }

    [Test]
    public void What_was_typed_before_the_end_is_read_before_it()
    {
        var world = new World(isTerminal: false);
        world.Terminal.Type("rest"u8);
        world.Terminal.Close();
        world.Call("read", 0, Data, 100);
        Assert.That(world.Value, Is.EqualTo(4));
        Assert.That(world.Call("read", 0, Data, 100), Is.EqualTo(None));
        Assert.That(world.Value, Is.Zero);
    }

    [Test]
    public void Close_wakes_the_reader()
    {
        var world = new World();
        var pending = world.Begin("read", 0, Data, 100);
        world.Terminal.Close();
        Assert.That((pending.Result, world.Value), Is.EqualTo((None, 0L)));
    }

    [Test]
    public void Input_is_asked_for_when_a_guest_reads()
    {
        var world = WithInput("asked\n");
        Assert.That(world.Call("read", 0, Data, 100), Is.EqualTo(None));
        Assert.That(world.Value, Is.EqualTo(6));
    }

    [Test]
    public void Input_is_asked_for_when_a_guest_reads_without_blocking()
    {
        var world = WithInput("asked\n");
        world.Call("fcntl", 0, Fcntl.F_SETFL, Fcntl.O_NONBLOCK);
        Assert.That((world.Call("read", 0, Data, 100), world.Value), Is.EqualTo((None, 6L)));
    }

    [TestCase("asked\n", PollEvents.POLLIN)]
    [TestCase("", PollEvents.POLLHUP)]
    public void Input_is_asked_for_when_a_guest_polls(string text, PollEvents expected)
    {
        var world = WithInput(text);
        world.Memory.Set(Data, new pollfd(0, PollEvents.POLLIN, PollEvents.None));
        Assert.That((world.Call("poll", Data, 1, 0), world.Value), Is.EqualTo((None, 1L)));
        Assert.That(world.Memory.Get<pollfd>(Data).revents, Is.EqualTo(expected));
        world.Memory.Set(Data, 0);
        Assert.That(world.Call("ioctl", 0, Ioctl.FIONREAD, Data), Is.EqualTo(None));
        Assert.That(world.Memory.Get<int>(Data), Is.EqualTo(text.Length));
    }

    [Test]
    public void Who_polls_sleeps_until_input_comes()
    {
        var asked = 0;
        var world = new World();
        Attach(world, new Terminal { IsTerminal = true, NeedInput = () => asked++ }, out var terminal);
        world.Memory.Set(Data, new pollfd(0, PollEvents.POLLIN, PollEvents.None));
        var pending = world.Begin("poll", Data, 1, ulong.MaxValue);
        Assert.That((pending.IsCompleted, asked > 0), Is.EqualTo((false, true)));
        terminal.Type("later\n"u8);
        Assert.That((pending.Result, world.Value), Is.EqualTo((None, 1L)));
    }

    /// <summary>A world whose terminal types a text, or ends, as soon as somebody wants input.</summary>
    private static World WithInput(string text)
    {
        var world = new World();
        Terminal terminal = null!;
        Attach(world, new Terminal { IsTerminal = true, NeedInput = Answer }, out terminal);
        return world;

        void Answer()
        {
            if (text.Length == 0) terminal.Close();
            else terminal.Type(System.Text.Encoding.Latin1.GetBytes(text));
        }
    }

    private static void Attach(World world, Terminal terminal, out Terminal attached)
    {
        attached = terminal;
        world.Process.Files.CloseFrom(0, 2);
        TraceKernel.Files.TerminalDevice.Attach(world.Process, terminal);
    }

    [Test]
    public void Nonblocking_read_of_nothing_is_EAGAIN()
    {
        var world = new World();
        world.Call("fcntl", 0, Fcntl.F_SETFL, Fcntl.O_NONBLOCK);
        Assert.That(world.Call("read", 0, Data, 100), Is.EqualTo(EAGAIN));
        world.Memory.Set(Data, 0);
        Assert.That(world.Call("ioctl", 0, Ioctl.FIONBIO, Data), Is.EqualTo(None));
        world.Call("fcntl", 0, Fcntl.F_GETFL, 0);
        Assert.That(world.Value, Is.EqualTo(Fcntl.O_RDWR));
    }

    [TestCase(true, Ioctl.TIOCGETA, ExpectedResult = None)]
    [TestCase(false, Ioctl.TIOCGETA, ExpectedResult = ENOTTY)]
    [TestCase(true, Ioctl.TIOCGWINSZ, ExpectedResult = None)]
    [TestCase(false, Ioctl.TIOCGWINSZ, ExpectedResult = ENOTTY)]
    [TestCase(false, Ioctl.FIONREAD, ExpectedResult = None)]
    [TestCase(true, 0x12345678u, ExpectedResult = ENOTTY)]
    [TestCase(true, 0x1234u, ExpectedResult = ENOTTY)]
    public Errno Isatty(bool isTerminal, uint request) => new World(isTerminal: isTerminal).Call("ioctl", 1, request, Data);

    [Test]
    public void Modes_and_size_are_kept()
    {
        var world = new World();
        world.Call("ioctl", 0, Ioctl.TIOCGETA, Data);
        var modes = world.Memory.Get<termios>(Data);
        Assert.That((modes.c_lflag & 0x108, modes.c_cc[0], modes.c_cc[8]), Is.EqualTo((0x108u, (byte)4, (byte)3)), "ICANON, ECHO; ^D; ^C");
        modes.c_lflag = 0;
        world.Memory.Set(Data, modes);
        world.Call("ioctl", 1, Ioctl.TIOCSETAW, Data);
        world.Call("ioctl", 2, Ioctl.TIOCGETA, Data + 100);
        Assert.That(world.Memory.Get<termios>(Data + 100).c_lflag, Is.Zero);
        world.Memory.Set(Data, new winsize(50, 132, 0, 0));
        world.Call("ioctl", 1, Ioctl.TIOCSWINSZ, Data);
        world.Call("ioctl", 0, Ioctl.TIOCGWINSZ, Data + 100);
        Assert.That(world.Memory.Get<winsize>(Data + 100), Is.EqualTo(new winsize(50, 132, 0, 0)));
        Assert.That(world.Call("ioctl", 0, Ioctl.TIOCGETA, TestMemory.Nowhere), Is.EqualTo(EFAULT));
    }

    [Test]
    public void Who_reads_in_the_background_is_stopped_until_he_is_in_the_foreground()
    {
        var (world, shell) = WithShell();
        var pending = world.Begin("read", 0, Data, 100);
        Assert.That((pending.IsCompleted, world.Lwp.Suspended, world.Process.XSig), Is.EqualTo((false, true, Abi.Signals.SIGTTIN)));
        Assert.That(world.Process.Has(ProcessFlags.StoppedSignal), Is.True);
        world.Memory.Set(Data, world.Process.Group);
        Assert.That(world.Begin(shell.FirstThread, "ioctl", 0, Ioctl.TIOCSPGRP, Data).Result, Is.EqualTo(None));
        SendToGroup(world, Abi.Signals.SIGCONT);
        world.Terminal.Type("line\n"u8);
        Assert.That((pending.Result, world.Value), Is.EqualTo((None, 5L)));
    }

    [Test]
    public void Who_ignores_the_stop_may_not_read_in_the_background()
    {
        var (world, _) = WithShell();
        world.Process.Signals[Abi.Signals.SIGTTIN] = new(Abi.Signals.SIG_IGN, 0, default);
        Assert.That(world.Call("read", 0, Data, 100), Is.EqualTo(EIO));
    }

    [Test]
    public void Who_writes_in_the_background_is_stopped_where_the_terminal_is_set_so()
    {
        var (world, _) = WithShell();
        world.Call("ioctl", 0, Ioctl.TIOCGETA, Data);
        world.Memory.Set(Data, world.Memory.Get<termios>(Data) with { c_lflag = termios.TOSTOP });
        world.Process.Signals[Abi.Signals.SIGTTOU] = new(Abi.Signals.SIG_IGN, 0, default);
        Assert.That(world.Call("ioctl", 0, Ioctl.TIOCSETA, Data), Is.EqualTo(None), "who ignores the signal may");
        world.Process.Signals[Abi.Signals.SIGTTOU] = new(Abi.Signals.SIG_DFL, 0, default);
        Assert.That((world.Begin("write", 1, Data, 1).IsCompleted, world.Process.XSig), Is.EqualTo((false, Abi.Signals.SIGTTOU)));
    }

    [Test]
    public void Only_groups_of_the_session_come_to_the_foreground()
    {
        var (world, _) = WithShell();
        world.Process.Signals[Abi.Signals.SIGTTOU] = new(Abi.Signals.SIG_IGN, 0, default);
        world.Memory.Set(Data, 4711);
        Assert.That(world.Call("ioctl", 0, Ioctl.TIOCSPGRP, Data), Is.EqualTo(EPERM));
        world.Process.Session = 4711;
        Assert.That(world.Call("ioctl", 0, Ioctl.TIOCGPGRP, Data), Is.EqualTo(ENOTTY));
        world.Process.Session = world.Process.Pid;
        world.Process.HasTerminal = false;
        Assert.That(world.Call("ioctl", 0, Ioctl.TIOCGPGRP, Data), Is.EqualTo(ENOTTY));
        var other = world.Add(70);
        other.Files = world.Process.Files.Share();
        Assert.That(world.Begin(other.FirstThread, "ioctl", 0, Ioctl.TIOCSCTTY, 0).Result, Is.EqualTo(EPERM), "another session has it");
    }

    /// <summary>A world whose process is in a group of its own, and whose terminal's foreground is the shell's.</summary>
    private static (World World, Process Shell) WithShell()
    {
        var world = new World();
        var shell = world.Add(50);
        shell.Files = world.Process.Files.Share();
        // The shell leads the session, and its job has a group of its own.
        shell.Session = world.Process.Session;
        shell.HasTerminal = true;
        shell.Signals[Abi.Signals.SIGTTOU] = new(Abi.Signals.SIG_IGN, 0, default);
        world.Memory.Set(Data, shell.Group);
        Assert.That(world.Begin(shell.FirstThread, "ioctl", 0, Ioctl.TIOCSPGRP, Data).Result, Is.EqualTo(None));
        return (world, shell);
    }

    private static void SendToGroup(World world, int signal) => world.Kernel.Jobs.Signal(world.Process.Group, signal);

    [TestCase(true, FileModes.S_IFCHR)]
    [TestCase(false, FileModes.S_IFIFO)]
    public void Fstat_says_what_it_is(bool isTerminal, int type)
    {
        var world = new World(isTerminal: isTerminal);
        world.Call("fstat", 1, Data);
        Assert.That(world.Memory.Get<stat>(Data).st_mode & FileModes.S_IFMT, Is.EqualTo(type));
        Assert.That(world.Call("lseek", 1, 0, Fcntl.SEEK_CUR), Is.EqualTo(isTerminal ? None : ESPIPE));
        Assert.That(world.Call("write", 0, Data, 1), Is.EqualTo(isTerminal ? None : EBADF));
        Assert.That(world.Path("open", "/dev/tty", 0, 0), Is.EqualTo(isTerminal ? None : ENXIO));
    }
}
