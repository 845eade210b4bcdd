/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-rules.c: the udev rules with masks and with overrides.  What is read of them
 * is what is read again after we have written it, and of the masks' file whatever is not
 * about them stays.
 */
#include <string.h>

#include <glib.h>

#include "ap-override.h"
#include "ap-rules.h"
#include "fuzz.h"

static void
check_overrides(const char *text)
{
    g_autofree ApRows *rows = g_new0(ApRows, 1);
    g_autofree ApRows *again = g_new0(ApRows, 1);
    g_autofree char *printed = NULL;

    if (!ap_override_parse(text, rows))
        return;
    printed = ap_override_format(rows);
    FUZZ_CHECK(ap_override_parse(printed, again));
    FUZZ_CHECK(memcmp(rows, again, sizeof(*rows)) == 0);
}

static void
check_masks(const char *text)
{
    g_autofree char *edited = NULL;
    g_autofree char *twice = NULL;
    ApRules rules, again;

    if (!ap_rules_parse(text, &rules))
        return;
    edited = ap_rules_edit(text, &rules);
    FUZZ_CHECK(ap_rules_parse(edited, &again));
    FUZZ_CHECK(rules.has_adapters == again.has_adapters);
    FUZZ_CHECK(rules.has_domains == again.has_domains);
    FUZZ_CHECK(ap_matrix_equal(&rules.pool, &again.pool));
    twice = ap_rules_edit(edited, &rules);
    FUZZ_CHECK(g_str_equal(edited, twice));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);

    check_overrides(text);
    check_masks(text);
    return 0;
}
