using System.Text;
using GdbStub.Frames;
using NUnit.Framework;

namespace GdbStub.Tests.Whole;

/// <summary>Packets that lldb's platform and rarer commands send, each answered by the whole server in a session of its own.</summary>
public sealed class PlatformPacketTests
{
    // "/tmp/a" and "/tmp/b", "/demo/amd64/demo", the triple "x86_64-unknown-freebsd".
    private const string A = "2f746d702f61", B = "2f746d702f62", Demo = "2f64656d6f2f616d6436342f64656d6f";
    private const string Triple = "7838365f36342d756e6b6e6f776e2d66726565627364";

    [TestCase("^OK$", "D1")]
    [TestCase("^OK$", "qSupportsDetachAndStayStopped:")]
    [TestCase("file_path", "jModulesInfo:[{\"file\":\"/demo/amd64/demo\",\"triple\":\"x86_64-unknown-freebsd\"}]]")]
    [TestCase("^$", "jSignalsInfo", Description = "lldb knows FreeBSD's signals; told of any, it adds them to gdb's")]
    [TestCase("^200000$", "qFileLoadAddress:" + Demo)]
    [TestCase("^pid:1;.*name:696e6974;", "?", "qfProcessInfo")]
    [TestCase("^pid:2;ppid:1;", "?", "qfProcessInfo", "qsProcessInfo")]
    [TestCase("^name:gdbstub;version:", "qGDBServerVersion")]
    [TestCase("^2f746d70$", "qGetWorkingDir")]
    [TestCase("^726f6f74$", "qUserName:0")]
    [TestCase("^776865656c$", "qGroupName:0")]
    [TestCase("^E16$", "qKillSpawnedProcess:7fff")]
    [TestCase("^E2d$", "qLaunchGDBServer;")]
    [TestCase("^\\[\\]$", "qQueryGDBServer")]
    [TestCase("^OK$", "qMemoryRegionInfoSupported")]
    [TestCase("^uuid:.*;file_size:", "qModuleInfo:" + Demo + ";" + Triple)]
    [TestCase("^pid:3;ppid:2;", "?", "qProcessInfoPID:3")]
    [TestCase("^F1ed$", "qPlatform_mkdir:1ed," + A, "vFile:mode:" + A)]
    [TestCase("^F1c0$", "qPlatform_mkdir:1ed," + A, "qPlatform_chmod:1c0," + A, "vFile:mode:" + A)]
    [TestCase("^F0$", "vFile:open:" + A + ",601,1a4", "vFile:size:" + A)]
    [TestCase("^F-1,9$", "vFile:pwrite:63,0,hello")]
    [TestCase("^F,1$", "vFile:open:" + A + ",601,1a4", "vFile:exists:" + A)]
    [TestCase("^F6;/tmp/a$", "vFile:symlink:" + A + "," + B, "vFile:readlink:" + B)]
    [TestCase("^F,0$", "vFile:open:" + A + ",601,1a4", "vFile:unlink:" + A, "vFile:exists:" + A)]
    [TestCase("^F40;[\\s\\S]{10}\u00a1", "vFile:symlink:" + A + "," + B, "vFile:lstat:" + B)]
    [TestCase("^F-1,2$", "vFile:symlink:" + A + "," + B, "vFile:stat:" + B)]
    [TestCase("^M2f746d702f6161,2f746d702f61622f$", "qPlatform_mkdir:1ed," + A + "62", "vFile:open:" + A + "61,601,1a4", "qPathComplete:0," + A)]
    [TestCase("^M2f746d702f61622f$", "qPlatform_mkdir:1ed," + A + "62", "vFile:open:" + A + "61,601,1a4", "qPathComplete:1," + A)]
    [TestCase("^M$", "qPathComplete:0," + A)]
    [TestCase("^E16$", "qPathComplete:2," + A)]
    [TestCase("^data:a.{50}Zabcd$", "qSpeedTest:response_size:56;data:")]
    [TestCase("^OK$", "qSpeedTest:response_size:0;data:aa")]
    [TestCase("^E16$", "qSpeedTest:data:aa")]
    [TestCase("^4,0,3;\\x7fELFELF$", "?", "MultiMemRead:ranges:200000,4,0,10,200001,3;")]
    [TestCase("^E16$", "?", "MultiMemRead:ranges:200000,4")]
    [TestCase("^E16$", "?", "MultiMemRead:ranges:200000,4;;")]
    [TestCase("^\\{\"results\":\\[\"OK\",\"OK\",\"E0e\",\"E16\",\"E16\"\\]\\}$", "?", "jMultiBreakpoint:{\"breakpoint_requests\":[\"Z0,200000,1\",\"z0,200000,1\",\"Z0,0,1\",\"m0,1\",\"Z0\"]}]")]
    [TestCase("^00$", "?", "jMultiBreakpoint:{\"breakpoint_requests\":[\"Z2,200000,8\",\"Z0,200001,1\"]}", "m200007,1")]
    [TestCase("^E16$", "?", "jMultiBreakpoint:{\"breakpoint_requests\":[null]}")]
    [TestCase("^E16$", "?", "jMultiBreakpoint:{\"breakpoint_requests\":[\"\\ud800\"]}")]
    [TestCase("^E16$", "?", "jMultiBreakpoint:{}")]
    [TestCase("^E16$", "jModulesInfo:[{\"file\":\"\\ud800\"}]")]
    [TestCase("^E16$", "jModulesInfo:[{\"file\":\"\u00ff\"}]", Description = "no UTF-8")]
    [TestCase("^E16$", "jModulesInfo:[null]")]
    [TestCase("^OK$", "QSetSTDERR:" + A)]
    [TestCase("^E02;63616e6e6f7420737461727420696e202f746d702f613a20454e4f454e54$", "QEnableErrorStrings", "QSetWorkingDir:" + A, "vRun;" + Demo, Description = "cannot start in /tmp/a: ENOENT")]
    [TestCase("^E14;63616e6e6f7420737461727420696e202f746d702f613a20454e4f54444952$", "QEnableErrorStrings", "vFile:open:" + A + ",601,1a4", "QSetWorkingDir:" + A, "vRun;" + Demo, Description = "… ENOTDIR")]
    [TestCase("^E02;63616e6e6f74206f70656e202f746d702f6120666f72207468652070726f6772616d3a20454e4f454e54$", "QEnableErrorStrings", "QSetSTDIN:" + A, "vRun;" + Demo, Description = "cannot open /tmp/a for the program: ENOENT")]
    [TestCase("^E15;63616e6e6f74206f70656e202f746d702f6120666f72207468652070726f6772616d3a20454953444952$", "QEnableErrorStrings", "qPlatform_mkdir:1ed," + A, "QSetSTDOUT:" + A, "vRun;" + Demo, Description = "… EISDIR")]
    [TestCase("^E16$", "?", "_M1000,rw", "_m800003000")]
    [TestCase("^E0e$", "?", "z0,1000,1", Description = "nothing is mapped there")]
    [TestCase("^OK$", "?", "z0,202170,1")]
    [TestCase("^F6;/tmp/\u00ff$", "vFile:symlink:2f746d702fff," + B, "vFile:readlink:" + B, Description = "bytes that are no UTF-8")]
    [TestCase("^M2f746d702f61c3a9$", "vFile:open:" + A + "c3a9,601,1a4", "qPathComplete:0," + A)]
    [TestCase("^F,1$", "vFile:open:" + A + "e29883,601,1a4", "vFile:exists:" + A + "e29883")]
    [TestCase("^F,0$", "vFile:open:" + A + "e29883,601,1a4", "vFile:exists:" + A + "3f")]
    public void IsAnswered(string expected, params string[] packets)
    {
        using var server = new WholeServer();
        Assert.That(LastReply(server, packets), Does.Match(expected), packets[^1]);
    }

