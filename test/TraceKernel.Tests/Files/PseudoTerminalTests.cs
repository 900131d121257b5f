using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Tests.Syscalls;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.termios;

namespace TraceKernel.Tests.Files;

/// <summary>Pseudo-terminals and the line discipline: tty.c, tty_ttydisc.c and tty_pts.c, seen from the master.</summary>
[TestFixture]
internal sealed class PseudoTerminalTests
{
    private const ulong Data = TestMemory.Base, Name = TestMemory.Base + 0x400;

    private World _world = null!;
    private ulong _master, _slave;

    [SetUp]
    public void MakePair()
    {
        _world = new World(isTerminal: false);
        Assert.That(_world.Call("posix_openpt", Fcntl.O_RDWR | Fcntl.O_NOCTTY), Is.EqualTo(None));
        _master = (ulong)_world.Value;
        _slave = _world.Open("/dev/" + NameOf(_master), Fcntl.O_RDWR);
    }

    private string NameOf(ulong descriptor)
    {
        _world.Memory.Set(Data, 64L);
        _world.Memory.Set(Data + 8, Name);
        Assert.That(_world.Call("ioctl", descriptor, Ioctl.FIODGNAME, Data), Is.EqualTo(None));
        return _world.Memory.GetText(Name);
    }

    private Errno Type(string text) => _world.Call("write", _master, _world.Memory.Text(text), (ulong)text.Length);
    private Errno Print(string text) => _world.Call("write", _slave, _world.Memory.Text(text), (ulong)text.Length);
    private string Shown() => Text(_master);
    private string Line() => Text(_slave);

    /// <summary>What a read gives; "EAGAIN" and its like for errors.</summary>
    private string Text(ulong descriptor, ulong most = 200)
    {
        _world.Call("fcntl", descriptor, Fcntl.F_SETFL, Fcntl.O_NONBLOCK);
        var error = _world.Call("read", descriptor, Data, most);
        var text = System.Text.Encoding.Latin1.GetString(_world.Memory[Data, (int)_world.Value]);
        _world.Call("fcntl", descriptor, Fcntl.F_SETFL, 0);
        return error != None ? $"{error}" : text;
    }

    private void Set(Func<termios, termios> change)
    {
        _world.Call("ioctl", _slave, Ioctl.TIOCGETA, Data);
        _world.Memory.Set(Data, change(_world.Memory.Get<termios>(Data)));
        Assert.That(_world.Call("ioctl", _slave, Ioctl.TIOCSETA, Data), Is.EqualTo(None));
    }

    [TestCase(0, ExpectedResult = None)]
    [TestCase(Fcntl.O_RDWR | Fcntl.O_CLOEXEC, ExpectedResult = None)]
    [TestCase(Fcntl.O_NONBLOCK, ExpectedResult = EINVAL)]
    public Errno Openpt_takes_three_flags(int flags) => _world.Call("posix_openpt", (ulong)flags);

    [Test]
    public void Master_and_terminal_have_one_name_and_only_the_master_says_so()
    {
        Assert.That((NameOf(_master), NameOf(_slave)), Is.EqualTo(("pts/0", "pts/0")));
        Assert.That(_world.Call("ioctl", _master, Ioctl.TIOCPTMASTER, 0), Is.EqualTo(None));
        Assert.That(_world.Call("ioctl", _slave, Ioctl.TIOCPTMASTER, 0), Is.EqualTo(ENOTTY));
        _world.Memory.Set(Data, 5L);
        _world.Memory.Set(Data + 8, Name);
        Assert.That(_world.Call("ioctl", _master, Ioctl.FIODGNAME, Data), Is.EqualTo(EINVAL), "the NUL does not fit");
        Assert.That(_world.Path("open", "/dev/ptmx", Fcntl.O_RDWR), Is.EqualTo(None));
        Assert.That(NameOf((ulong)_world.Value), Is.EqualTo("pts/1"));
        var stat = _world.Stat("/dev/pts/0");
        Assert.That((stat.st_mode, stat.st_gid), Is.EqualTo(((ushort)(FileModes.S_IFCHR | 0x190), 4U)));
    }

