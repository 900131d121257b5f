using Arch.Amd64.Helpers;
using Arch.Amd64.Lifting;
using Arch.Amd64.Registers;
using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace Arch.Amd64.Tests;

/// <summary>
/// Random loops of any instructions, run by the interpreter and by translations in the same random slices: every register, flag, fault and
/// byte of memory is the same after every slice.
/// </summary>
[TestFixture]
internal sealed class TranslationTests
{
    private const int Instructions = 14, Iterations = 120, Programs = 12;

    private static readonly Code[] IntegerCodes =
        [.. InstructionRows.Lifted().Where(code => InstructionRows.NotComparable(code) is null)];

    private static readonly Code[] VectorCodes =
    [
        .. new[] { CpuidFeature.SSE, CpuidFeature.SSE2, CpuidFeature.SSE3, CpuidFeature.SSSE3, CpuidFeature.SSE4_1, CpuidFeature.SSE4_2, CpuidFeature.MMX }
            .SelectMany(VectorInstructions.Of).Where(code => code.Mnemonic() != Mnemonic.Fisttp && LiftTable.Find(code) is not null),
    ];

    [Test]
    public void LoopsAgreeWithTheInterpreter([Range(1, 24)] int seed)
    {
        var random = new Random(seed);
        long translated = 0;
        for (int program = 0; program < Programs; program++)
        {
            var (code, addresses, text) = Draw(random);
            var state = VectorStates.Any(random);
            int start = random.Next();
            using var expected = new Machine(code, state, new Random(start), new TranslationPolicy(IsOn: false));
            using var actual = new Machine(code, state, new Random(start), new TranslationPolicy(Threshold: 2, Growth: 4, IsImmediate: true));
            for (int slice = 0; slice < 600 && addresses.ContainsKey(expected.Cpu.Pc); slice++)
            {
                int budget = random.Next(1, 60);
                var expectedExit = expected.Run(budget, addresses);
                var actualExit = actual.Run(budget, addresses);
                Assert.That((actualExit, actual.State), Is.EqualTo((expectedExit, expected.State)), () => $"seed {seed} program {program} slice {slice}\n{text}");
            }
            Assert.That(actual.Memory, Is.EqualTo(expected.Memory), () => $"seed {seed} program {program}\n{text}");
            translated += actual.Translated;
        }
        Assert.That(translated, Is.GreaterThan(0), "nothing ran translated");
    }

    private static (byte[] Code, Dictionary<ulong, ulong> Next, string Text) Draw(Random random)
    {
        var forms = new InstructionForms(random);
        var code = new List<byte>();
        var lines = new List<string>();
        var next = new Dictionary<ulong, ulong>();
        while (lines.Count < Instructions)
        {
            ulong address = Layout.Instruction + (ulong)code.Count;
            byte[]? bytes = random.Next(2) == 0 ? forms.Draw(IntegerCodes[random.Next(IntegerCodes.Length)], address)?.Bytes : DrawVector(random);
            if (bytes is null)
                continue;
            var decoder = Decoder.Create(64, bytes, address);
            decoder.Decode(out var instruction);
            if (instruction.FlowControl != FlowControl.Next || TouchesCounter(instruction))
                continue;
            code.AddRange(bytes);
            next.Add(address, address + (ulong)bytes.Length);
            lines.Add($"{address:x} {instruction}");
        }
        ulong end = Layout.Instruction + (ulong)code.Count;
        next.Add(end, end + 3);
        next.Add(end + 3, end + 9);
        // dec r15; jnz back
        code.AddRange([0x49, 0xff, 0xcf, 0x0f, 0x85]);
        code.AddRange(BitConverter.GetBytes(-(code.Count + 4)));
        return ([.. code], next, string.Join("\n", lines));
    }

    private static byte[] DrawVector(Random random)
    {
        var code = VectorCodes[random.Next(VectorCodes.Length)];
        var (memory, register) = VectorInstructions.Forms(code);
        return VectorInstructions.Encode(code, random, memory && (!register || random.Next(3) == 0));
    }

    private static bool TouchesCounter(in Instruction instruction)
    {
        foreach (var used in new InstructionInfoFactory().GetInfo(instruction).GetUsedRegisters())
        {
            if (used.Register.GetFullRegister() is Register.R15)
                return true;
        }
        return false;
    }

    private sealed class Machine : IDisposable
    {
        private readonly Amd64InstructionSet _instructionSet = new();
        private readonly PhysicalMemory _physical = new(1 << 20);
        private readonly AddressSpace _memory;
        private readonly Engine _engine;
        private readonly Frame _data;

        public Machine(byte[] code, MachineState state, Random random, TranslationPolicy policy)
        {
            _memory = new AddressSpace(_physical, _instructionSet.AddressBits);
            Map(Layout.Base, Access.Read | Access.Execute).Write((int)(Layout.Instruction - Layout.Base), code);
            _data = Map(Layout.Data, Access.ReadWrite);
            _data.Write(0, state.Data);
            _engine = new Engine(_instructionSet, _memory, policy);
            Cpu = new Cpu(_instructionSet) { Pc = Layout.Instruction };
            FxImage.Load(Cpu, state.Fx);
            Cpu[Slots.Mxcsr] = random.Next(3) == 0 ? Cpu[Slots.Mxcsr] : 0x1f80u | (uint)(random.Next(2) * 0x20);
            for (int i = 0; i < 16; i++)
                Cpu[Slots.General(i)] = random.Next(3) == 0 ? (ulong)random.NextInt64() : Layout.Data + (ulong)random.Next(16) * 200;
            Cpu[Slots.General(3)] = Layout.Data + (ulong)random.Next(200) * 16;
            Cpu[Slots.General(15)] = Iterations;
        }

        public Cpu Cpu { get; }

        public long Translated => _engine.Translations.Retired;

        public string State => string.Join(' ', Cpu.File.Take(_instructionSet.Registers).Append((ulong)Cpu.Retired).Select(value => value.ToString("x")));

        public byte[] Memory
        {
            get
            {
                var bytes = new byte[Frame.Size];
                _data.Read(0, bytes);
                return bytes;
            }
        }

        /// <summary>What cannot be executed is passed over.</summary>
        public Exit Run(int budget, Dictionary<ulong, ulong> next)
        {
            var exit = _engine.Run(Cpu, budget);
            if (exit.Kind is ExitKind.Trap or ExitKind.MemoryFault && next.TryGetValue(Cpu.Pc, out ulong following))
                Cpu.Pc = following;
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
