/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-matrix.c: what sysfs shows of a matrix, and what is asked for in
 * attributes.  What is understood survives being printed and read again, and
 * never has ids above the limits.
 */
#include <string.h>

#include "ap-device-priv.h"
#include "ap-matrix.h"
#include "fuzz.h"

static void
check_config_round_trip(const ApMatrix *matrix)
{
    char text[AP_MATRIX_CONFIG_SIZE];
    ApMatrix again;

    ap_matrix_format_config(matrix, text);
    FUZZ_CHECK(ap_matrix_parse_config(&again, text));
    FUZZ_CHECK(ap_matrix_equal(matrix, &again));
}

static void
check_files(const char *text)
{
    ApMatrix matrix;

    memset(&matrix, 0, sizeof(matrix));
    if (ap_matrix_parse_config(&matrix, text))
        check_config_round_trip(&matrix);
    memset(&matrix, 0, sizeof(matrix));
    if (ap_matrix_parse_queues(&matrix, text) ||
        ap_matrix_parse_control_domains(&matrix, text))
        check_config_round_trip(&matrix);
}

/* The input as "name=value" lines. */
static void
check_attrs(const char *text)
{
    static const ApLimits limits = { .max_adapter = 63, .max_domain = 84 };
    g_auto(GStrv) lines = g_strsplit(text, "\n", 300);
    ApMatrix matrix = { 0 };

    for (guint i = 0; lines[i]; i++) {
        g_autoptr(GError) error = NULL;
        ApMatrix before = matrix;
        char *value = strchr(lines[i], '=');

        if (!value)
            continue;
        *value++ = '\0';
        if (ap_matrix_apply(&matrix, &limits, lines[i], value, &error))
            continue;
        FUZZ_CHECK(error && error->code == AP_ERROR_UNSUPPORTED);
        FUZZ_CHECK(ap_matrix_equal(&matrix, &before));
    }
    FUZZ_CHECK(apc_mask_next(&matrix.adapters, limits.max_adapter + 1) == APC_IDS);
    FUZZ_CHECK(apc_mask_next(&matrix.domains, limits.max_domain + 1) == APC_IDS);
    FUZZ_CHECK(apc_mask_next(&matrix.control_domains, limits.max_domain + 1) == APC_IDS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);

    check_files(text);
    check_attrs(text);
    return 0;
}
