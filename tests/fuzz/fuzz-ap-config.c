/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-config.c: configuration files.  What is accepted is a key file to GLib,
 * too, which finds the same values in it; printed and read again it is the same.
 */
#include <string.h>

#include <glib.h>

#include "ap-config.h"
#include "fuzz.h"

/* Each value that was set is the one that GLib sees. */
static void
check_with_glib(const char *text, gsize size, const ApConfig *config)
{
    g_autoptr(GKeyFile) theirs = g_key_file_new();
    g_autoptr(GKeyFile) ours = g_key_file_new();
    g_autofree char *printed = ap_config_format(config);
    g_auto(GStrv) groups = NULL;

    FUZZ_CHECK(g_key_file_load_from_data(ours, printed, strlen(printed), 0, NULL));
    FUZZ_CHECK(g_key_file_load_from_data(theirs, text, size, 0, NULL));
    groups = g_key_file_get_groups(theirs, NULL);
    for (gsize i = 0; groups[i]; i++) {
        g_auto(GStrv) names = g_key_file_get_keys(theirs, groups[i], NULL, NULL);

        for (gsize j = 0; names[j]; j++) {
            g_autofree char *their =
                g_key_file_get_value(theirs, groups[i], names[j], NULL);
            g_autofree char *our = g_key_file_get_value(ours, groups[i], names[j], NULL);

            /* GLib keeps white space at the end of a value. */
            g_strchomp(their);
            FUZZ_CHECK(our);
            FUZZ_CHECK(g_str_equal(names[j], "methods") ||
                       g_str_equal(names[j], "deadline") || g_str_equal(our, their));
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *printed = NULL;
    ApConfig config, again;

    if (!ap_config_parse("x", (const char *)data, size, &config, &error)) {
        FUZZ_CHECK(g_error_matches(error, AP_ERROR, AP_ERROR_CONFIG));
        FUZZ_CHECK(g_str_has_prefix(error->message, "'x', line "));
        return 0;
    }
    FUZZ_CHECK(!error);
    check_with_glib((const char *)data, size, &config);
    printed = ap_config_format(&config);
    FUZZ_CHECK(ap_config_parse("x", printed, strlen(printed), &again, NULL));
    FUZZ_CHECK(memcmp(&config, &again, sizeof(config)) == 0);
    return 0;
}
