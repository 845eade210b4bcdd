/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-name.c: names from clients, from sysfs and from udev.  Whatever is
 * taken for a name of ours is exactly what we would print.
 */
#include <string.h>

#include "ap-monitor.h"
#include "fuzz.h"

static void
check_name(const char *text)
{
    g_autofree char *again = NULL;
    ApName name;

    if (!ap_name_parse(text, &name))
        return;
    again = ap_name_format(&name);
    FUZZ_CHECK(g_str_equal(again, text));
}

static void
check_uuid(const char *text)
{
    char uuid[AP_UUID_SIZE];

    if (!ap_uuid_canonicalise(text, uuid))
        return;
    FUZZ_CHECK(ap_uuid_is_canonical(uuid));
    FUZZ_CHECK(g_ascii_strcasecmp(text, uuid) == 0);
}

static void
check_event(const char *text)
{
    static const char *const subsystems[] = { "ap", "matrix", "mdev" };
    ApEvent event;

    for (gsize i = 0; i < G_N_ELEMENTS(subsystems); i++) {
        g_autofree char *name = NULL;

        if (!ap_event_parse("add", subsystems[i], text, &event))
            continue;
        name = ap_name_format(&event.device);
        FUZZ_CHECK(ap_name_parse(name, NULL));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The seeds are text files: a newline at the end is not part of the name. */
    gsize len = size > 0 && data[size - 1] == '\n' ? size - 1 : size;
    g_autofree char *text = g_strndup((const char *)data, len);

    check_name(text);
    check_uuid(text);
    check_event(text);
    return 0;
}
