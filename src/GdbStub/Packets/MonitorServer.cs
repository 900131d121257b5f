using System.Globalization;
using System.Text;
using GdbStub.Sessions;
using GdbStub.Tracing;

namespace GdbStub.Packets;

/// <summary>The monitor commands that are about this server and its client.</summary>
internal static class MonitorServer
{
    public static string Trace(Session session, string[] words)
    {
        if (session.Trace is not { } trace) return "This session keeps no trace.\n";
        switch (words.Length > 1 ? words[1] : "")
        {
            case "on":
                trace.IsKept = true;
                return "Packets and their ptrace requests are kept; \"monitor trace\" shows them.\n";
            case "off":
                trace.IsKept = false;
                return "Nothing is kept any longer.\n";
            case "":
                return trace.IsKept ? trace.Take() : "Nothing is kept; \"monitor trace on\" begins it.\n";
            default:
                return "monitor trace [on|off]\n";
        }
    }

    public static string ShowPersonality(Session session, string[] words) => string.Create(CultureInfo.InvariantCulture,
        $"{session.System.KernelVersion()}\nkern.osreldate {session.System.ReleaseDate()}, {session.System.Triple(session.Target)}\n");

    public static string ShowStatistics(Session session, string[] words)
    {
        var text = new StringBuilder();
        // Who only asks for the numbers does not thereby take what the server offers.
        if (session.IsEngaged)
        {
            var threads = 0;
            foreach (var process in session.Tracer.Processes) threads += process.Threads.Count;
            text.Append(CultureInfo.InvariantCulture,
                $"instructions retired: {session.Instructions}\nprocesses debugged: {session.Tracer.Processes.Count}\nthreads debugged: {threads}\n");
        }
        return text.Append(session.Statistics).ToString();
    }

    public static string ShowClient(Session session, string[] words)
    {
        var client = session.Client;
        var text = new StringBuilder();
        Append("several processes", client.Multiprocess);
        Append("breakpoints named in stop replies", client.SwBreak && client.HwBreak);
        Append("fork, vfork and exec events", client.ForkEvents && client.VforkEvents && client.ExecEvents);
        Append("errors with a reason, and the FreeBSD osabi", client.ErrorMessage);
        return text.ToString();

        void Append(string what, bool does) => text.Append(what).Append(does ? ": yes\n" : ": no\n");
    }

    /// <summary>gdbserver's "monitor exit". Other clients may be debugging here, and more may come: those are not for this one to end.</summary>
    public static string Exit(Session session, string[] words)
    {
        if (!session.Options.Once)
            return "This server goes on for other clients: \"kill\" ends the program, --once a server with its first client.\n";
        session.End();
        return "";
    }

    /// <summary>What a user of this client may stumble over.</summary>
    public static string ShowRemedies(Session session, string[] words)
    {
        var client = session.Client;
        var text = new StringBuilder();
        if (!client.IsLldb && !client.ErrorMessage)
        {
            text.Append("This gdb is older than 16.\n"
                + "  It may lack FreeBSD (Debian 12's does) and then refuses programs branded so. Those that it reads through the connection\n"
                + "  are shown to it without the brand; before it loads one from your machine, type \"set osabi none\".\n"
                + "  \"catch syscall\" and the frame of a signal's handler need a gdb that knows FreeBSD.\n"
                + "  It shows no reasons of errors: they are in this server's log.\n");
        }
        if (!client.IsLldb)
        {
            text.Append("\"info proc\" works in no gdb with a remote FreeBSD: use \"monitor procstat\", \"monitor ps\" and \"info os\".\n"
                + "With \"set detach-on-fork off\" gdb needs \"set schedule-multiple on\", too, or it complains of itself.\n"
                + "\"set sysroot /\" reads programs from your machine instead of through the connection, if they are there.\n");
        }
        else
        {
            text.Append("lldb asks for the program only through its platform: \"platform select remote-freebsd\", \"platform connect\" first.\n"
                + "lldb takes breakpoints out of the child of a vfork: stop it behind its exec.\n"
                + "lldb has no commands for system calls; run --trace writes them down.\n");
        }
        if (!client.Multiprocess) text.Append("This client knows one process at a time: forked children run on without it.\n");
        if (session.Explanation is { } explanation) text.Append("There is no program: ").Append(explanation).Append(".\n");
        return text.ToString();
    }
}
