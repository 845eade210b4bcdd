/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-store.c: definitions that anybody may have left half written.  What
 * is taken can be shown in a document, and written anew with nothing lost.
 */
#include <string.h>

#include "ap-device-priv.h"
#include "ap-store-format.h"
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

static gboolean
same_texts(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len)
        return FALSE;
    for (guint i = 0; i < a->len; i++) {
        if (!g_str_equal(a->pdata[i], b->pdata[i]))
            return FALSE;
    }
    return TRUE;
}

/* What is written is what was read, as are other programs' members. */
static void
check_written(const ApDevice *device, const char *data, gsize size)
{
    g_autoptr(GPtrArray) others = ap_store_find_others(data, size, NULL);
    g_autoptr(GPtrArray) again = NULL;
    g_autoptr(ApDevice) copy = NULL;
    g_autofree char *text = NULL;
    g_autofree char *second = NULL;

    if (!others)
        return;
    text = ap_store_format(device, others);
    copy = ap_store_parse(UUID, text, strlen(text), NULL);
    again = ap_store_find_others(text, strlen(text), NULL);
    FUZZ_CHECK(copy && again && same_texts(others, again));
    second = ap_store_format(copy, again);
    FUZZ_CHECK(g_str_equal(text, second));
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
    if (device)
        check_written(device, (const char *)data, size);
    return 0;
}