    // ttydisc_write_oproc
    [TestCase("a\nb", OPOST | ONLCR, ExpectedResult = "a\r\nb")]
    [TestCase("a\nb", 0U, ExpectedResult = "a\nb")]
    [TestCase("ab\tc", OPOST | TAB3, ExpectedResult = "ab      c")]
    [TestCase("\ra\r\n", OPOST | ONOCR | OCRNL, ExpectedResult = "a\n\n")]
    [TestCase("a\u0004b", OPOST | ONOEOT, ExpectedResult = "ab")]
    public string Output_is_processed(string text, uint flags)
    {
        Set(modes => modes with { c_oflag = flags });
        Assert.That(Print(text), Is.EqualTo(None));
        return Shown();
    }

    // ttydisc_rint and ttydisc_echo with the modes of a new terminal.
    [TestCase("one\rtwo", "one\n", "one\r\ntwo")]
    [TestCase("ab\u007fc\n", "ac\n", "ab\b \bc\r\n")]
    [TestCase("a\u0001\bb\n", "ab\n", "a^A\b\b  \b\bb\r\n")]
    [TestCase("ab cd\u0017e\n", "ab e\n", "ab cd\b \b\b \be\r\n")]
    [TestCase("abc\u0015x\n", "x\n", "abc\b \b\b \b\b \bx\r\n")]
    [TestCase("a\u0016\u0003b\n", "a\u0003b\n", "a^\b^Cb\r\n")]
    [TestCase("ab\u0012c\n", "abc\n", "ab^R\r\nabc\r\n")]
    [TestCase("a\tb\u007f\u007f\n", "a\n", "a\tb\b \b\b\b\b\b\b\b\b\r\n")]
    [TestCase("a\u0013\u0011b\n", "ab\n", "ab\r\n")]
    public void Lines_are_edited_and_echoed(string typed, string line, string shown)
    {
        Assert.That(Type(typed), Is.EqualTo(None));
        Assert.That((Line(), Shown()), Is.EqualTo((line, shown)));
    }

    [Test]
    public void An_end_of_file_ends_a_read_and_is_not_read()
    {
        Type("ab\u0004c\n");
        Assert.That((Line(), Line(), Line()), Is.EqualTo(("ab", "c\n", "EAGAIN")));
        Type("\u0004");
        Assert.That((Line(), Line()), Is.EqualTo(("", "EAGAIN")));
    }

    [Test]
    public void A_line_is_read_in_pieces_and_lines_one_by_one()
    {
        Type("one\ntwo\n");
        Assert.That((Text(_slave, 2), Line(), Line()), Is.EqualTo(("on", "e\n", "two\n")));
    }

    [Test]
    public void Without_ICANON_VMIN_bytes_end_a_read()
    {
        Set(modes => Raw(modes, minimum: 3, tenths: 0));
        var pending = _world.Begin("read", _slave, Data, 10);
        Type("ab");
        Assert.That(pending.IsCompleted, Is.False);
        Type("c");
        Assert.That((pending.Result, _world.Value), Is.EqualTo((None, 3L)));
        Set(modes => Raw(modes, minimum: 0, tenths: 0));
        Assert.That((_world.Call("read", _slave, Data, 10), _world.Value), Is.EqualTo((None, 0L)));
    }

    [Test]
    public void Without_VMIN_VTIME_ends_a_read()
    {
        Set(modes => Raw(modes, minimum: 0, tenths: 5));
        var pending = _world.Begin("read", _slave, Data, 10);
        Assert.That(pending.IsCompleted, Is.False);
        _world.Kernel.Scheduler.SkipToNextTimer();
        Assert.That((pending.Result, _world.Value), Is.EqualTo((None, 0L)));
    }

