using NUnit.Framework;

namespace EndToEnd.Tests.LldbSessions;

/// <summary>Variables, registers, memory and expressions.</summary>
[TestFixtureSource(typeof(Lldb), nameof(LldbSessions.Lldb.All))]
public sealed class DataTests(Lldb lldb) : LldbFixture(lldb)
{
    [TestCase("session.O0")]
    [TestCase("arm64/session.O0")]
    public void Variables_and_expressions(string guest)
    {
        var said = Debug(
            guest, "breakpoint set -n area", "continue", "frame variable *shape", "frame variable shape->next->name",
            "expression f(3)", "expression -- f(4) + f(5)",
            "expression bottoms + 1", "expression bottoms = 7", "expression area(shape)", "target variable bottoms", "bt", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["frame variable *shape"],
                Does.Contain("\"triangle\"").And.Contain("colour = GREEN").And.Contain("visible = 1").And.Contain("scale = 1.5"));
            Assert.That(said["frame variable shape->next->name"], Does.Contain("\"square\""));
            Assert.That(said["expression f(3)"], Is.EqualTo("(int) $0 = 10\n"));
            Assert.That(said["expression -- f(4) + f(5)"], Is.EqualTo("(int) $1 = 43\n"));
            Assert.That(said["expression bottoms + 1"], Is.EqualTo("(int) $2 = 2\n"));
            Assert.That(said["expression bottoms = 7"], Does.Match(@"^\((volatile )?int\) \$3 = 7\n$"));
            Assert.That(said["expression area(shape)"], Is.EqualTo("(double) $4 = 9\n"));
            Assert.That(said["target variable bottoms"], Does.Match(@"^\(volatile int\) bottoms = 7\n$"));
            Assert.That(said["bt"],
                Does.Contain("frame #0: 0x").And.Contain("session.O0`area(shape=0x").And.Contain("frame #1: 0x")
                .And.Contain("session.O0`main(argc=1"));
            Assert.That(said["continue", 2], Does.Contain("triangle: area 9, square: area 16\n"));
        });
    }

    [TestCase("blocked.O0")]
    [TestCase("arm64/blocked.O0")]
    public void An_expression_calls_a_function_in_a_thread_that_sleeps(string guest)
    {
        var said = Debug(guest, "breakpoint set -n checkpoint", "continue", "thread select 2", "expression twice(21)", "continue", "continue");
        Assert.Multiple(() =>
        {
            // lldb shows the thread that was selected in between.
            Assert.That(said["expression twice(21)"], Does.EndWith("(int) $0 = 42\n"));
            Assert.That(said.Text, Does.Contain("read: 1, 'x', twice called 1 times\n"));
        });
    }

    [Test]
    public void Registers_are_read_and_written()
    {
        var said = Debug(
            "session.O0", "breakpoint set -a `(long)&f`", "continue", "register read rdi rbp rsp rip", "register read --all",
            "register write rdi 6", "register read edi", "register write xmm3 '{1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16}'",
            "register read xmm3", "register read eflags cs fs_base", "bt", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["register read rdi rbp rsp rip"], Does.Contain("rdi = 0x0000000000000005\n"));
            Assert.That(said["register read --all"],
                Does.Contain("fctrl = 0x0000037f").And.Contain("mxcsr = 0x00001f80").And.Contain("gs_base = 0x").And.Contain("xmm15 = ")
                .And.Contain("     dil = 0x05"));
            Assert.That(said["register read edi"], Does.Contain("edi = 0x00000006"));
            Assert.That(said["register read xmm3"],
                Does.Contain("{0x01 0x02 0x03 0x04 0x05 0x06 0x07 0x08 0x09 0x0a 0x0b 0x0c 0x0d 0x0e 0x0f 0x10}"));
            Assert.That(said["register read eflags cs fs_base"], Does.Contain("cs = 0x00000043"));
        });
    }

    [Test]
    public void Registers_are_read_and_written_on_arm64()
    {
        var said = Debug(
            "arm64/session.O0", "breakpoint set -n f", "continue", "register read x0 sp pc", "register read --all", "register write x0 6",
            "register read w0", "register write v3 '{1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16}'", "register read v3", "register read cpsr tpidr",
            "breakpoint set -n area", "continue", "thread step-out", "register read d0", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["register read x0 sp pc"], Does.Match(@"\n? *pc = 0x\w+ +session.O0`f \+ \d+ at session.c:33"));
            Assert.That(said["register read --all"], Does.Contain("fpcr = 0x00000000").And.Contain("v31 = ").And.Match(@" tpidr = 0x0+\n"));
            Assert.That(said["register read w0"], Does.Contain("w0 = 0x00000006"));
            Assert.That(said["register read v3"],
                Does.Contain("{0x01 0x02 0x03 0x04 0x05 0x06 0x07 0x08 0x09 0x0a 0x0b 0x0c 0x0d 0x0e 0x0f 0x10}"));
            Assert.That(said["register read cpsr tpidr"], Does.Contain("cpsr = 0x"));
            Assert.That(said["thread step-out"], Does.Match(@"Return value: \(double\) \$\d+ = 9\n"));
            Assert.That(said["register read d0"], Does.Contain("d0 = 9\n"));
            Assert.That(said.Text, Does.Contain("exited with status = 7"));
        });
    }

    [Test]
    public void Memory_is_read_written_found_and_mapped()
    {
        var said = Debug(
            "session.O0", "breakpoint set -n lines", "continue", "memory read -c 16 &table", "memory write -s 4 &table[1] 0x2a",
            "target variable table[1]", "memory read -c 4 `(long)&lines`",
            "memory find -s triangle `(long)&main & ~0xfffff` `((long)&main & ~0xfffff) + 0x10000`", "memory region `(long)&lines`",
            "memory region $rsp", "memory region 0", "disassemble -c 3 -n f", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["memory read -c 16 &table"], Does.Contain(": 03 00 00 00 01 00 00 00 04 00 00 00 01 00 00 00"));
            Assert.That(said["target variable table[1]"], Is.EqualTo("(int) table[1] = 42\n"));
            Assert.That(said["memory read -c 4 `(long)&lines`"], Does.Contain(": 55 48 89 e5"), "no breakpoint shows");
            Assert.That(said["memory find -s triangle `(long)&main & ~0xfffff` `((long)&main & ~0xfffff) + 0x10000`"],
                Does.Contain("data found at location: 0x2").And.Contain("triangle"));
            Assert.That(said["memory region `(long)&lines`"], Does.Match(@"^\[0x0000000000201000-0x\w+\) r-x \S*/session\.O0"));
            Assert.That(said["memory region $rsp"], Does.Match(@"^\[0x\w+-0x00007ffffffff000\) rw- \[stack\]\n$"));
            Assert.That(said["memory region 0"], Is.EqualTo("[0x0000000000000000-0x0000000000200000) ---\n"));
            Assert.That(said["disassemble -c 3 -n f"], Does.Contain("pushq  %rbp").And.Contain("movq   %rsp, %rbp"));
            Assert.That(said.Text, Does.Contain("exited with status = 7"));
        });
    }

    [Test]
    public void The_whole_map()
    {
        Assume.That(Lldb, Is.EqualTo(LldbSessions.Lldb.Newer), "lldb 14 has no --all");
        var said = Debug("session.O0", "memory region --all");
        Assert.That(said["memory region --all"], Does.Match(
            @"^\[0x0{16}-0x0{10}200000\) ---\n\[0x0{10}200000-0x0{10}201000\) r-- \S*/session\.O0.*\n\[0x0{10}201000-0x0{10}20\w000\) r-x \S*/session\.O0.*\n(.*\n)*"
            + @"\[0x\w+-0x00007ffffffff000\) rw- \[stack\]\n\[0x00007ffffffff000-0x0000800000000000\) r-x\n\[0x0000800000000000-0xffffffffffffffff\) ---\n$"));
    }

    /// <summary>
    /// lldb's expressions need memory in the program: the program's registers and signals are as they were when it has been mapped.
    /// </summary>
    [TestCase("session.O0")]
    [TestCase("arm64/session.O0")]
    public void Memory_for_expressions_leaves_no_trace_in_the_registers(string guest)
    {
        var said = Debug(guest, "breakpoint set -n f", "continue", "register read --all",
            "expression -l c++ -- int a[600]; for (int i = 0; i < 600; i++) a[i] = i; a[599]", "register read --all", "continue");
        Assert.That(said["register read --all", 2], Is.EqualTo(said["register read --all"]));
        Assert.That(said.Text, Does.Contain("exited with status = 7"));
    }
}
