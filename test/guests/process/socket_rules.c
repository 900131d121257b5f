// socket_rules.c: who is at the other end of a socket, what comes with messages, ports that are chosen, and sockets that nobody can reach any more.
#include "ipc.h"

enum { SYS_socket = 97, SYS_socketpair = 135, SYS_getsockopt = 118, SYS_setsockopt = 105, SYS_sendmsg = 28, SYS_recvmsg = 27, SYS_bind = 104,
    SYS_getsockname = 32, SYS_sendto = 133, SYS_fstat = 551, SYS_setfib = 175, SYS_shutdown = 134 };
enum { AF_UNIX = 1, AF_INET = 2, SOCK_STREAM = 1, SOCK_DGRAM = 2, SOL_SOCKET = 0xffff, LOCAL_PEERCRED = 1, LOCAL_CREDS = 2, LOCAL_CREDS_PERSISTENT = 3,
    SCM_RIGHTS = 1, SCM_TIMESTAMP = 2, SCM_CREDS = 3, SCM_REALTIME = 5, SCM_CREDS2 = 8, SO_TIMESTAMP = 0x400, SO_TS_CLOCK = 0x1017, SO_SETFIB = 0x1014,
    IP_TTL = 4, IP_PORTRANGE = 19, IP_RECVTTL = 65, IP_RECVDSTADDR = 7, IPPROTO_TCP = 6, TCP_NODELAY = 1 };
struct iovec { void *base; unsigned long size; };
struct msghdr { void *name; unsigned name_length; struct iovec *parts; int count; void *control; unsigned control_length; int flags; };
struct cmsghdr { unsigned length; int level, type; };
struct address { unsigned char length, family; unsigned short port; unsigned host; char zero[8]; };
struct buffer { _Alignas(8) char bytes[512]; unsigned length; };

static int option(int s, int level, int name)
{
    int value = -1, length = sizeof value;
    return checked6(SYS_getsockopt, s, level, name, (long)&value, (long)&length, 0) < 0 ? -1 : value;
}

static int set(int s, int level, int name, int value)
{
    return (int)checked6(SYS_setsockopt, s, level, name, (long)&value, sizeof value, 0);
}

static long send_byte(int s, void *control, unsigned length)
{
    char byte = 'x';
    struct iovec part = {&byte, 1};
    struct msghdr message = {.parts = &part, .count = 1, .control = control, .control_length = length};
    return checked(SYS_sendmsg, s, (long)&message, 0, 0);
}

static struct buffer receive(int s)
{
    struct buffer buffer;
    char byte;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.parts = &part, .count = 1, .control = buffer.bytes, .control_length = sizeof buffer.bytes};
    CHECK_EQUAL(checked(SYS_recvmsg, s, (long)&message, 0, 0), 1);
    buffer.length = message.control_length;
    return buffer;
}

static void credentials(void)
{
    int pair[2];
    CHECK_EQUAL(checked(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, (long)pair), 0);
    struct { unsigned version, user; short count; unsigned groups[16]; long pid; } peer;
    int length = sizeof peer;
    CHECK_EQUAL(checked6(SYS_getsockopt, pair[0], 0, LOCAL_PEERCRED, (long)&peer, (long)&length, 0), 0);
    CHECK_EQUAL(length, 88);
    CHECK_EQUAL(((int *)&peer)[20], getpid());
    // Once on a connection.
    CHECK_EQUAL(set(pair[1], 0, LOCAL_CREDS, 1), 0);
    CHECK_EQUAL(send_byte(pair[0], 0, 0), 1);
    struct buffer got = receive(pair[1]);
    CHECK(((struct cmsghdr *)got.bytes)->type == SCM_CREDS && ((int *)(got.bytes + 16))[4] >= 1);
    CHECK_EQUAL(option(pair[1], 0, LOCAL_CREDS), 0);
    CHECK_EQUAL(send_byte(pair[0], 0, 0), 1);
    CHECK_EQUAL(receive(pair[1]).length, 0);
    // With each message, and with the process.
    CHECK_EQUAL(set(pair[1], 0, LOCAL_CREDS, 1), 0);
    CHECK_EQUAL(set(pair[1], 0, LOCAL_CREDS_PERSISTENT, 1), 0);
    CHECK_EQUAL(option(pair[1], 0, LOCAL_CREDS), 0);
    for (int turn = 0; turn < 2; turn++)
    {
        CHECK_EQUAL(send_byte(pair[0], 0, 0), 1);
        got = receive(pair[1]);
        CHECK(((struct cmsghdr *)got.bytes)->type == SCM_CREDS2 && ((int *)(got.bytes + 16))[0] == 0 && ((int *)(got.bytes + 16))[1] == getpid());
    }
    CHECK_EQUAL(set(pair[1], 0, LOCAL_CREDS_PERSISTENT, 0), 0);
    // The time, made by the kernel.
    struct cmsghdr stamp = {16, SOL_SOCKET, SCM_REALTIME};
    CHECK_EQUAL(send_byte(pair[0], &stamp, 16), 1);
    got = receive(pair[1]);
    struct timespec now, *sent = (struct timespec *)(got.bytes + 16);
    checked(232, 0, (long)&now, 0, 0);
    CHECK(got.length == 32 && sent->tv_sec == now.tv_sec && sent->tv_nsec < now.tv_nsec);
    // One may read and write; the type alone when neither is left.
    char stat[224];
    CHECK_EQUAL(checked(SYS_fstat, pair[0], (long)stat, 0, 0), 0);
    CHECK_EQUAL(*(unsigned short *)(stat + 24), 0140666);
    CHECK_EQUAL(checked(SYS_shutdown, pair[0], 2, 0, 0), 0);
    CHECK_EQUAL(checked(SYS_fstat, pair[0], (long)stat, 0, 0), 0);
    CHECK_EQUAL(*(unsigned short *)(stat + 24), 0140000);
    close(pair[0]);
    close(pair[1]);
}