    [Test]
    public void With_both_the_time_begins_with_the_first_byte()
    {
        Set(modes => Raw(modes, minimum: 3, tenths: 5));
        var pending = _world.Begin("read", _slave, Data, 10);
        _world.Kernel.Scheduler.SkipToNextTimer();
        Assert.That(pending.IsCompleted, Is.False, "no byte, no time");
        Type("a");
        Assert.That(pending.IsCompleted, Is.False);
        _world.Kernel.Scheduler.SkipToNextTimer();
        Assert.That((pending.Result, _world.Value), Is.EqualTo((None, 1L)));
    }

    private static termios Raw(termios modes, byte minimum, byte tenths)
    {
        modes.c_lflag = 0;
        (modes.c_cc[VMIN], modes.c_cc[VTIME]) = (minimum, tenths);
        return modes;
    }

    [TestCase("\u0003", Abi.Signals.SIGINT, "^C")]
    [TestCase("\u001c", Abi.Signals.SIGQUIT, "^\\")]
    [TestCase("\u001a", Abi.Signals.SIGTSTP, "^Z")]
    public void A_signal_character_drops_what_waits_and_signals_the_foreground(string typed, int signal, string shown)
    {
        TakeTerminal();
        _world.Process.FirstThread.SignalMask = _world.Process.FirstThread.SignalMask.With(signal);
        Print("lost");
        Type("abc" + typed + "d\n");
        Assert.That((Shown(), Line()), Is.EqualTo((shown + "d\r\n", "d\n")));
        Assert.That(_world.Process.Queue.Pending.Contains(signal), Is.True);
    }

