/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-hook-args.c: the words of libvirt.
 */
#include <string.h>

#include "ap-hook-args.h"

/* The program, the guest, the operation, what of it, and more. */
#define WORD_OPERATION 2
#define WORD_PART      3

static const struct {
    const char *operation;
    const char *part;
} phases[AP_HOOK_OTHER] = {
    [AP_HOOK_PREPARE] = { "prepare", "begin" },
    [AP_HOOK_START] = { "start", "begin" },
    [AP_HOOK_STARTED] = { "started", "begin" },
    [AP_HOOK_STOPPED] = { "stopped", "end" },
    [AP_HOOK_RELEASE] = { "release", "end" },
    [AP_HOOK_RECONNECT] = { "reconnect", "begin" },
    [AP_HOOK_MIGRATE] = { "migrate", "begin" },
    [AP_HOOK_RESTORE] = { "restore", "begin" },
};

ApHookPhase
ap_hook_parse_args(int n_args, char *const *args)
{
    int phase = 0;

    if (n_args <= WORD_PART)
        return AP_HOOK_OTHER;
    while (phase < AP_HOOK_OTHER &&
           (strcmp(phases[phase].operation, args[WORD_OPERATION]) != 0 ||
            strcmp(phases[phase].part, args[WORD_PART]) != 0))
        phase++;
    return (ApHookPhase)phase;
}

int
ap_hook_may_fail(ApHookPhase phase)
{
    return phase == AP_HOOK_PREPARE || phase == AP_HOOK_START;
}
