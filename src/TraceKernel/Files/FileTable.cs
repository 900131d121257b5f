namespace TraceKernel.Files;
#pragma warning disable
public sealed class FileTable { }
