using System.Buffers.Binary;

namespace GdbStub.Tracing;

/// <summary>
/// Decodes the bytecode of an agent expression and follows every path through it, so that evaluating needs no checks: there is an
/// instruction wherever a jump goes, the stack neither underflows nor overflows, and it is as deep by whatever way a place is reached.
/// </summary>
internal ref struct AgentCompiler(ReadOnlySpan<byte> bytecode, RegisterLayout layout)
{
    private const int Unreached = -1;

    private readonly ReadOnlySpan<byte> _bytecode = bytecode;
    private readonly List<AgentInstruction> _instructions = [];
    private readonly List<AgentFormat> _formats = [];
    // The index of the instruction at each offset, Unreached where none begins.
    private readonly int[] _indices = new int[bytecode.Length];

    /// <summary>What the expression does; its reason why it cannot be evaluated in <paramref name="refusal"/>.</summary>
    public readonly AgentExpression? Compile(out string? refusal)
    {
        Array.Fill(_indices, Unreached);
        refusal = Decode() ?? ResolveJumps() ?? FollowPaths();
        if (refusal is null) RepairFrameBases();
        return refusal is null ? new AgentExpression([.. _instructions], [.. _formats]) : null;
    }

    private readonly string? Decode()
    {
        for (var offset = 0; offset < _bytecode.Length;)
        {
            var operation = (AgentOperation)_bytecode[offset];
            // Tracing, floating point and trace state variables are not for conditions and commands.
            if (!Enum.IsDefined(operation)) return $"the agent operation 0x{(byte)operation:x2} is not supported";
            var bytes = OperandBytes(operation);
            if (offset + bytes >= _bytecode.Length) return "the agent expression is cut off";
            _indices[offset] = _instructions.Count;
            var rest = _bytecode[(offset + 1)..];
            var operand = Operand(rest[..bytes]);
            offset += 1 + bytes;
            if (operation == AgentOperation.Print)
            {
                // How many arguments; then the length of the format, two bytes, and the format with its NUL.
                var length = (int)(operand & 0xffff);
                if (length == 0 || _bytecode.Length - offset < length) return "the agent expression is cut off";
                var format = AgentFormat.Parse(_bytecode.Slice(offset, length - 1), out var refusal);
                if (format is null) return refusal;
                if (format.Arguments != (int)(operand >> 16)) return "the format takes another number of arguments";
                operand = (ulong)_formats.Count;
                _formats.Add(format);
                offset += length;
            }
            if (operation == AgentOperation.Register && !IsReadable(operand)) return $"register {operand} is none that an expression can use";
            _instructions.Add(new AgentInstruction(operation, operand));
        }
        return null;
    }

    private readonly bool IsReadable(ulong register) =>
        register < (ulong)layout.Count && layout.Bytes((int)register) <= sizeof(ulong);

    private readonly string? ResolveJumps()
    {
        for (var index = 0; index < _instructions.Count; index++)
        {
            var (operation, target) = _instructions[index];
            if (operation is not (AgentOperation.Goto or AgentOperation.IfGoto)) continue;
            if (target >= (ulong)_indices.Length || _indices[(int)target] == Unreached) return "the agent expression jumps nowhere";
            _instructions[index] = new AgentInstruction(operation, (ulong)_indices[(int)target]);
        }
        return null;
    }

    /// <summary>
    /// gdb (13 to 16 at least) gives a frame base that is a register, as clang's are, the type of the variable that it leads to: the
    /// address of an int is computed from 32 bits of the frame pointer, and nothing is there. What leads from a register to a reference by
    /// constant steps keeps all bits.
    /// </summary>
    private readonly void RepairFrameBases()
    {
        for (var index = 0; index + 2 < _instructions.Count; index++)
        {
            if (_instructions[index].Operation != AgentOperation.Register || _instructions[index + 1].Operation != AgentOperation.Extend) continue;
            var next = index + 2;
            while (IsConstantStep(ref next))
            {
            }
            if (next < _instructions.Count && IsReference(_instructions[next].Operation))
                _instructions[index + 1] = new AgentInstruction(AgentOperation.Extend, 64);
        }
    }

    /// <summary>A constant, perhaps extended, that is added; then <paramref name="index"/> is behind it.</summary>
    private readonly bool IsConstantStep(ref int index)
    {
        var next = index;
        if (next >= _instructions.Count || _instructions[next++].Operation is < AgentOperation.Constant8 or > AgentOperation.Constant64) return false;
        if (next < _instructions.Count && _instructions[next].Operation == AgentOperation.Extend) next++;
        if (next >= _instructions.Count || _instructions[next].Operation != AgentOperation.Add) return false;
        index = next + 1;
        return true;
    }

    private static bool IsReference(AgentOperation operation) => operation is >= AgentOperation.Reference8 and <= AgentOperation.Reference64;

    private readonly string? FollowPaths()
    {
        var depths = new int[_instructions.Count];
        Array.Fill(depths, Unreached);
        var open = new Stack<(int Index, int Depth)>();
        open.Push((0, 0));
        while (open.TryPop(out var place))
        {
            var (index, depth) = place;
            if (index == _instructions.Count) return "the agent expression has no end";
            if (depths[index] == depth) continue;
            if (depths[index] != Unreached) return "the agent expression's stack depends on its path";
            depths[index] = depth;
            var instruction = _instructions[index];
            var (takes, gives) = Effect(instruction);
            if (depth < takes) return "the agent expression's stack is empty";
            depth += gives - takes;
            if (depth > AgentExpression.StackDepth) return "the agent expression's stack is full";
            if (instruction.Operation == AgentOperation.End) continue;
            if (instruction.Operation is AgentOperation.Goto or AgentOperation.IfGoto) open.Push(((int)instruction.Operand, depth));
            if (instruction.Operation != AgentOperation.Goto) open.Push((index + 1, depth));
        }
        return null;
    }

    /// <summary>How many values an instruction needs on the stack, and how many it leaves in their place.</summary>
    private readonly (int Takes, int Gives) Effect(AgentInstruction instruction) => instruction.Operation switch
    {
        AgentOperation.LogicalNot or AgentOperation.Not or AgentOperation.Extend or AgentOperation.ZeroExtend
            or >= AgentOperation.Reference8 and <= AgentOperation.Reference64 => (1, 1),
        >= AgentOperation.Constant8 and <= AgentOperation.Register => (0, 1),
        AgentOperation.IfGoto or AgentOperation.Pop => (1, 0),
        AgentOperation.Goto or AgentOperation.End => (0, 0),
        AgentOperation.Duplicate => (1, 2),
        AgentOperation.Swap => (2, 2),
        AgentOperation.Rotate => (3, 3),
        AgentOperation.Pick => ((int)instruction.Operand + 1, (int)instruction.Operand + 2),
        // Behind the arguments come the channel and the function, which nothing here uses (GDB manual, printf).
        AgentOperation.Print => (_formats[(int)instruction.Operand].Arguments + 2, 0),
        _ => (2, 1),
    };

    private static int OperandBytes(AgentOperation operation) => operation switch
    {
        AgentOperation.Extend or AgentOperation.ZeroExtend or AgentOperation.Constant8 or AgentOperation.Pick => 1,
        AgentOperation.IfGoto or AgentOperation.Goto or AgentOperation.Constant16 or AgentOperation.Register => 2,
        AgentOperation.Print => 3,
        AgentOperation.Constant32 => 4,
        AgentOperation.Constant64 => 8,
        _ => 0,
    };

    /// <summary>Operands are written highest byte first, whatever the target's order is.</summary>
    private static ulong Operand(ReadOnlySpan<byte> bytes)
    {
        Span<byte> whole = stackalloc byte[sizeof(ulong)];
        whole.Clear();
        bytes.CopyTo(whole[^bytes.Length..]);
        return BinaryPrimitives.ReadUInt64BigEndian(whole);
    }
}

/// <summary>One decoded bytecode.</summary>
/// <param name="Operand">A constant, a register, bits, the index of an instruction or of a format.</param>
internal readonly record struct AgentInstruction(AgentOperation Operation, ulong Operand);
