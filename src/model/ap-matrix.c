/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-matrix.c: the value of a matrix, to and from attributes and sysfs text.
 */
#include <errno.h>
#include <string.h>

#include "ap-device-priv.h"
#include "ap-i18n.h"
#include "ap-matrix.h"

#define ATTR_CONFIG "ap_config"

typedef enum {
    PART_ADAPTERS,
    PART_DOMAINS,
    PART_CONTROL_DOMAINS,
    PART_LAST
} Part;

static const struct {
    const char *assign;
    const char *unassign;
    gsize offset;
} parts[] = {
    [PART_ADAPTERS] = { "assign_adapter", "unassign_adapter",
                        offsetof(ApMatrix, adapters) },
    [PART_DOMAINS] = { "assign_domain", "unassign_domain", offsetof(ApMatrix, domains) },
    [PART_CONTROL_DOMAINS] = { "assign_control_domain", "unassign_control_domain",
                               offsetof(ApMatrix, control_domains) },
};
G_STATIC_ASSERT(G_N_ELEMENTS(parts) == PART_LAST);

static struct apc_mask *
get_part(ApMatrix *matrix, Part part)
{
    return (struct apc_mask *)(void *)((char *)matrix + parts[part].offset);
}

static const struct apc_mask *
peek_part(const ApMatrix *matrix, Part part)
{
    return (const struct apc_mask *)(const void *)((const char *)matrix +
                                                   parts[part].offset);
}

static guint
get_max(const ApLimits *limits, Part part)
{
    return part == PART_ADAPTERS ? limits->max_adapter : limits->max_domain;
}

static gboolean
set_range_error(const char *name,
                const char *value,
                const ApLimits *limits,
                Part part,
                GError **error)
{
    guint max = get_max(limits, part);

    if (part == PART_ADAPTERS)
        g_set_error(
            error, AP_ERROR, AP_ERROR_UNSUPPORTED,
            _("value '%s' of attribute '%s' is out of range: the highest adapter of "
              "this host is %u (0x%02x)"),
            value, name, max, max);
    else
        g_set_error(
            error, AP_ERROR, AP_ERROR_UNSUPPORTED,
            _("value '%s' of attribute '%s' is out of range: the highest domain of "
              "this host is %u (0x%02x)"),
            value, name, max, max);
    return FALSE;
}

static gboolean
set_value_error(const char *name, const char *value, GError **error)
{
    g_set_error(
        error, AP_ERROR, AP_ERROR_UNSUPPORTED,
        _("value '%s' of attribute '%s' is not a number: write it in decimal or as 0x "
          "and hex digits"),
        value, name);
    return FALSE;
}

static gboolean
apply_id(ApMatrix *matrix,
         const ApLimits *limits,
         Part part,
         gboolean on,
         const char *name,
         const char *value,
         GError **error)
{
    const char *digits = value + (value[0] == '+');
    char *end = NULL;
    guint64 id;

    /* strtoull() would skip blanks and take a minus sign; the kernel does not. */
    if (!g_ascii_isdigit(digits[0]))
        return set_value_error(name, value, error);
    errno = 0;
    id = g_ascii_strtoull(digits, &end, 0);
    if (*end)
        return set_value_error(name, value, error);
    if (errno == ERANGE || id > get_max(limits, part) || id >= APC_IDS)
        return set_range_error(name, value, limits, part, error);
    apc_mask_assign(get_part(matrix, part), (guint)id, on);
    return TRUE;
}

static gboolean
apply_config(ApMatrix *matrix,
             const ApLimits *limits,
             const char *name,
             const char *value,
             GError **error)
{
    ApMatrix parsed;

    if (!ap_matrix_parse_config(&parsed, value)) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("value '%s' of attribute '%s' is not three masks in hexadecimal, "
                      "separated by commas"),
                    value, name);
        return FALSE;
    }
    for (Part part = 0; part < PART_LAST; part++) {
        guint beyond = apc_mask_next(peek_part(&parsed, part), get_max(limits, part) + 1);

        if (beyond < APC_IDS)
            return set_range_error(name, value, limits, part, error);
    }
    *matrix = parsed;
    return TRUE;
}

