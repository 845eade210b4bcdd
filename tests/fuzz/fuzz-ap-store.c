/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-store.c: definitions that anybody may have left half written.  What
 * is taken can be shown in a document.
 */
#include <string.h>

#include "ap-device-priv.h"
#include "ap-store.h"
#include "fuzz.h"

#define UUID "62177883-f1bb-47f0-914d-32a22e3a8804"

static void
check_text(const char *text)
{
    FUZZ_CHECK(g_utf8_validate(text, -1, NULL));
    for (; *text; text = g_utf8_next_char(text))
        FUZZ_CHECK(!g_unichar_iscntrl(g_utf8_get_char(text)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) device = ap_store_parse(UUID, (const char *)data, size, &error);

    FUZZ_CHECK((device == NULL) == (error != NULL));
    if (error)
        FUZZ_CHECK(error->code == AP_ERROR_UNSUPPORTED &&
                   g_utf8_validate(error->message, -1, NULL));
    for (guint i = 0; device && i < device->attrs->len; i++) {
        const ApAttr *attr = device->attrs->pdata[i];

        check_text(attr->name);
        check_text(attr->value);
    }
    return 0;
}
