using System.Globalization;
using System.Text;

namespace GdbStub.Tests.Whole;

/// <summary>
/// Packets as clients could send them, with arguments that they would not: every name that is served, and a grammar for most.
/// </summary>
internal sealed class PacketGenerator(Random random, IReadOnlyList<string> names)
{
    // A address, N number, H hex bytes, B binary, T thread, P process, S signal, F file, X bytecode, D a descriptor, R a register, E XML
    // object.
    private static readonly string[] Grammar =
    [
        "g", "p{R}", "P{R}={H}", "G{H}", "m{A},{N}", "x{A},{N}", "M{A},1:{2}", "X{A},1:{B1}", "X{A},{N}:{B}", "M{A},{N}:{H}",
        "p{R};thread:{T};", "P{R}={H};thread:{T};", "QSaveRegisterState;thread:{T};", "QRestoreRegisterState:{N};thread:{T};",
        "c", "s", "c{A}", "s{A}", "C{S}", "S{S}", "C{S};{A}", "vCont;c", "vCont;s:{T}", "vCont;s:{T};c", "vCont;C{S}:{T};c", "vCont;r{A},{A}:{T}",
        "vCont;t:{T};c", "vCont;S{S}:{T}", "vCont?", "vCont;c:{T};s:{T};t:{T}", "?", "!", "qC", "qSupported:multiprocess+;swbreak+;error-message+",
        "qSupported:{F}", "QStartNoAckMode", "Hg{T}", "Hc{T}", "T{T}", "qfThreadInfo", "qsThreadInfo", "qThreadExtraInfo,{T}",
        "qThreadStopInfo{T}", "jThreadsInfo", "D", "D;{P}", "D1", "k", "R00", "vKill;{P}", "vRun;{F}", "vRun;{F};{H};{H}", "vAttach;{P}",
        "vAttachName;{F}", "vAttachWait;{F}", "vAttachOrWait;{F}", "qAttached:{P}", "qRcmd,{M}", "qRcmd,{H}",
        "Z0,{A},1", "z0,{A},1", "Z0,{A},{N}", "Z1,{A},{N}", "z1,{A},{N}", "Z2,{A},{L}", "z2,{A},{L}", "Z3,{A},{L}", "Z4,{A},{L}", "z4,{A},{L}",
        "Z0,{A},1;{X}", "Z0,{A},1;{X}{X}", "Z0,{A},1;{X};cmds:1,{X}", "Z1,{A},1;{X}", "Z2,{A},{L};{X}", "Z5,{A},1",
        "qXfer:{E}:read::{N},{N}", "qXfer:features:read:target.xml:{N},{N}", "qXfer:{E}:read:{F}:{N},{N}", "qXfer:osdata:read:processes:{N},{N}",
        "qXfer:exec-file:read:{P}:0,1000", "qXfer:siginfo:read::0,80", "qXfer:siginfo:write::{N}:{B}", "qOffsets", "qSymbol::", "qTStatus", "qCRC:{A},{N}",
        "qSearch:memory:{A};{N};{B}", "qMemoryRegionInfo:{A}", "_M{N},rwx", "_m{A}", "qWatchpointSupportInfo:", "qShlibInfoAddr",
        "vFile:open:{F},{N},{N}", "vFile:pread:{D},{N},{N}", "vFile:pwrite:{D},{N},{B}", "vFile:close:{D}", "vFile:fstat:{D}", "vFile:stat:{F}",
        "vFile:setfs:{P}", "vFile:unlink:{F}", "vFile:readlink:{F}", "vFile:size:{F}", "vFile:mode:{F}", "vFile:exists:{F}", "vFile:MD5:{F}",
        "vFile:symlink:{F},{F}", "qPlatform_mkdir:{N},{F}", "qPlatform_chmod:{N},{F}", "qPlatform_shell:{F},1,{F}",
        "QPassSignals:{S};{S};{S}", "QProgramSignals:{S}", "QCatchSyscalls:1;{N}", "QCatchSyscalls:1", "QCatchSyscalls:0", "QThreadEvents:1",
        "QThreadEvents:0", "QEnvironment:A={F}", "QEnvironmentHexEncoded:{H}", "QEnvironmentUnset:{H}", "QEnvironmentReset", "QSetWorkingDir:{F}",
        "QStartupWithShell:1", "QDisableRandomization:1", "QSetDisableASLR:1", "QSetSTDIN:{F}", "QSetSTDOUT:{F}", "QSetSTDERR:{F}", "QLaunchArch:{F}",
        "A{N},0,{F},{N},1,{H}", "qLaunchSuccess", "qProcessInfo", "qProcessInfoPID:{P}", "qfProcessInfo:name:{F};", "qfProcessInfo", "qsProcessInfo",
        "qHostInfo", "qUserName:{N}", "qGroupName:{N}", "qRegisterInfo{N}", "qThreadSuffixSupported", "QThreadSuffixSupported", "QListThreadsInStopReply",
        "QEnableErrorStrings", "qModuleInfo:{F};{H}", "jModulesInfo:[{{\"file\":\"{F}\",\"triple\":\"x\"}}]", "jSignalsInfo", "qFileLoadAddress:{F}",
        "qGetWorkingDir", "qPathComplete:0,{F}", "qPathComplete:1,{F}", "vFile:lstat:{F}", "QEnvironment:{B}", "QNonStop:1", "QNonStop:0", "vStopped", "vCtrlC", "vCont;t", "qLaunchGDBServer;", "qQueryGDBServer", "qKillSpawnedProcess:{P}", "qExecAndArgs", "qSaveCore;path-hint:{F};", "I{H}", "qEcho:{H}",
    ];

