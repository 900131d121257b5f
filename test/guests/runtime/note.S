// note.S: FreeBSD's ABI note. It tells the kernel, and lldb, that this is a FreeBSD program and which release it was built for.
        .section .note.tag, "a", @note
        .balign 4
        .long   8               // size of the name
        .long   4               // size of the description
        .long   1               // NT_FREEBSD_ABI_TAG
        .asciz  "FreeBSD"
        .long   1300139         // __FreeBSD_version of 13.0-RELEASE
        .section .note.GNU-stack, "", @progbits
