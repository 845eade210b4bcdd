/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-hook-args.c: the words that libvirt calls a hook with.
 */
#include <glib.h>

#include "ap-hook-args.h"

static const struct {
    const char *line;
    ApHookPhase phase;
    gboolean may_fail;
} cases[] = {
    { "hook g1 prepare begin -", AP_HOOK_PREPARE, TRUE },
    { "hook g1 start begin -", AP_HOOK_START, TRUE },
    { "hook g1 started begin -", AP_HOOK_STARTED, FALSE },
    { "hook g1 stopped end -", AP_HOOK_STOPPED, FALSE },
    { "hook g1 release end destroyed", AP_HOOK_RELEASE, FALSE },
    { "hook g1 reconnect begin -", AP_HOOK_RECONNECT, FALSE },
    { "hook g1 migrate begin -", AP_HOOK_MIGRATE, FALSE },
    { "hook g1 restore begin -", AP_HOOK_RESTORE, FALSE },
    { "hook prepare start begin", AP_HOOK_START, TRUE },
    /* Words that are none, or in the wrong place. */
    { "hook g1 attach begin -", AP_HOOK_OTHER, FALSE },
    { "hook g1 prepare end -", AP_HOOK_OTHER, FALSE },
    { "hook g1 release begin -", AP_HOOK_OTHER, FALSE },
    { "hook prepare begin", AP_HOOK_OTHER, FALSE },
    { "hook g1 PREPARE begin -", AP_HOOK_OTHER, FALSE },
    { "hook g1", AP_HOOK_OTHER, FALSE },
    { "hook", AP_HOOK_OTHER, FALSE },
    { "", AP_HOOK_OTHER, FALSE },
};

static void
test_args(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(GStrv) args = g_strsplit(cases[i].line, " ", -1);
        ApHookPhase phase = ap_hook_parse_args((int)g_strv_length(args), args);

        g_test_message("%s", cases[i].line);
        g_assert_cmpint(phase, ==, cases[i].phase);
        g_assert_cmpint(ap_hook_may_fail(phase), ==, cases[i].may_fail);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hook-args/words_known", test_args);
    return g_test_run();
}