    private static readonly string[] Monitors =
        ["help", "ps", "procstat -t", "procstat -v 2", "trace on", "trace off", "trace", "syscalls on", "syscalls", "personality", "disassemble", "doctor",
            "stats", "x y z", "", "exit", "maps", "vmmap 2", "gcore /tmp/c", "client", "error", "breakpoints", "processes"];

    private static readonly string[] Files = 
    [
        "/", "/tmp", "/tmp/a", "/demo/amd64/demo", "/demo/arm64/demo", "/demo/station", "/dev/null", "/dev/zero", "..", "", "/tmp/a/b", "demo", "/etc/passwd",
        "/usr", "/usr/", "/usr/bin/data", "/usr/out", "/usr/loop", "/usr/new", "/../../etc", "/\0", "/tmp/\u001b[31m\n", "/proc/2/map", "/proc/curproc", "/tmp/\u00ff",
    ];

    private static readonly string[] Objects = ["auxv", "threads", "libraries", "libraries-svr4", "features", "siginfo", "exec-file", "osdata", "nothing"];

    /// <summary>Addresses that mean something to the program, as its client would know.</summary>
    public List<ulong> Addresses { get; } = [0, 0x1000, 0x201000, 0x7fffffffe000, ulong.MaxValue, 0x800000000];

    public int Pid { get; set; } = 2;

    public int Thread { get; set; } = 100_000;

    /// <summary>The next packet's payload, escaped as it goes on the wire.</summary>
    public byte[] Next()
    {
        var text = new StringBuilder();
        // Some names that the grammar has not, with anything behind them.
        if (random.Next(12) == 0) text.Append(names[random.Next(names.Count)]).Append(random.Next(2) == 0 ? ":" : "").Append(Hex(random.Next(12)));
        else Expand(text, Grammar[random.Next(Grammar.Length)]);
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private void Expand(StringBuilder text, string rule)
    {
        for (var at = 0; at < rule.Length; at++)
        {
            if (rule[at] != '{' || at + 1 < rule.Length && rule[at + 1] == '{')
            {
                text.Append(rule[at]);
                if (rule[at] is '{' or '}') at++;
                continue;
            }
            var end = rule.IndexOf('}', at);
            text.Append(Argument(rule[(at + 1)..end]));
            at = end;
        }
    }

    private string Argument(string kind) => kind switch
    {
        "A" => Number(Addresses[random.Next(Addresses.Count)] + (ulong)random.Next(-8, 64)),
        "N" => Number(Count()),
        "L" => Number((ulong)(1 << random.Next(5))),
        "H" => Hex(random.Next(40)),
        "2" => Hex(1),
        "B" => Binary(random.Next(20)),
        "B1" => Binary(1),
        "T" => ThreadId(),
        "P" => Number(random.Next(3) == 0 ? (ulong)random.Next(200) : (ulong)Pid),
        "S" => Number((ulong)random.Next(random.Next(4) == 0 ? 300 : 32)),
        "F" => Convert.ToHexString(Encoding.Latin1.GetBytes(Files[random.Next(Files.Length)])),
        "M" => Convert.ToHexString(Encoding.ASCII.GetBytes(Monitors[random.Next(Monitors.Length)])),
        "D" => Number((ulong)random.Next(8)),
        "R" => Number((ulong)random.Next(80)),
        "E" => Objects[random.Next(Objects.Length)],
        "X" => Bytecode(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such argument"),
    };

    private string ThreadId() => random.Next(6) switch
    {
        0 => "-1",
        1 => "0",
        2 => Number((ulong)random.Next(200_000)),
        3 => $"p{Pid:x}.-1",
        4 => $"p{random.Next(50):x}.{random.Next(200_000):x}",
        _ => $"p{Pid:x}.{Thread:x}",
    };

    /// <summary>Small as a rule, and now and then far beyond everything.</summary>
    private ulong Count() => random.Next(16) switch
    {
        0 => (ulong)random.NextInt64(),
        1 => ulong.MaxValue,
        2 => 1UL << random.Next(64),
        3 => (ulong)random.Next(0x20000),
        _ => (ulong)random.Next(300),
    };

    private string Bytecode()
    {
        var bytes = new byte[random.Next(1, 24)];
        random.NextBytes(bytes);
        // What exists is more fun than what does not.
        for (var i = 0; i < bytes.Length; i++)
            if (random.Next(3) > 0) bytes[i] = (byte)random.Next(2, 0x35);
        bytes[^1] = 0x27;
        return $"X{bytes.Length:x},{Convert.ToHexStringLower(bytes)}";
    }

    private string Hex(int bytes)
    {
        var value = new byte[bytes];
        random.NextBytes(value);
        return Convert.ToHexStringLower(value);
    }

    private string Binary(int bytes)
    {
        var text = new StringBuilder();
        for (; bytes > 0; bytes--)
        {
            var value = (char)random.Next(256);
            if (value is '#' or '$' or '}' or '*') text.Append('}').Append((char)(value ^ 0x20));
            else text.Append(value);
        }
        return text.ToString();
    }

    private static string Number(ulong value) => value.ToString("x", CultureInfo.InvariantCulture);
}
