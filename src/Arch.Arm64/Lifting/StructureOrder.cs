using Arch.Arm64.Helpers;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>
/// The elements of structures in the order of memory and by registers: UZP and ZIP for two and four to a structure, for three what
/// <see cref="PermuteHelpers.Third"/> does.
/// </summary>
internal static class StructureOrder
{
    /// <summary>Parts of memory become registers.</summary>
    public static void ToRegisters(Lifter lifter, Span<Slot> parts, int size, int bytes)
    {
        var order = new Order(lifter, size, bytes);
        switch (parts.Length)
        {
            case 2:
                (parts[0], parts[1]) = order.Unzipped(parts[0], parts[1]);
                break;
            case 3:
                order.Thirds(parts, isStore: false);
                break;
            case 4:
                var (evenLow, oddLow) = order.Unzipped(parts[0], parts[1]);
                var (evenHigh, oddHigh) = order.Unzipped(parts[2], parts[3]);
                (parts[0], parts[2]) = order.Unzipped(evenLow, evenHigh);
                (parts[1], parts[3]) = order.Unzipped(oddLow, oddHigh);
                break;
        }
    }

    /// <summary>Registers become parts of memory.</summary>
    public static void ToMemory(Lifter lifter, Span<Slot> parts, int size, int bytes)
    {
        var order = new Order(lifter, size, bytes);
        switch (parts.Length)
        {
            case 2:
                (parts[0], parts[1]) = order.Zipped(parts[0], parts[1]);
                break;
            case 3:
                order.Thirds(parts, isStore: true);
                break;
            case 4:
                var (evenLow, evenHigh) = order.Zipped(parts[0], parts[2]);
                var (oddLow, oddHigh) = order.Zipped(parts[1], parts[3]);
                (parts[0], parts[1]) = order.Zipped(evenLow, oddLow);
                (parts[2], parts[3]) = order.Zipped(evenHigh, oddHigh);
                break;
        }
    }

    private readonly record struct Order(Lifter Lifter, int Size, int Bytes)
    {
        public (Slot First, Slot Second) Unzipped(Slot a, Slot b) =>
            (Permuted(PermuteHelpers.Unzip, a, b, 0), Permuted(PermuteHelpers.Unzip, a, b, 1));

        public (Slot First, Slot Second) Zipped(Slot a, Slot b) =>
            (Permuted(PermuteHelpers.Zip, a, b, 0), Permuted(PermuteHelpers.Zip, a, b, 1));

        public void Thirds(Span<Slot> parts, bool isStore)
        {
            var (a, b, c) = (parts[0], parts[1], parts[2]);
            for (int part = 0; part < parts.Length; part++)
            {
                parts[part] = Lifter.Ir.Temporary128();
                Lifter.Call(PermuteHelpers.Third, parts[part], a, b, c, new Thirds(part, Size, Bytes == 16, isStore).Packed);
            }
        }

        private Slot Permuted(Helper helper, Slot a, Slot b, int part)
        {
            var result = Lifter.Ir.Temporary128();
            Lifter.Call(helper, result, a, b, default, PermuteHelpers.Shape(Size, Bytes >> Size, part));
            return result;
        }
    }
}