    [Test]
    public void A_new_size_signals_the_foreground()
    {
        TakeTerminal();
        _world.Process.FirstThread.SignalMask = _world.Process.FirstThread.SignalMask.With(Abi.Signals.SIGWINCH);
        _world.Process.Signals[Abi.Signals.SIGWINCH] = new(0x1000, 0, default);
        _world.Memory.Set(Data, new winsize(50, 132, 0, 0));
        Assert.That(_world.Call("ioctl", _master, Ioctl.TIOCSWINSZ, Data), Is.EqualTo(None));
        Assert.That(_world.Process.Queue.Pending.Contains(Abi.Signals.SIGWINCH), Is.True);
        Assert.That(_world.Call("ioctl", _slave, Ioctl.TIOCGWINSZ, Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<winsize>(Data), Is.EqualTo(new winsize(50, 132, 0, 0)));
    }

    private void TakeTerminal()
    {
        Assert.That(_world.Call("ioctl", _slave, Ioctl.TIOCSCTTY, 0), Is.EqualTo(None));
        Assert.That(_world.Path("open", "/dev/tty", Fcntl.O_RDWR), Is.EqualTo(None));
    }

    [Test]
    public void Stopped_output_waits_for_its_start()
    {
        Type("\u0013");
        Print("text");
        Assert.That(Shown(), Is.EqualTo("EAGAIN"));
        Type("\u0011");
        Assert.That(Shown(), Is.EqualTo("text"));
    }

    [Test]
    public void Packet_mode_puts_a_zero_before_data_and_shows_events_alone()
    {
        _world.Memory.Set(Data, 1);
        _world.Call("ioctl", _master, Ioctl.TIOCPKT, Data);
        Print("x");
        Assert.That(Shown(), Is.EqualTo("\0x"));
        _world.Call("ioctl", _slave, Ioctl.TIOCSTOP, 0);
        Assert.That(Shown(), Is.EqualTo("\u0004"));
        _world.Memory.Set(Data, 0);
        _world.Call("ioctl", _slave, Ioctl.TIOCFLUSH, Data);
        Assert.That(Shown(), Is.EqualTo("\u0003"), "read and write");
    }

    [Test]
    public void A_writer_sleeps_while_the_master_does_not_read()
    {
        var pending = _world.Begin("write", _slave, Data, 3000);
        Assert.That((pending.IsCompleted, _world.Lwp.WaitMessage), Is.EqualTo((false, "ttyout")));
        var reader = new Lwp(_world.Process, 100301, new TraceKernel.Machine.Execution.Cpu(TestArchitecture.InstructionSet));
        Assert.That(_world.Begin(reader, "ioctl", _master, Ioctl.FIONREAD, Data + 0x4000).Result, Is.EqualTo(None));
        Assert.That(_world.Memory.Get<int>(Data + 0x4000), Is.EqualTo(1984), "TTYOUTQ_DATASIZE times eight");
        Assert.That(_world.Begin(reader, "read", _master, Data + 0x4000, 4000).Result, Is.EqualTo(None));
        Assert.That((pending.Result, _world.Value), Is.EqualTo((None, 3000L)));
    }

    [Test]
    public void The_terminals_last_close_ends_the_masters_reading_after_its_output()
    {
        Print("rest");
        _world.Call("close", _slave);
        Assert.That((Shown(), Shown()), Is.EqualTo(("rest", "")));
        Assert.That(Type("x\n"), Is.EqualTo(None), "lost: nobody reads, and no line is there");
        _world.Memory.Set(Data, new pollfd((int)_master, PollEvents.POLLIN, PollEvents.None));
        _world.Call("poll", Data, 1, 0);
        Assert.That(_world.Memory.Get<pollfd>(Data).revents, Is.EqualTo(PollEvents.POLLIN | PollEvents.POLLHUP));
    }

    [Test]
    public void The_masters_close_hangs_the_terminal_up()
    {
        TakeTerminal();
        _world.Process.FirstThread.SignalMask = _world.Process.FirstThread.SignalMask.With(Abi.Signals.SIGHUP);
        Type("lost\n");
        _world.Call("close", _master);
        Assert.That(_world.Process.Queue.Pending.Contains(Abi.Signals.SIGHUP), Is.True);
        Assert.That((Line(), Print("x"), _world.Path("open", "/dev/pts/0", 2)), Is.EqualTo(("", ENXIO, ENXIO)));
    }

    [Test]
    public void A_terminal_that_nobody_refers_to_is_gone()
    {
        _world.Call("close", _slave);
        _world.Call("close", _master);
        Assert.That(_world.Path("open", "/dev/pts/0", 2), Is.EqualTo(ENOENT));
        Assert.That((_world.Call("posix_openpt", 2), NameOf((ulong)_world.Value)), Is.EqualTo((None, "pts/0")));
    }

    [Test]
    public void A_simulated_character_needs_the_right_to_read_and_the_terminal()
    {
        _world.Memory.Set(Data, (byte)'x');
        Assert.That(_world.Call("ioctl", _slave, Ioctl.TIOCSTI, Data), Is.EqualTo(EACCES));
        TakeTerminal();
        _world.Memory.Set(Data, (byte)'\n');
        Assert.That(_world.Call("ioctl", _slave, Ioctl.TIOCSTI, Data), Is.EqualTo(None));
        Assert.That(Line(), Is.EqualTo("\n"));
    }

    [Test]
    public void The_end_of_a_sessions_leader_revokes_its_terminal()
    {
        TakeTerminal();
        var other = _world.Add(200);
        other.Files = _world.Process.Files.Share();
        _world.Kernel.Jobs.Exited(_world.Process);
        var read = _world.Begin(other.FirstThread, "read", _slave, Data, 10);
        Assert.That((read.Result, _world.Value), Is.EqualTo((None, 0L)));
        Assert.That(_world.Begin(other.FirstThread, "write", _slave, Data, 1).Result, Is.EqualTo(EIO));
    }

    [Test]
    public void A_revoked_terminal_is_dead_for_those_who_have_it_and_can_be_opened_again()
    {
        Assert.That(_world.Path("revoke", "/dev/pts/0"), Is.EqualTo(None));
        Assert.That((Line(), Print("x"), _world.Call("ioctl", _slave, Ioctl.TIOCGETA, Data)), Is.EqualTo(("", EIO, ENOTTY)));
        _slave = _world.Open("/dev/pts/0", Fcntl.O_RDWR);
        Type("again\n");
        Assert.That(Line(), Is.EqualTo("again\n"));
        Assert.That((_world.Path("revoke", "/tmp"), _world.Path("revoke", "/dev/null")), Is.EqualTo((EINVAL, EPERM)));
    }
}
