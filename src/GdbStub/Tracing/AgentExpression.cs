using System.Text;

namespace GdbStub.Tracing;

/// <summary>
/// A condition or command that a client has handed over with a breakpoint: an agent expression (GDB manual, Agent Expressions), decoded
/// and checked once.
/// </summary>
public sealed class AgentExpression
{
    /// <summary>The most values on the stack; gdbserver's.</summary>
    internal const int StackDepth = 100;

    // What loops for longer than this is taken for endless.
    private const int MostSteps = 100_000;

    private readonly AgentInstruction[] _instructions;
    private readonly AgentFormat[] _formats;

    internal AgentExpression(AgentInstruction[] instructions, AgentFormat[] formats) => (_instructions, _formats) = (instructions, formats);

    /// <param name="refusal">Why it cannot be evaluated; null when it can.</param>
    public static AgentExpression? Compile(ReadOnlySpan<byte> bytecode, RegisterLayout layout, out string? refusal) =>
        new AgentCompiler(bytecode, layout).Compile(out refusal);

    /// <summary>Evaluates it for a stopped thread.</summary>
    /// <param name="output">What it prints is appended here; null: it must not print.</param>
    /// <param name="value">The top of the stack at the end; 0 when nothing is there.</param>
    /// <returns>False when memory or a register cannot be read, at a division by zero, and when it does not end.</returns>
    public bool TryEvaluate(TracedThread thread, StringBuilder? output, out ulong value)
    {
        // One more, so that there is a top when the stack is empty.
        Span<ulong> stack = stackalloc ulong[StackDepth + 1];
        stack[0] = 0;
        var top = 0;
        var next = 0;
        value = 0;
        for (var steps = 0; steps < MostSteps; steps++)
        {
            var (operation, operand) = _instructions[next++];
            switch (operation)
            {
                case AgentOperation.Constant8 or AgentOperation.Constant16 or AgentOperation.Constant32 or AgentOperation.Constant64:
                    stack[++top] = operand;
                    break;
                case AgentOperation.Register:
                    if (!TryRegister(thread, (int)operand, out stack[++top])) return false;
                    break;
                case >= AgentOperation.Reference8 and <= AgentOperation.Reference64:
                    if (!TryReference(thread, operation, ref stack[top])) return false;
                    break;
                case AgentOperation.Extend: stack[top] = SignExtend(stack[top], operand); break;
                case AgentOperation.ZeroExtend: stack[top] = operand < 64 ? stack[top] & ((1UL << (int)operand) - 1) : stack[top]; break;
                case AgentOperation.LogicalNot: stack[top] = stack[top] == 0 ? 1UL : 0; break;
                case AgentOperation.Not: stack[top] = ~stack[top]; break;
                case AgentOperation.Goto: next = (int)operand; break;
                case AgentOperation.IfGoto:
                    if (stack[top--] != 0) next = (int)operand;
                    break;
                case AgentOperation.Duplicate: stack[top + 1] = stack[top++]; break;
                case AgentOperation.Pop: top--; break;
                case AgentOperation.Swap: (stack[top], stack[top - 1]) = (stack[top - 1], stack[top]); break;
                case AgentOperation.Pick: stack[top + 1] = stack[top++ - (int)operand]; break;
                case AgentOperation.Rotate:
                    (stack[top], stack[top - 1], stack[top - 2]) = (stack[top - 1], stack[top - 2], stack[top]);
                    break;
                case AgentOperation.Print:
                    var format = _formats[(int)operand];
                    top -= 2 + format.Arguments;
                    // The first argument was on top.
                    if (output is null || !format.TryAppend(output, stack.Slice(top + 1, format.Arguments), thread.Process.Memory)) return false;
                    break;
                case AgentOperation.End:
                    value = stack[top];
                    return true;
                default:
                    if (!TryCombine(operation, stack[top - 1], stack[top], out stack[top - 1])) return false;
                    top--;
                    break;
            }
        }
        return false;
    }

    /// <summary>The operations on two values.</summary>
    private static bool TryCombine(AgentOperation operation, ulong left, ulong right, out ulong result)
    {
        var divides = operation is >= AgentOperation.DivideSigned and <= AgentOperation.RemainderUnsigned;
        result = 0;
        if (divides && right == 0) return false;
        result = operation switch
        {
            AgentOperation.Add => left + right,
            AgentOperation.Subtract => left - right,
            AgentOperation.Multiply => left * right,
            // The lowest number has no opposite, and .NET throws.
            AgentOperation.DivideSigned => right == ulong.MaxValue ? 0 - left : (ulong)((long)left / (long)right),
            AgentOperation.DivideUnsigned => left / right,
            AgentOperation.RemainderSigned => right == ulong.MaxValue ? 0 : (ulong)((long)left % (long)right),
            AgentOperation.RemainderUnsigned => left % right,
            AgentOperation.ShiftLeft => right < 64 ? left << (int)right : 0,
            AgentOperation.ShiftRightSigned => (ulong)((long)left >> (int)Math.Min(right, 63)),
            AgentOperation.ShiftRightUnsigned => right < 64 ? left >> (int)right : 0,
            AgentOperation.And => left & right,
            AgentOperation.Or => left | right,
            AgentOperation.ExclusiveOr => left ^ right,
            AgentOperation.Equal => left == right ? 1UL : 0,
            AgentOperation.LessSigned => (long)left < (long)right ? 1UL : 0,
            _ => left < right ? 1UL : 0,
        };
        return true;
    }

    private static ulong SignExtend(ulong value, ulong bits)
    {
        if (bits is 0 or >= 64) return value;
        var unused = 64 - (int)bits;
        return (ulong)((long)(value << unused) >> unused);
    }

    private static bool TryRegister(TracedThread thread, int number, out ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bytes.Clear();
        var known = thread.Registers.TryRead(number, bytes[..thread.Registers.Bytes(number)]);
        value = BitConverter.ToUInt64(bytes);
        return known;
    }

    /// <summary>Replaces an address by what is there.</summary>
    private static bool TryReference(TracedThread thread, AgentOperation operation, ref ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bytes.Clear();
        var length = 1 << (operation - AgentOperation.Reference8);
        var error = thread.Process.Memory.Read(value, bytes[..length], out var count);
        value = BitConverter.ToUInt64(bytes);
        return error == TraceKernel.Abi.Errno.None && count == length;
    }
}
