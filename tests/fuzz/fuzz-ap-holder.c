/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-holder.c: records of guests.  What is read is printable, and the same when it
 * is written and read again.
 */
#include <string.h>

#include "ap-holder.h"
#include "ap-text.h"
#include "fuzz.h"

#define MATRIX "62177883-f1bb-47f0-914d-32a22e3a8804"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(ApHolder) holder = { 0 };
    g_auto(ApHolder) again = { 0 };
    g_autofree char *text = NULL;

    if (!ap_holder_parse(MATRIX, (const char *)data, size, &holder))
        return 0;
    FUZZ_CHECK(ap_text_is_printable(holder.guest));
    FUZZ_CHECK(ap_uuid_is_canonical(holder.guest_uuid));
    FUZZ_CHECK(holder.state < AP_HOLDER_LAST);
    text = ap_holder_format(&holder);
    FUZZ_CHECK(ap_holder_parse(MATRIX, text, strlen(text), &again));
    FUZZ_CHECK(g_str_equal(holder.guest, again.guest));
    FUZZ_CHECK(g_str_equal(holder.guest_uuid, again.guest_uuid));
    FUZZ_CHECK(holder.state == again.state && holder.made == again.made);
    FUZZ_CHECK(holder.since == again.since && holder.service == again.service);
    FUZZ_CHECK(holder.service_started == again.service_started);
    return 0;
}
