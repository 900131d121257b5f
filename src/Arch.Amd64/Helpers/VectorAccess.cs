using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>Pairs of neighbouring slots seen as one 128-bit vector.</summary>
internal static class VectorAccess
{
    extension(Cpu cpu)
    {
        /// <summary>The vector whose low half is slot <paramref name="slot"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector128<T> Vector<T>(int slot) =>
            Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(cpu.File), (nuint)slot).As<ulong, T>();

        /// <summary>Replaces both halves; the answer is that of a helper that is done.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public int SetVector<T>(int slot, Vector128<T> value)
        {
            value.AsUInt64().StoreUnsafe(ref MemoryMarshal.GetArrayDataReference(cpu.File), (nuint)slot);
            return InstructionSet.NoTrap;
        }
    }
}
