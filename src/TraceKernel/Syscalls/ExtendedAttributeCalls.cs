using System.Buffers.Binary;
using TraceKernel.Abi;
using static TraceKernel.Abi.cap_rights_t;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>
/// Extended attributes (vfs_extattr.c) and access control lists (vfs_acl.c). No file system here keeps any, as tmpfs and devfs of FreeBSD 13:
/// once the arguments are judged and the file is found, the answer is EOPNOTSUPP.
/// </summary>
internal static class ExtendedAttributeCalls
{
    /// <summary>EXTATTR_MAXNAMELEN with the NUL, and IOSIZE_MAX.</summary>
    private const int MaximumName = 256;
    private const ulong MaximumBytes = long.MaxValue;

    /// <summary>ACL_MAX_ENTRIES; sizes of struct acl and struct oldacl (sys/acl.h).</summary>
    private const int AclEntries = 254, AclBytes = 24 + AclEntries * 16, OldAclBytes = 4 + 32 * 12;

    private const int ACL_TYPE_ACCESS_OLD = 0, ACL_TYPE_DEFAULT_OLD = 1;

    [Syscall(355, "int extattrctl(const char *path, int cmd, const char *filename, int attrnamespace, const char *attrname)")]
    internal static Errno extattrctl(SystemCall call)
    {
        if (call[4] != 0 && CheckName(call, call[4]) is not Errno.None and var error) return error;
        if (call[2] != 0 && call.FindAt(AT_FDCWD, call[2], CAP_NONE, 0, follow: true, out _) is not Errno.None and var missing) return missing;
        return OfPath(call, follow: true);
    }

    [Syscall(356, "ssize_t extattr_set_file(const char *path, int attrnamespace, const char *attrname, void *data, size_t nbytes)")]
    [Syscall(357, "ssize_t extattr_get_file(const char *path, int attrnamespace, const char *attrname, void *data, size_t nbytes)")]
    [Syscall(358, "int extattr_delete_file(const char *path, int attrnamespace, const char *attrname)")]
    internal static Errno extattr_file(SystemCall call) => CheckName(call, call[2]) is not Errno.None and var error ? error : OfPath(call, true);

    [Syscall(412, "ssize_t extattr_set_link(const char *path, int attrnamespace, const char *attrname, void *data, size_t nbytes)")]
    [Syscall(413, "ssize_t extattr_get_link(const char *path, int attrnamespace, const char *attrname, void *data, size_t nbytes)")]
    [Syscall(414, "int extattr_delete_link(const char *path, int attrnamespace, const char *attrname)")]
    internal static Errno extattr_link(SystemCall call) => CheckName(call, call[2]) is not Errno.None and var error ? error : OfPath(call, false);

    [Syscall(371, "ssize_t extattr_set_fd(int fd, int attrnamespace, const char *attrname, void *data, size_t nbytes)")]
    internal static Errno extattr_set_fd(SystemCall call) => OfDescriptor(call, CAP_EXTATTR_SET, hasName: true);

    [Syscall(372, "ssize_t extattr_get_fd(int fd, int attrnamespace, const char *attrname, void *data, size_t nbytes)")]
    internal static Errno extattr_get_fd(SystemCall call) => OfDescriptor(call, CAP_EXTATTR_GET, hasName: true);

    [Syscall(373, "int extattr_delete_fd(int fd, int attrnamespace, const char *attrname)")]
    internal static Errno extattr_delete_fd(SystemCall call) => OfDescriptor(call, CAP_EXTATTR_DELETE, hasName: true);

    [Syscall(437, "ssize_t extattr_list_fd(int fd, int attrnamespace, void *data, size_t nbytes)")]
    internal static Errno extattr_list_fd(SystemCall call) => OfDescriptor(call, CAP_EXTATTR_LIST, hasName: false);

    [Syscall(438, "ssize_t extattr_list_file(const char *path, int attrnamespace, void *data, size_t nbytes)")]
    internal static Errno extattr_list_file(SystemCall call) => call[3] > MaximumBytes ? Errno.EINVAL : OfPath(call, follow: true);

