/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-hook-scan.c: whether a guest is any of the hook's business.
 */
#include <string.h>

#include <glib.h>

#include "ap-hook-scan.h"

#define GUEST "0a5c0e2c-30d5-4a3e-8f0e-3b7a64d1a001"

static const struct {
    const char *xml;
    gboolean mentions;
    gssize uuid; /* where it is; -1: nowhere */
} cases[] = {
    { "", FALSE, -1 },
    { "<domain><uuid>" GUEST "</uuid></domain>", FALSE, 14 },
    { "<domain><hostdev model='vfio-ap'/></domain>", TRUE, -1 },
    { "<domain><hostdev model='vfio-ccw'/></domain>", FALSE, -1 },
    { "vfio-ap", TRUE, -1 },
    { "vfio-a", FALSE, -1 },
    { "vfio-vfio-ap", TRUE, -1 },
    { "<uuid>" GUEST, FALSE, 6 },
    { "<uuid>0a5c0e2c", FALSE, -1 },
    { "<uuid>" GUEST "</uuid><uuid>", FALSE, 6 },
};

static void
test_scan(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        gsize len = strlen(cases[i].xml);
        /* Nothing behind it may be read. */
        g_autofree char *xml = g_memdup2(cases[i].xml, len);
        const char *uuid = ap_hook_find_uuid(xml, len);

        g_test_message("%s", cases[i].xml);
        g_assert_cmpint(ap_hook_mentions_matrix(xml, len), ==, cases[i].mentions);
        g_assert_cmpint(uuid ? uuid - xml : -1, ==, cases[i].uuid);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hook-scan/words_found", test_scan);
    return g_test_run();
}
