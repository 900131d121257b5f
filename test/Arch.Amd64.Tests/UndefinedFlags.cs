using Iced.Intel;

namespace Arch.Amd64.Tests;

internal static class UndefinedFlags
{
    public static ulong Of(in Instruction instruction, MachineState before) => 0;
}
