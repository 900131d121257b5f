namespace TraceKernel.Processes;

/// <summary>s_login of struct session: all processes of a session share it, and a new session begins with its maker's.</summary>
public sealed class SessionLogin(string name)
{
    /// <summary>The login name of the user that guests run as.</summary>
    public const string GuestUser = "user";

    /// <summary>At most MAXLOGNAME - 1 bytes.</summary>
    public string Name { get; set; } = name;
}