    /// <summary>The kernel would see the path up to the NUL, and the host refuses it.</summary>
    [TestCase("^F-1,16$", "vFile:open:2f00,0,0")]
    [TestCase("^F-1,16$", "vFile:open:2f746d702f610062,601,1a4")]
    [TestCase("^F-1,16$", "vFile:stat:2f610062")]
    [TestCase("^F-1,16$", "vFile:lstat:2f610062")]
    [TestCase("^F-1,16$", "vFile:size:2f00")]
    [TestCase("^F-1,16$", "vFile:mode:2f00")]
    [TestCase("^F-1,16$", "vFile:unlink:2f00")]
    [TestCase("^F-1,16$", "vFile:readlink:2f00")]
    [TestCase("^F-1,16$", "vFile:symlink:2f00," + A)]
    [TestCase("^F-1,16$", "vFile:symlink:" + A + ",2f00")]
    [TestCase("^F,0$", "vFile:exists:2f00")]
    [TestCase("^F,x$", "vFile:MD5:2f00")]
    [TestCase("^E16$", "qPlatform_mkdir:1ff,2f00")]
    [TestCase("^E16$", "qPlatform_chmod:1ff,2f00")]
    [TestCase("^E16$", "qModuleInfo:2f00;78")]
    [TestCase("^\\[\\]$", "jModulesInfo:[{\"file\":\"/\\u0000\",\"triple\":\"x\"}]]")]
    [TestCase("^E16$", "?", "qFileLoadAddress:2f00")]
    [TestCase("^E16$", "vRun;2f00")]
    [TestCase("^E16$", "vRun;" + Demo + ";6100")]
    [TestCase("^E16$", "A4,0,2f00")]
    [TestCase("^E16$", "QSetWorkingDir:2f00")]
    [TestCase("^E16$", "QSetSTDIN:2f00")]
    [TestCase("^E16$", "QEnvironmentHexEncoded:413d00")]
    [TestCase("^E16$", "QEnvironment:A=\u0000")]
    [TestCase("^E16$", "QEnvironmentUnset:4100")]
    [TestCase("^E16$", "QLaunchArch:\u0000")]
    [TestCase("^E16$", "qPathComplete:0,2f00")]
    [TestCase("^E16$", "vAttachName;2f00")]
    [TestCase("^E16$", "vAttachWait;2f00")]
    [TestCase("^E16$", "?", "qSaveCore;path-hint:2f00;")]
    [TestCase("^E16$", "qRcmd,6800")]
    [TestCase("^E16$", "qfProcessInfo:name:6100;")]
    public void ATextWithANulIsRefused(string expected, params string[] packets)
    {
        var root = Directory.CreateTempSubdirectory("gdbstub-");
        try
        {
            using var server = new WholeServer(root: root.FullName);
            Assert.That(LastReply(server, packets), Does.Match(expected));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    /// <summary>Names below --root are completed as those in memory are.</summary>
    [TestCase("^M2f64656d6f2f,2f6465762f,2f646f6373$", "qPathComplete:0,2f64")]
    [TestCase("^M2f64656d6f2f,2f6465762f$", "qPathComplete:1,2f64")]
    [TestCase("^M2f7573722f62696e2f$", "qPathComplete:0,2f7573722f")]
    [TestCase("^M$", "qPathComplete:0,2f646f63732f")]
    public void NamesOfTheRootAreCompleted(string expected, string packet)
    {
        var root = Directory.CreateTempSubdirectory("gdbstub-");
        try
        {
            root.CreateSubdirectory("usr/bin");
            File.WriteAllText(Path.Combine(root.FullName, "docs"), "");
            using var server = new WholeServer(root: root.FullName);
            Assert.That(LastReply(server, packet), Does.Match(expected));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static string LastReply(WholeServer server, params string[] packets)
    {
        var decoder = new FrameDecoder(FrameDecoder.PacketSize, expandsRuns: true);
        Queue<string> queue = new(packets);
        var last = "";
        server.Serve(new ScriptedConnection(
            () => queue.TryDequeue(out var packet) ? ScriptedConnection.Frame(Encoding.Latin1.GetBytes(packet)) : null,
            bytes =>
            {
                for (var rest = bytes.Span; !rest.IsEmpty;)
                    if (decoder.Decode(ref rest) == FrameKind.Packet) last = Encoding.Latin1.GetString(decoder.Payload);
            }));
        return last;
    }
}
