/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-hook-args.h: what libvirt calls a hook of its qemu driver with
 * (https://libvirt.org/hooks.html): the name of a guest, an operation, begin or end of
 * it, and more that does not matter here.  Plain C without a library: the program that
 * is run for every guest uses it, too.  Pure.
 */
#pragma once

typedef enum {
    AP_HOOK_PREPARE,   /* before libvirt looks at any device */
    AP_HOOK_START,     /* right before QEMU is run */
    AP_HOOK_STARTED,   /* QEMU runs */
    AP_HOOK_STOPPED,   /* QEMU has ended */
    AP_HOOK_RELEASE,   /* and nothing of libvirt's is left */
    AP_HOOK_RECONNECT, /* a daemon has started and found it running */
    AP_HOOK_MIGRATE,   /* it is about to come from elsewhere */
    AP_HOOK_RESTORE,   /* or from a file */
    AP_HOOK_OTHER      /* none of our business */
} ApHookPhase;

/* The phase that the @n_args words of the command line stand for, the name of the
 * program first. */
ApHookPhase
ap_hook_parse_args(int n_args, char *const *args);

/* Whether a failure of the hook in @phase is to reach libvirt: it lets a guest not start
 * then.  In any other phase it would harm one that runs, or change nothing. */
int
ap_hook_may_fail(ApHookPhase phase);
