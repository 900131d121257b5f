using Arch.Arm64.Decoding;
using Arch.Arm64.Lifting;
using Arch.Arm64.Registers;
using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace Arch.Arm64.Tests.Differential;

/// <summary>
/// Random loops of any instructions, run by the interpreter and by translations in the same random slices: every register, flag, fault and
/// byte of memory is the same after every slice.
/// </summary>
[TestFixture]
internal sealed class TranslationTests
{
    private const ulong Start = 0x10000, Data = 0x20000;
    private const int Iterations = 120, Programs = 12, Cases = 5;

    [Test]
    public void LoopsAgreeWithTheInterpreter([Range(1, 24)] int seed)
    {
        // As many again with other seeds: scripts/differential-arm64.sh.
        int first = TestContext.Parameters.Get("seed", 0);
        for (int i = 0; i < TestContext.Parameters.Get("programs", 1); i++)
            Compare(seed + 1000 * (first + i));
    }

    // adc x3, x3, x0; ccmp x0, x1, #6, eq; add x0, x0, #1; sub x27, x27, #1; cbnz x27, back: of the flags that the loop begins with, two
    // are made of what one of them was.
    [Test]
    public unsafe void FlagsMadeOfOneAnotherAgree()
    {
        uint[] code = [0x9a00_0063, 0xfa41_0006, 0x9100_0400, 0xd100_077b, 0xb5ff_ff9b];
        var state = new MachineState { Nzcv = 4UL << 28 };
        state.X[1] = Iterations / 2;
        state.X[27] = Iterations;
        Assert.That(Agree(code, state, new Random(1), "ccmp"), Is.GreaterThan(0), "nothing ran translated");
    }

    private static void Compare(int seed)
    {
        var random = new Random(seed);
        var generator = new CaseGenerator(seed, CaseGenerator.Comparable());
        long translated = 0;
        for (int program = 0; program < Programs; program++)
        {
            var (code, state) = Draw(generator, random);
            translated += Agree(code, state, random, $"seed {seed} program {program}");
        }
        Assert.That(translated, Is.GreaterThan(0), "nothing ran translated");
    }

    /// <summary>Returns how many instructions ran translated.</summary>
    private static long Agree(uint[] code, in MachineState state, Random random, string name)
    {
        using var expected = new Machine(code, state, new TranslationPolicy(IsOn: false));
        using var actual = new Machine(code, state, new TranslationPolicy(Threshold: 2, Growth: 4, IsImmediate: true));
        ulong end = Start + (ulong)(4 * code.Length);
        for (int slice = 0; slice < 600 && expected.Cpu.Pc < end; slice++)
        {
            int budget = random.Next(1, 60);
            var expectedExit = expected.Run(budget);
            var actualExit = actual.Run(budget);
            Assert.That((actualExit, actual.State), Is.EqualTo((expectedExit, expected.State)), () => $"{name} slice {slice}\n{Describe(code)}");
        }
        Assert.That(actual.Bytes, Is.EqualTo(expected.Bytes), () => $"{name}\n{Describe(code)}");
        return actual.Translated;
    }

    // Some cases behind one another, and what makes a loop of them: sub x27, x27, #1; cbnz x27, back.
    private static unsafe (uint[] Code, MachineState State) Draw(CaseGenerator generator, Random random)
    {
        var code = new List<uint>();
        var (state, other) = (default(MachineState), default(MachineState));
        generator.Draw(ref state);
        for (int i = 0; i < Cases; i++)
        {
            generator.Draw(ref other);
            for (int word = 0; word < MachineState.Words; word++)
                code.Add(other.Code[word]);
        }
        code.Add(0xd100_077b);
        code.Add(0xb500_001b | (uint)(-code.Count & 0x7ffff) << 5);
        state.X[27] = Iterations;
        // Mostly as programs have it.
        state.Fpcr = random.Next(3) == 0 ? state.Fpcr : 0;
        state.Fpsr = random.Next(2) == 0 ? FloatControl.Inexact : 0;
        return ([.. code], state);
    }

    private static string Describe(uint[] code) => string.Join('\n', code.Select((word, i) =>
        $"{Start + (ulong)(4 * i):x} {Disassembly.Describe(BitConverter.GetBytes(word), Start + (ulong)(4 * i))}"));

    private sealed class Machine : IDisposable
    {
        private readonly Arm64InstructionSet _instructionSet = new();
        private readonly PhysicalMemory _physical = new(1 << 20);
        private readonly AddressSpace _memory;
        private readonly Engine _engine;
        private readonly Frame[] _data;

        public unsafe Machine(uint[] code, MachineState state, TranslationPolicy policy)
        {
            _memory = new AddressSpace(_physical, _instructionSet.AddressBits);
            Map(Start, Access.Read | Access.Execute).Write(0, System.Runtime.InteropServices.MemoryMarshal.AsBytes(code.AsSpan()));
            _data = [Map(Data, Access.ReadWrite), Map(Data + Frame.Size, Access.ReadWrite)];
            var content = new Random((int)state.Memory);
            var bytes = new byte[Frame.Size];
            foreach (var frame in _data)
            {
                content.NextBytes(bytes);
                frame.Write(0, bytes);
            }
            _engine = new Engine(_instructionSet, _memory, policy);
            Cpu = new Cpu(_instructionSet) { Pc = Start };
            for (int i = 0; i < 31; i++)
                Cpu[Slots.General(i)] = state.X[i];
            Cpu[Slots.General(28)] = Data + Frame.Size;
            Cpu[Slots.Sp] = Data + Frame.Size;
            Pstate.WriteFlags(Cpu, state.Nzcv);
            Cpu[Slots.FloatStatus] = state.Fpcr | state.Fpsr;
            for (int i = 0; i < 64; i++)
                Cpu.File[Slots.Vector(0).Index + i] = state.V[i];
        }

        public Cpu Cpu { get; }

        public long Translated => _engine.Translations.Retired;

        public string State =>
            string.Join(' ', Cpu.File.Take(_instructionSet.Registers).Append((ulong)Cpu.Retired).Select(value => value.ToString("x")));

        public byte[] Bytes
        {
            get
            {
                var bytes = new byte[_data.Length * Frame.Size];
                for (int i = 0; i < _data.Length; i++)
                    _data[i].Read(0, bytes.AsSpan(i * Frame.Size, Frame.Size));
                return bytes;
            }
        }

        /// <summary>What cannot be executed is passed over.</summary>
        public Exit Run(int budget)
        {
            var exit = _engine.Run(Cpu, budget);
            if (exit.Kind is ExitKind.Trap or ExitKind.MemoryFault)
                Cpu.Pc = (Cpu.Pc & ~3UL) + 4;
            return exit;
        }

        public void Dispose()
        {
            _memory.Dispose();
            _physical.Dispose();
        }

        private Frame Map(ulong page, Access access)
        {
            var frame = _physical.TryAllocate()!;
            _memory.Enter(page, frame, access);
            return frame;
        }
    }
}
