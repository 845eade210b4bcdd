/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-range.c: lists of numbers.  What is accepted is not empty, is the same
 * set when it is printed and read again, and is counted right; what is refused
 * leaves the set alone and has a message.
 */
#include <glib.h>

#include <libvirt-ap/ap-error.h>

#include "ap-range.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GError) error = NULL;
    g_autofree char *printed = NULL;
    struct apc_mask ids = { { 7 } };
    struct apc_mask again;

    if (!ap_range_parse("x", text, &ids, &error)) {
        FUZZ_CHECK(g_error_matches(error, AP_ERROR, AP_ERROR_UNSUPPORTED));
        FUZZ_CHECK(ids.word[0] == 7 && !ids.word[1]);
        return 0;
    }
    FUZZ_CHECK(!error && !apc_mask_empty(&ids));
    printed = ap_range_format(&ids);
    FUZZ_CHECK(ap_range_parse("x", printed, &again, NULL));
    FUZZ_CHECK(apc_mask_equal(&ids, &again));
    return 0;
}