gboolean
ap_matrix_apply(ApMatrix *matrix,
                const ApLimits *limits,
                const char *name,
                const char *value,
                GError **error)
{
    for (Part part = 0; part < PART_LAST; part++) {
        if (g_str_equal(name, parts[part].assign))
            return apply_id(matrix, limits, part, TRUE, name, value, error);
        if (g_str_equal(name, parts[part].unassign))
            return apply_id(matrix, limits, part, FALSE, name, value, error);
    }
    if (g_str_equal(name, ATTR_CONFIG))
        return apply_config(matrix, limits, name, value, error);
    g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                _("an AP matrix has no attribute '%s': known are assign_adapter, "
                  "assign_domain, assign_control_domain and ap_config"),
                name);
    return FALSE;
}

gboolean
ap_matrix_add_up(const ApDevice *device, ApMatrix *matrix)
{
    static const ApLimits limits = { APC_IDS - 1, APC_IDS - 1 };

    *matrix = (ApMatrix){ 0 };
    for (guint i = 0; i < device->attrs->len; i++) {
        const ApAttr *attr = g_ptr_array_index(device->attrs, i);

        if (!ap_matrix_apply(matrix, &limits, attr->name, attr->value, NULL))
            return FALSE;
    }
    return TRUE;
}

void
ap_matrix_add_attrs(const ApMatrix *matrix, ApDevice *device)
{
    guint id;

    for (Part part = 0; part < PART_LAST; part++) {
        apc_mask_for_each (id, peek_part(matrix, part)) {
            char value[8];

            g_snprintf(value, sizeof(value), "%u", id);
            ap_device_add_attr(device, parts[part].assign, value);
        }
    }
}

gboolean
ap_matrix_parse_config(ApMatrix *matrix, const char *text)
{
    struct apc_mask masks[3];

    if (apc_mask_parse_config(masks, text, strlen(text)))
        return FALSE;
    matrix->adapters = masks[0];
    matrix->domains = masks[1];
    matrix->control_domains = masks[2];
    return TRUE;
}

/* Reads @digits hex digits, if there are any, into @mask. */
static gboolean
take_id(const char **text, guint digits, struct apc_mask *mask)
{
    guint id = 0;

    if (!g_ascii_isxdigit(**text))
        return TRUE;
    for (guint i = 0; i < digits; i++, (*text)++) {
        if (!g_ascii_isxdigit(**text))
            return FALSE;
        id = id << 4 | (guint)g_ascii_xdigit_value(**text);
    }
    if (id >= APC_IDS)
        return FALSE;
    apc_mask_set(mask, id);
    return TRUE;
}

/* Goes over the end of a line. */
static gboolean
take_line_end(const char **text)
{
    if (!**text)
        return TRUE;
    return *(*text)++ == '\n';
}

gboolean
ap_matrix_parse_queues(ApMatrix *matrix, const char *text)
{
    struct apc_mask adapters = { 0 };
    struct apc_mask domains = { 0 };

    /* One line for each queue, "05.0004"; "05." without domains, ".0004"
     * without adapters. */
    while (*text) {
        if (!take_id(&text, 2, &adapters) || *text++ != '.' ||
            !take_id(&text, 4, &domains) || !take_line_end(&text))
            return FALSE;
    }
    matrix->adapters = adapters;
    matrix->domains = domains;
    return TRUE;
}

gboolean
ap_matrix_parse_control_domains(ApMatrix *matrix, const char *text)
{
    struct apc_mask domains = { 0 };

    while (*text) {
        if (!g_ascii_isxdigit(*text) || !take_id(&text, 4, &domains) ||
            !take_line_end(&text))
            return FALSE;
    }
    matrix->control_domains = domains;
    return TRUE;
}

void
ap_matrix_format_config(const ApMatrix *matrix, char text[AP_MATRIX_CONFIG_SIZE])
{
    char *end = text;

    for (Part part = 0; part < PART_LAST; part++) {
        if (part)
            *end++ = ',';
        end += apc_mask_print(peek_part(matrix, part), end, APC_MASK_CHARS);
    }
    *end = '\0';
}

gboolean
ap_matrix_overlap(const ApMatrix *a, const ApMatrix *b, ApMatrix *common)
{
    memset(common, 0, sizeof(*common));
    apc_mask_and(&common->adapters, &a->adapters, &b->adapters);
    apc_mask_and(&common->domains, &a->domains, &b->domains);
    return ap_matrix_n_queues(common) > 0;
}

gboolean
ap_matrix_equal(const ApMatrix *a, const ApMatrix *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

guint
ap_matrix_n_queues(const ApMatrix *matrix)
{
    return apc_mask_weight(&matrix->adapters) * apc_mask_weight(&matrix->domains);
}
