/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-hook-args.c: command lines of the hook, one word in a line.  Only the words of
 * libvirt, in their places, are a phase.
 */
#include <glib.h>

#include "ap-hook-args.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) words = g_strsplit(text, "\n", -1);
    int n_words = (int)g_strv_length(words);
    ApHookPhase phase = ap_hook_parse_args(n_words, words);

    FUZZ_CHECK(phase <= AP_HOOK_OTHER);
    if (phase == AP_HOOK_OTHER) {
        FUZZ_CHECK(!ap_hook_may_fail(phase));
        return 0;
    }
    FUZZ_CHECK(n_words > 3);
    FUZZ_CHECK(g_str_equal(words[3], phase == AP_HOOK_STOPPED || phase == AP_HOOK_RELEASE
                                         ? "end"
                                         : "begin"));
    FUZZ_CHECK(!ap_hook_may_fail(phase) || g_str_equal(words[2], "prepare") ||
               g_str_equal(words[2], "start"));
    /* The name of the guest and what comes behind mean nothing. */
    *words[1] = 'x';
    FUZZ_CHECK(ap_hook_parse_args(4, words) == phase);
    return 0;
}
