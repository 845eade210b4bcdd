/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gisa-alert: queues make interrupts pending in guest interruption state areas
 * and put these in the list of alerts, while the other CPU changes the same
 * doublewords and takes the list away.  Nothing that either of them did may get lost.
 *
 * The first CPU has the cards answer requests.  The second one counts in bytes 5
 * and 6 of each area, as Linux changes them by compare and swap, and for each area
 * of the list clears its pending interrupts and has it alert again.
 */
    .set REQUESTS, 100000
    .set QUEUES, 3
    .set FIRST_QUEUE, 0x0100
    .set AREA_BYTES, 32

    .globl _start
_start:
    larl %r1,bad_psw
    mvc 0x1d0(16),0(%r1)        /* program interruptions */
    larl %r1,second_psw
    mvc 0x1a0(16),0(%r1)        /* restart */
    larl %r1,chsc_block
    larl %r2,information
    st %r2,20(%r1)
    .insn rre,0xb25f0000,%r1,%r0
    jnz fail
    clhhsi 0x22(%r1),1
    jne fail

    /* Each area is in no list, and alerts for every interrupt. */
    larl %r6,areas
    lghi %r7,FIRST_QUEUE
    lghi %r8,QUEUES
prepare:
    st %r6,0(%r6)
    mvhi 4(%r6),0xff
    llilf %r0,0x03000000        /* AQIC */
    ogr %r0,%r7
    llihl %r1,0x8000            /* on */
    ogr %r1,%r6
    larl %r2,indicator
    .insn rre,0xb2af0000,%r0,%r0
    jnz fail
    aghi %r6,AREA_BYTES
    aghi %r7,1
    brct %r8,prepare

    lghi %r3,1
    lghi %r1,0
start_second:
    sigp %r1,%r3,6              /* restart */
    jo fail
    jnz start_second

    lgfi %r9,REQUESTS
    lghi %r7,0
request:
    aghi %r7,1
    chi %r7,QUEUES
    jl 0f
    lghi %r7,0
0:
    llilf %r0,0x40000000 + FIRST_QUEUE
    ogr %r0,%r7
    larl %r4,message
    lghi %r5,64
    .insn rre,0xb2ad0000,%r2,%r4
    jnz fail
    llilf %r0,0x80000000 + FIRST_QUEUE
    ogr %r0,%r7
    larl %r4,reply
    lghi %r5,4096
    .insn rre,0xb2ae0000,%r2,%r4
    jnz fail
    brctg %r9,request

    larl %r1,first_is_done
    mvhi 0(%r1),1
    larl %r1,second_is_done
1:
    lt %r2,0(%r1)
    jz 1b

    larl %r6,areas
    lghi %r8,QUEUES
    larl %r1,counted
    llgh %r2,2(%r1)
check:
    c %r6,0(%r6)                /* in no list */
    jne fail
    cli 4(%r6),0                /* nothing pending */
    jne fail
    llgc %r3,5(%r6)
    sll %r3,8
    ic %r3,6(%r6)
    cr %r3,%r2
    jne fail
    cli 7(%r6),0xff             /* alerts again */
    jne fail
    aghi %r6,AREA_BYTES
    brct %r8,check
    larl %r1,alerts
    lt %r2,0(%r1)
    jz fail
    larl %r1,good_psw
    j end
fail:
    larl %r1,bad_psw
end:
    lghi %r3,1
7:
    sigp %r2,%r3,5              /* stop: the machine ends with its last CPU */
    jnz 7b
    lpswe 0(%r1)

second:
    lghi %r10,0                 /* rounds */
    lghi %r11,0                 /* alerts */
again:
    larl %r1,first_is_done
    l %r9,0(%r1)
    ahi %r10,1
    larl %r6,areas
    lghi %r8,QUEUES
count:
    lg %r2,0(%r6)
2:
    lgr %r3,%r2
    llilf %r4,0x00ffff00
    lghi %r5,0x100
    agr %r5,%r2
    ngr %r5,%r4                 /* the count, one more */
    xilf %r4,0xffffffff
    oihf %r4,0xffffffff
    ngr %r3,%r4                 /* the rest */
    ogr %r3,%r5
    csg %r2,%r3,0(%r6)
    jne 2b
    aghi %r6,AREA_BYTES
    brct %r8,count

    larl %r1,information
    lghi %r3,0
    l %r2,0(%r1)
3:
    cs %r2,%r3,0(%r1)
    jne 3b
    llgfr %r6,%r2
    lghi %r12,QUEUES
listed:
    cghi %r6,0
    je 5f
    ahi %r11,1
    ahi %r12,-1
    jm broken
    llgf %r7,0(%r6)
    st %r6,0(%r6)
    lg %r2,0(%r6)
4:
    lgr %r3,%r2
    nilf %r3,0x00ffffff         /* nothing pending */
    oill %r3,0xff
    csg %r2,%r3,0(%r6)
    jne 4b
    lgr %r6,%r7
    j listed
5:
    chi %r9,0
    je again
    j tell
broken:
    lghi %r11,0                 /* a list without an end: no alerts is a failure */
tell:
    larl %r1,counted
    st %r10,0(%r1)
    larl %r1,alerts
    st %r11,0(%r1)
    larl %r1,second_is_done
    mvhi 0(%r1),1
6:
    j 6b

    .balign 8
good_psw:
    .quad 0x0002000180000000,0xfff
bad_psw:
    .quad 0x0002000180000000,0
second_psw:
    .quad 0x0000000180000000,second

    .balign 4096                /* what is written, apart from the code */
first_is_done:
    .long 0
second_is_done:
    .long 0
counted:
    .long 0
alerts:
    .long 0
indicator:
    .long 0

    .balign 4096
chsc_block:
    .short 0x0020,0x0021        /* set guest information block */
    .skip 4092
    .balign 256
information:
    .skip 32
    .balign 256
areas:
    .skip QUEUES * AREA_BYTES
    .balign 256
message:
    .skip 256
    .balign 4096
reply:
    .skip 4096