static void internet(void)
{
    int s = (int)checked(SYS_socket, AF_INET, SOCK_DGRAM, 0, 0);
    EXPECT_ERROR(set(s, 0, IP_PORTRANGE, 3), EINVAL);
    CHECK_EQUAL(set(s, 0, IP_PORTRANGE, 1), 0);
    struct address name = {sizeof name, AF_INET, 0, 0x0100007f, ""};
    int length = sizeof name;
    CHECK_EQUAL(checked(SYS_bind, s, (long)&name, sizeof name, 0), 0);
    CHECK_EQUAL(checked(SYS_getsockname, s, (long)&name, (long)&length, 0), 0);
    CHECK((unsigned short)(name.port << 8 | name.port >> 8) >= 49152);
    int low = (int)checked(SYS_socket, AF_INET, SOCK_DGRAM, 0, 0);
    CHECK_EQUAL(set(low, 0, IP_PORTRANGE, 2), 0);
    struct address any = {sizeof any, AF_INET, 0, 0, ""};
    EXPECT_ERROR((int)checked(SYS_bind, low, (long)&any, sizeof any, 0), EACCES);
    // What a datagram brings along.
    CHECK_EQUAL(set(s, 0, IP_RECVTTL, 1) | set(s, 0, IP_RECVDSTADDR, 1) | set(s, SOL_SOCKET, SO_TIMESTAMP, 1), 0);
    int from = (int)checked(SYS_socket, AF_INET, SOCK_DGRAM, 0, 0);
    CHECK_EQUAL(set(from, 0, IP_TTL, 9), 0);
    EXPECT_ERROR(set(from, 0, IP_TTL, 256), EINVAL);
    CHECK_EQUAL(checked6(SYS_sendto, from, (long)"y", 1, 0, (long)&name, sizeof name), 1);
    struct buffer got = receive(s);
    struct cmsghdr *time = (struct cmsghdr *)got.bytes, *host = (struct cmsghdr *)(got.bytes + 32), *ttl = (struct cmsghdr *)(got.bytes + 56);
    CHECK(time->type == SCM_TIMESTAMP && host->type == IP_RECVDSTADDR && *(unsigned *)(got.bytes + 48) == 0x0100007f);
    CHECK(ttl->type == IP_RECVTTL && ttl->level == 0 && got.bytes[72] == 9);
    EXPECT_ERROR(set(s, SOL_SOCKET, SO_TS_CLOCK, 4), EINVAL);
    EXPECT_ERROR(set(s, SOL_SOCKET, SO_SETFIB, 1), EINVAL);
    CHECK_EQUAL(checked(SYS_setfib, 0, 0, 0, 0), 0);
    EXPECT_ERROR((int)checked(SYS_setfib, 1, 0, 0, 0), EINVAL);
    int stream = (int)checked(SYS_socket, AF_INET, SOCK_STREAM, 0, 0);
    CHECK_EQUAL(set(stream, IPPROTO_TCP, TCP_NODELAY, 1), 0);
    CHECK_EQUAL(option(stream, IPPROTO_TCP, TCP_NODELAY), 4);
}

// More pairs than there may be sockets, each in flight through itself.
static void unreachable(void)
{
    for (int count = 0; count < 5000; count++)
    {
        int pair[2];
        if (checked(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, (long)pair) != 0)
            failed("socketpair", __FILE__, count);
        struct { struct cmsghdr head; int pad, files[2]; } control = {{24, SOL_SOCKET, SCM_RIGHTS}, 0, {pair[0], pair[1]}};
        CHECK_EQUAL(send_byte(pair[0], &control, 24), 1);
        close(pair[0]);
        close(pair[1]);
    }
    // What somebody can still receive is kept.
    int outer[2], inner[2];
    CHECK_EQUAL(checked(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, (long)outer), 0);
    CHECK_EQUAL(checked(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, (long)inner), 0);
    struct { struct cmsghdr head; int pad, files[2]; } control = {{24, SOL_SOCKET, SCM_RIGHTS}, 0, {inner[0], inner[1]}};
    CHECK_EQUAL(send_byte(outer[0], &control, 24), 1);
    close(inner[0]);
    close(inner[1]);
    sleep_for(1000000);
    struct buffer got = receive(outer[1]);
    int *files = (int *)(got.bytes + 16);
    CHECK_EQUAL(write(files[0], "z", 1), 1);
    char byte;
    CHECK_EQUAL(read(files[1], &byte, 1), 1);
}

int main(void)
{
    credentials();
    internet();
    unreachable();
    return 0;
}