    [Syscall(439, "ssize_t extattr_list_link(const char *path, int attrnamespace, void *data, size_t nbytes)")]
    internal static Errno extattr_list_link(SystemCall call) => call[3] > MaximumBytes ? Errno.EINVAL : OfPath(call, follow: false);

    [Syscall(347, "int __acl_get_file(const char *path, acl_type_t type, struct acl *aclp)")]
    [Syscall(351, "int __acl_delete_file(const char *path, acl_type_t type)")]
    internal static Errno acl_file(SystemCall call) => OfPath(call, follow: true);

    [Syscall(425, "int __acl_get_link(const char *path, acl_type_t type, struct acl *aclp)")]
    [Syscall(427, "int __acl_delete_link(const char *path, acl_type_t type)")]
    internal static Errno acl_link(SystemCall call) => OfPath(call, follow: false);

    [Syscall(348, "int __acl_set_file(const char *path, acl_type_t type, struct acl *aclp)")]
    [Syscall(353, "int __acl_aclcheck_file(const char *path, acl_type_t type, struct acl *aclp)")]
    internal static Errno acl_use_file(SystemCall call) => WithList(call, OfPath(call, follow: true));

    [Syscall(426, "int __acl_set_link(const char *path, acl_type_t type, struct acl *aclp)")]
    [Syscall(428, "int __acl_aclcheck_link(const char *path, acl_type_t type, struct acl *aclp)")]
    internal static Errno acl_use_link(SystemCall call) => WithList(call, OfPath(call, follow: false));

    [Syscall(349, "int __acl_get_fd(int filedes, acl_type_t type, struct acl *aclp)")]
    internal static Errno acl_get_fd(SystemCall call) => OfDescriptor(call, CAP_ACL_GET, hasName: false);

    [Syscall(350, "int __acl_set_fd(int filedes, acl_type_t type, struct acl *aclp)")]
    internal static Errno acl_set_fd(SystemCall call) => WithList(call, OfDescriptor(call, CAP_ACL_SET, hasName: false));

    [Syscall(352, "int __acl_delete_fd(int filedes, acl_type_t type)")]
    internal static Errno acl_delete_fd(SystemCall call) => OfDescriptor(call, CAP_ACL_DELETE, hasName: false);

    [Syscall(354, "int __acl_aclcheck_fd(int filedes, acl_type_t type, struct acl *aclp)")]
    internal static Errno acl_aclcheck_fd(SystemCall call) => WithList(call, OfDescriptor(call, CAP_ACL_CHECK, hasName: false));

    private static Errno OfPath(SystemCall call, bool follow)
    {
        var error = call.FindAt(AT_FDCWD, call[0], CAP_NONE, 0, follow, out _);
        return error == Errno.None ? Errno.EOPNOTSUPP : error;
    }

    private static Errno OfDescriptor(SystemCall call, in cap_rights_t needed, bool hasName)
    {
        if (hasName && CheckName(call, call[2]) is not Errno.None and var error) return error;
        error = call.OpenVnode(call.Int(0), needed, out _, mayBePath: true);
        return error == Errno.None ? Errno.EOPNOTSUPP : error;
    }

    private static Errno CheckName(SystemCall call, ulong name) => call.Memory.CopyInString(name, MaximumName, out _);

    /// <summary>acl_copyin, which comes after the file is found and before the file system is asked: EFAULT, EINVAL.</summary>
    private static Errno WithList(SystemCall call, Errno found)
    {
        if (found != Errno.EOPNOTSUPP) return found;
        var isOld = call.Int(1) is ACL_TYPE_ACCESS_OLD or ACL_TYPE_DEFAULT_OLD;
        Span<byte> list = new byte[isOld ? OldAclBytes : AclBytes];
        if (call.Memory.CopyIn(call[2], list) is not Errno.None and var error) return error;
        return isOld || BinaryPrimitives.ReadInt32LittleEndian(list) == AclEntries ? found : Errno.EINVAL;
    }
}
