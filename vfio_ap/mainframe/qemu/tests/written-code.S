/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * written-code: code that has run is overwritten by an MVC whose first bytes
 * are none of it.  What runs then has to be the new code.
 */
    .globl _start
_start:
    larl %r1,code
    basr %r5,%r1                /* from now on there is a translation */
    chi %r3,1
    jne fail
    larl %r2,target
    larl %r4,other
    mvc 0(64,%r2),0(%r4)
    basr %r5,%r1
    chi %r3,2
    jne fail
    larl %r1,good
    lpswe 0(%r1)
fail:
    larl %r1,bad
    lpswe 0(%r1)

    .balign 8
good:
    .quad 0x0002000180000000,0xfff
bad:
    .quad 0x0002000180000000,0

    .balign 4096
target:
    .skip 32
code:
    lhi %r3,1
    br %r5
    .balign 64
other:
    .skip 32
    lhi %r3,2
    br %r5
    .balign 4096
