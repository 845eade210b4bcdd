/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-attr-check.c: which <attr> an AP matrix has, and what their values may be.
 *
 * The values go to the kernel as they are written, by us and by mdevctl, and are
 * read as numbers by other clients.  So only spellings are taken that all of
 * them read alike: 010 is eight to the kernel and ten to a person, and is refused.
 */
#include <string.h>

#include <libvirt-ap/ap-error.h>

#include "ap-attr-check.h"
#include "ap-i18n.h"
#include "ap-range.h"

#define MASK_DIGITS_MAX 64
#define MASKS_IN_CONFIG 3

/* What a value has to be, for the refusal of one that is not. */
#define EXPECTED_ADAPTER                                                                 \
    N_("an adapter from 0 to 255 (0xff), in decimal or with 0x in hexadecimal")
#define EXPECTED_DOMAIN                                                                  \
    N_("a domain from 0 to 255 (0xff), in decimal or with 0x in hexadecimal")
#define EXPECTED_CONFIG N_("three masks in hexadecimal, separated by commas")

static gboolean
is_id(const char *value)
{
    guint id;

    return ap_range_parse_id(value, strlen(value), &id);
}

static gboolean
is_config(const char *value)
{
    for (guint i = 0; i < MASKS_IN_CONFIG; i++) {
        const char *digits = g_str_has_prefix(value, "0x") ? value + 2 : value;
        gsize length = strspn(digits, "0123456789abcdefABCDEF");

        if (length < 1 || length > MASK_DIGITS_MAX)
            return FALSE;
        value = digits + length;
        if (*value != (i == MASKS_IN_CONFIG - 1 ? '\0' : ','))
            return FALSE;
        value++;
    }
    return TRUE;
}

static const struct {
    const char *name;
    gboolean (*is_valid)(const char *value);
    const char *expected;
} known_attrs[] = {
    { "assign_adapter", is_id, EXPECTED_ADAPTER },
    { "assign_domain", is_id, EXPECTED_DOMAIN },
    { "assign_control_domain", is_id, EXPECTED_DOMAIN },
    { "unassign_adapter", is_id, EXPECTED_ADAPTER },
    { "unassign_domain", is_id, EXPECTED_DOMAIN },
    { "unassign_control_domain", is_id, EXPECTED_DOMAIN },
    { "ap_config", is_config, EXPECTED_CONFIG },
};

gboolean
ap_attr_check(const char *name, const char *value, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(known_attrs); i++) {
        if (!g_str_equal(name, known_attrs[i].name))
            continue;
        if (known_attrs[i].is_valid(value))
            return TRUE;
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("invalid value '%s' of attribute '%s': expected %s"), value, name,
                    _(known_attrs[i].expected));
        return FALSE;
    }
    g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                _("an AP matrix has no attribute '%s': known are assign_adapter, "
                  "assign_domain, assign_control_domain and ap_config"),
                name);
    return FALSE;
}
