using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Iced.Intel;

namespace Arch.Amd64.Tests.Differential;

/// <summary>An instruction of a case.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Undefined">The flags that what went before it leaves undefined, as bits of RFLAGS.</param>
internal readonly record struct Step(ulong Address, Instruction Instruction, ulong Undefined);

/// <summary>Code and a state to begin with, as test/guests/differential.c reads them.</summary>
internal sealed class Case
{
    public const int Size = 1024, CodeSize = 352, PoolSize = 0x10000;

    /// <summary>Options: the first page fault opens the closed pages and goes on.</summary>
    public const uint Restart = 1;

    private const int FlagsAt = 128, PoolAt = 136, LengthAt = 144, OptionsAt = 148, FxAt = 160, CodeAt = 672;

    private int _length;

    public byte[] Image { get; } = new byte[Size];

    public List<Step> Steps { get; } = [];

    /// <summary>The flags that the whole of it leaves undefined.</summary>
    public ulong Undefined { get; set; }

    /// <summary>In the order of their encoding.</summary>
    public Span<ulong> Registers => MemoryMarshal.Cast<byte, ulong>(Image.AsSpan(0, FlagsAt));

    public Span<byte> Fx => Image.AsSpan(FxAt, 512);

    public ulong Flags { set => BinaryPrimitives.WriteUInt64LittleEndian(Image.AsSpan(FlagsAt), value); }

    /// <summary>Where in the pool the data comes from.</summary>
    public ulong Pool { set => BinaryPrimitives.WriteUInt64LittleEndian(Image.AsSpan(PoolAt), value); }

    public uint Options { set => BinaryPrimitives.WriteUInt32LittleEndian(Image.AsSpan(OptionsAt), value); }

    /// <summary>The address after the code so far.</summary>
    public ulong End => Layout.Instruction + (ulong)_length;

    public int Room => CodeSize - _length;

    public ReadOnlySpan<byte> Code => Image.AsSpan(CodeAt, _length);

    /// <summary>Appends code without saying what it is.</summary>
    public void Append(ReadOnlySpan<byte> code)
    {
        code.CopyTo(Image.AsSpan(CodeAt + _length));
        _length += code.Length;
        BinaryPrimitives.WriteInt32LittleEndian(Image.AsSpan(LengthAt), _length);
    }

    /// <summary>Appends an instruction that leaves <see cref="Undefined"/> as it is until the caller says otherwise.</summary>
    public void Append(in Instruction instruction, ReadOnlySpan<byte> code)
    {
        Steps.Add(new Step(End, instruction, Undefined));
        Append(code);
    }

    /// <summary>The flags undefined when it ended at <paramref name="pc"/>, 0 for its end.</summary>
    public ulong UndefinedAt(ulong pc)
    {
        foreach (var step in Steps)
        {
            // A trap shows the address after its instruction.
            if (pc != 0 && step.Address >= pc)
                return step.Undefined;
        }
        return Undefined;
    }

    /// <summary>The instruction at <paramref name="pc"/>; <see cref="Code.INVALID"/> when none of the steps is there.</summary>
    public Code InstructionAt(ulong pc) => Steps.Find(step => step.Address == pc).Instruction.Code;

    public override string ToString() => string.Join('\n', Steps.Select(step => $"{step.Address:x}: {step.Instruction}"));
}
