using EndToEnd.Tests.Harness;

namespace EndToEnd.Tests.FreeBsd;

/// <summary>A guest's root directory with FreeBSD's own libraries and the programs of test/guests/freebsd in /app.</summary>
internal sealed class LibraryProgram : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("gdbstub-freebsd-").FullName;

    private LibraryProgram(string name) => Name = name;

    /// <summary>The program's file name.</summary>
    public string Name { get; }

    /// <summary>Options for a server of the program.</summary>
    public string[] Options => ["--root", _root, "--", Path.Combine(_root, "app", Name)];

    /// <summary>The program's file on this machine.</summary>
    public string File => Path.Combine(_root, "app", Name);

    /// <summary>The directory that is the guest's root.</summary>
    public string Root => _root;

    /// <summary>The C program, which loads /app/plugin.so.</summary>
    public static LibraryProgram Threads()
    {
        var program = new LibraryProgram("threads");
        FreeBsdRoot.Current.Build(program._root, "threads", "threads.c", "-lpthread");
        FreeBsdRoot.Current.Build(program._root, "plugin.so", "-shared", "-fPIC", "plugin.c");
        return program;
    }

    /// <summary>The C++ program.</summary>
    public static LibraryProgram Exceptions()
    {
        var program = new LibraryProgram("exceptions");
        FreeBsdRoot.Current.Build(program._root, "exceptions", "-std=c++17", "-stdlib=libc++", "exceptions.cc", "-lpthread");
        return program;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
