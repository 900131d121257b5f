using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>Looking at a program and changing it.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class DataTests(Gdb gdb) : GdbFixture(gdb)
{
    [TestCaseSource(nameof(Builds))]
    public void Structures_are_shown(string build)
    {
        var said = Debug(build, "break area", "continue", "print *shape", "print shape->next->corners[2]", "print *shape->next",
            "x/s shape->name", "print shape->colour");
        Assert.Multiple(() =>
        {
            Assert.That(said["print *shape"], Does.Match(
                @"^\$1 = \{name = 0x\w+ ""triangle"", corners = \{\{x = 1, y = 2\}, \{x = 4, y = 2\}, \{x = 1, y = 6\}\}, colour = GREEN, "
                + @"visible = 1, layer = 5, area = 0, scale = 1.5, next = 0x\w+ <square>\}\n$"));
            Assert.That(said["print shape->next->corners[2]"], Is.EqualTo("$2 = {x = 4, y = 4}\n"));
            Assert.That(said["print *shape->next"], Does.Contain("\"square\"").And.Contain("area = 16, scale = 1, next = 0x0}"));
            Assert.That(said["x/s shape->name"], Does.EndWith("\"triangle\"\n"));
            Assert.That(said["print shape->colour"], Is.EqualTo("$4 = GREEN\n"));
        });
    }

    [TestCaseSource(nameof(Builds))]
    public void Functions_of_the_program_are_called(string build)
    {
        var said = Debug(build, "break lines", "continue", "print f(3)", "print f(f(2))", "print sum_table()", "bt 1", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["print f(3)"], Is.EqualTo("$1 = 10\n"));
            Assert.That(said["print f(f(2))"], Is.EqualTo("$2 = 26\n"));
            Assert.That(said["print sum_table()"], Is.EqualTo("$3 = 31\n"));
            Assert.That(said["bt 1"], Does.Contain("#0  lines (start="));
            Assert.That(said["continue", 2], Does.Contain("lines: 79\n").And.Contain("exited with code 07"));
        });
    }

    [TestCaseSource(nameof(Builds))]
    public void Variables_and_registers_are_changed(string build)
    {
        var (scratch, vector, kept) = Repository.IsArm64(build) ? ("$x17", "$v3.s.s", "$x27") : ("$rax", "$xmm3.v4_int32", "$r12");
        var said = Debug(
            build, "break 84", "continue", "info locals", "set var a = 1000", "print a", "set var table[7] = -1", "print table",
            $"set {scratch} = 0x123456789abcdef",
            $"print/x {scratch}", $"set {vector}[2] = 77", $"print {vector}", $"set {kept} = 5", $"print {kept}", "delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["info locals"], Is.EqualTo("a = 31\nb = 22\nc = 26\n"));
            Assert.That(said["print a"], Is.EqualTo("$1 = 1000\n"));
            Assert.That(said["print table"], Is.EqualTo("$2 = {3, 1, 4, 1, 5, 9, 2, -1}\n"));
            Assert.That(said[$"print/x {scratch}"], Is.EqualTo("$3 = 0x123456789abcdef\n"));
            Assert.That(said[$"print {vector}"], Does.EndWith(", 77, 0}\n"));
            Assert.That(said[$"print {kept}"], Is.EqualTo("$5 = 5\n"));
            Assert.That(said["continue", 2], Does.Contain("lines: 1048\n"));
        });
    }

    [TestCaseSource(nameof(Builds))]
    public void Code_is_disassembled(string build)
    {
        var said = Debug(build, "break f", "continue", "x/3i $pc", "disassemble f");
        Assert.Multiple(() =>
        {
            Assert.That(said["x/3i $pc"], Does.Match(@"^=> 0x\w+ <f(\+\d+)?>:\s+(mov|imul|ldr|orr)\s.*\n\s+0x\w+ <f\+\d+>:"));
            Assert.That(said["disassemble f"], Does.Match(@"\t(imul|mul|madd)\b").And.Contain("ret").And.Contain("End of assembler dump."));
        });
    }

    [TestCaseSource(nameof(Builds))]
    public void Memory_is_searched(string build)
    {
        var said = Debug(build, "break lines", "continue", "find &table, +sizeof(table), (int)9",
            "find /b &square, +sizeof(square), 'n', 'o'", "x/4dw table");
        Assert.Multiple(() =>
        {
            Assert.That(said["find &table, +sizeof(table), (int)9"], Does.Match(@"^0x\w+ <table\+20>\n1 pattern found.\n$"));
            Assert.That(said["find /b &square, +sizeof(square), 'n', 'o'"], Is.EqualTo("Pattern not found.\n"));
            Assert.That(said["x/4dw table"], Does.Match(@"<table>:\t3\t1\t4\t1\n"));
        });
    }

    [Test]
    public void Registers_are_shown()
    {
        var said = Debug("session.O0", "break f", "continue", "info registers", "info float", "info vector", "p $edi", "p $rip == $pc");
        Assert.Multiple(() =>
        {
            Assert.That(said["info registers"],
                Does.Match(@"rip\s+0x\w+\s+0x\w+ <f\+\d+>\n").And.Match(@"rdi\s+0x5\s+5\n").And.Match(@"cs\s+0x43\s+67\n")
                .And.Match(@"ss\s+0x3b\s+59\n"));
            Assert.That(said["info registers"], Does.Match(@"eflags\s+0x\w+\s+\[.* IF .*\]\n"));
            Assert.That(said["info registers"], Does.Match(@"gs_base\s+0x0\s+0\n"));
            Assert.That(said["info float"],
                Does.Match(@"Control Word:\s+0x037f").And.Contain("R0: Empty").And.Match(@"Tag Word:\s+0xffff"));
            Assert.That(said["info vector"], Does.Contain("xmm15").And.Match(@"mxcsr\s+0x1f80"));
            Assert.That(said["p $edi"], Is.EqualTo("$1 = 5\n"));
        });
    }

    [Test]
    public void Registers_are_shown_on_arm64()
    {
        var said = Debug("arm64/session.O0", "break area", "continue", "info registers", "info vector", "print $w0 == (int)(long)shape", "finish",
            "print $d0", "print $tpidr", "print $pc == $x30");
        Assert.Multiple(() =>
        {
            Assert.That(said["info registers"],
                Does.Match(@"x0\s+0x\w+\s+\d+\n").And.Match(@"sp\s+0xffff\w+\s+0xffff").And.Match(@"pc\s+0x\w+\s+0x\w+ <area\+\d+>\n")
                .And.Match(@"cpsr\s+0x\w+\s+\[ .*EL=0.* \]\n").And.Match(@"fpcr\s+0x0\s"));
            Assert.That(said["info vector"], Does.Contain("v31").And.Contain("d = {f = {"));
            Assert.That(said["finish"], Does.Contain("Value returned is $2 = 9\n"), "a double, in v0");
            Assert.That(said["print $d0"], Does.Contain("f = 9,"));
            Assert.That(said["print $tpidr"], Does.EndWith("0x0\n"));
        });
    }

    [Test]
    public void The_auxiliary_vector_is_shown()
    {
        var said = Debug("session.O0", "info auxv", "print/x *(long*)0");
        Assert.Multiple(() =>
        {
            Assert.That(said["info auxv"],
                Does.Match(@"6\s+AT_PAGESZ\s+System page size\s+4096\n").And.Match(@"5\s+AT_PHNUM\s+Number of program headers\s+6\n"));
            // With "set osabi none" gdb 13 gives the numbers from 14 on the names that Linux has for them.
            Assert.That(said["info auxv"],
                Does.Match(Gdb.KnowsFreeBsd ? @"18\s+AT_OSRELDATE\s+OSRELDATE\s+14\d{5}\n" : @"18\s+\w+\s+.*\s14\d{5}\n"));
            Assert.That(said["info auxv"], Does.Contain("test/guests/bin/session.O0\"\n"));
            Assert.That(said["print/x *(long*)0"], Is.EqualTo("Cannot access memory at address 0x0\n"));
        });
    }

    [Test]
    public void The_server_explains_itself()
    {
        var said = Debug("session.O0", "monitor help", "monitor processes", "monitor nonsense", "info threads");
        Assert.Multiple(() =>
        {
            Assert.That(said["monitor help"], Does.Contain("monitor help").And.Contain("monitor processes"));
            Assert.That(said["monitor processes"], Does.Match(@"process \d+ \S*session.O0\n"));
            Assert.That(said["monitor nonsense"], Does.Contain("\"nonsense\" is no command of this server"));
            Assert.That(said["info threads"], Does.Match(@"\* 1\s+Thread \d+\.\d+ ""session.O0"" 0x\w+ in _start \(\)\n"));
        });
    }
}
