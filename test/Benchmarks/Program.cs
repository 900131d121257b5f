using BenchmarkDotNet.Running;
using Benchmarks.Machine;
using Benchmarks.Rsp;

if (args is ["rsp", var guest, var native, var gdbserver])
{
    RspComparison.Run(guest, native, gdbserver, Console.Out);
}
else if (args is ["machine", .. var programs])
{
    foreach (string program in programs)
        MachineSpeed.Run(program, Console.Out);
}
else if (args is ["rsp", ..])
{
    Console.Error.WriteLine("usage: rsp GUEST LINUX-BUILD-OF-IT GDBSERVER (scripts/bench-rsp.sh knows them)");
    return 2;
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
}
return 0;
