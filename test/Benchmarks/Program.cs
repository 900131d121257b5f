using BenchmarkDotNet.Running;
using Benchmarks.Load;
using Benchmarks.Machine;
using Benchmarks.Rsp;

if (args is ["rsp", var guest, var native, var gdbserver])
{
    RspComparison.Run(guest, native, gdbserver, Console.Out);
}
else if (args is ["connect", var large, var largeNative, var stub, var gdb])
{
    ConnectComparison.Run(large, largeNative, stub, gdb, Console.Out);
}
else if (args is ["floor"])
{
    FloorServer.Run(Console.Out);
}
else if (args is ["load", var server, var program, var sessions, var seconds, var cycles])
{
    return new LoadTest(server, program, Console.Out).Run(int.Parse(sessions), TimeSpan.FromSeconds(int.Parse(seconds)), int.Parse(cycles));
}
else if (args is ["neighbours", var quietServer, var guestDirectory, var idle, var time])
{
    return new NeighbourTest(quietServer, guestDirectory, Console.Out).Run(int.Parse(idle), TimeSpan.FromSeconds(int.Parse(time)));
}
else if (args is ["debugging", var guests])
{
    return new DebuggingCost(guests, Console.Out).Run() ? 0 : 1;
}
else if (args is ["calls", var stubProgram, var callingGuest])
{
    return new SystemCallCost(stubProgram, callingGuest, Console.Out).Run() ? 0 : 1;
}
else if (args is ["machine", .. var programs])
{
    foreach (var name in programs)
        MachineSpeed.Run(name, Console.Out);
}
else if (args is ["rsp" or "connect" or "load" or "neighbours", ..])
{
    Console.Error.WriteLine("usage: rsp GUEST LINUX-BUILD-OF-IT GDBSERVER (scripts/bench-rsp.sh knows them)");
    Console.Error.WriteLine("       connect LARGE-GUEST LARGE-LINUX-PROGRAM GDBSERVER GDB (the same)");
    Console.Error.WriteLine("       load GDBSTUB-DLL GUEST SESSIONS SECONDS CYCLES (scripts/test-load.sh knows them)");
    Console.Error.WriteLine("       neighbours GDBSTUB-DLL GUEST-DIRECTORY SESSIONS SECONDS (scripts/test-neighbours.sh knows them)");
    return 2;
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
}
return 0;
