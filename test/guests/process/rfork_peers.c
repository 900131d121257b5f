// rfork_peers.c: a process takes along, when it exits, those that it made by RFTHREAD, and they go first.
#include "process.h"

enum { RFFDG = 1 << 2, RFPROC = 1 << 4, RFTHREAD = 1 << 13 };

int main(void)
{
    struct gate gate = make_gate();
    become_reaper();
    int leader = fork();
    if (leader == 0)
    {
        int peer = (int)call4(SYS_rfork, RFFDG | RFPROC | RFTHREAD, 0, 0, 0);
        if (peer == 0)
            sleep_for_ever();
        tell(gate, peer);
        return 0;
    }
    int peer = hear(gate);
    EXPECT_EXIT(leader, 0);
    EXPECT_KILLED(peer, SIGKILL);
    expect_no_more_children();
    return 0;
}
