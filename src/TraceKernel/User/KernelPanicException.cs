using System.Diagnostics.CodeAnalysis;

namespace TraceKernel.User;

/// <summary>A bug has ended the machine: nobody can use it any more. The inner exception is the bug.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Only a kernel makes one.")]
public sealed class KernelPanicException(Exception bug) : Exception("the machine has ended by a bug", bug);
