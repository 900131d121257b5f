using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>struct mq_attr of sys/mqueue.h.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public record struct mq_attr
{
    /// <summary>MQ_PRIO_MAX.</summary>
    public const uint MaximumPriority = 64;

    public long mq_flags, mq_maxmsg, mq_msgsize, mq_curmsgs;
}
