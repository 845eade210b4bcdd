/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io-fault: an I/O instruction with an operand on a page that isn't there is a
 * program interruption like any other, with the address of that page.
 */
    .globl _start
_start:
    larl %r1,segments           /* one segment, at its own address */
    larl %r2,pages
    stg %r2,0(%r1)
    lghi %r3,0x20
    lhi %r5,511
0:
    la %r1,8(%r1)
    stg %r3,0(%r1)
    brct %r5,0b
    lghi %r3,0
    lhi %r5,256
1:
    stg %r3,0(%r2)
    la %r2,8(%r2)
    aghi %r3,4096
    brct %r5,1b
    larl %r1,asce
    lctlg %c1,%c1,0(%r1)
    larl %r1,interrupted
    mvc 0x1d0(16),0(%r1)        /* the new PSW of program interruptions */
    larl %r1,translating
    lpswe 0(%r1)
store:
    llilh %r1,1
    llilh %r2,0x20
    .insn s,0xb2340000,0(%r2)   /* STSCH of subchannel 0 */
fail:
    larl %r1,bad
    lpswe 0(%r1)
handler:
    clhhsi 0x8e,0x10            /* a segment that isn't there */
    jne fail
    lg %r1,0xa8
    srlg %r1,%r1,12
    clgfi %r1,0x200
    jne fail
    larl %r1,good
    lpswe 0(%r1)

    .balign 8
good:
    .quad 0x0002000180000000,0xfff
bad:
    .quad 0x0002000180000000,0
translating:
    .quad 0x0400000180000000,store
interrupted:
    .quad 0x0000000180000000,handler
asce:
    .quad segments

    .balign 4096
segments:
    .skip 4096
pages:
    .skip 2048
