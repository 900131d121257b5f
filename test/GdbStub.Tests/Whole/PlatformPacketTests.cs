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
    [TestCase("SIGINFO", "jSignalsInfo")]
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
    [TestCase("^OK$", "QSetSTDERR:" + A)]
    [TestCase("^E16$", "?", "_M1000,rw", "_m800003000")]
    public void IsAnswered(string expected, params string[] packets)
    {
        using var server = new WholeServer();
        var decoder = new FrameDecoder(FrameDecoder.PacketSize, expandsRuns: true);
        Queue<string> queue = new(packets);
        var last = "";
        server.Serve(new ScriptedConnection(
            () => queue.TryDequeue(out var packet) ? ScriptedConnection.Frame(Encoding.ASCII.GetBytes(packet)) : null,
            bytes =>
            {
                for (var rest = bytes.Span; !rest.IsEmpty;)
                    if (decoder.Decode(ref rest) == FrameKind.Packet) last = Encoding.Latin1.GetString(decoder.Payload);
            }));
        Assert.That(last, Does.Match(expected), packets[^1]);
    }
}
