/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-name.c: node device names and sysfs names of AP devices.  A node device
 * name is the subsystem and the sysfs name with every other character replaced
 * by '_'; both ways are spelled out here instead, so that only names that the
 * system itself would make are ours.
 */
#include <string.h>

#include "ap-name.h"

#define CARD_PREFIX       "ap_card"
#define QUEUE_PREFIX      "ap_"
#define MATRIX_PREFIX     "mdev_"
#define MATRIX_SUFFIX     "_matrix"
#define SYSFS_CARD_PREFIX "card"

/* Reads exactly @digits lower case hex digits of a value up to 255; returns
 * what follows, or NULL. */
static const char *
take_id(const char *text, guint digits, guint *id)
{
    guint value = 0;

    for (guint i = 0; i < digits; i++) {
        if (!g_ascii_isxdigit(text[i]) || g_ascii_isupper(text[i]))
            return NULL;
        value = value << 4 | (guint)g_ascii_xdigit_value(text[i]);
    }
    if (value > 255)
        return NULL;
    *id = value;
    return text + digits;
}

static const char *
take_prefix(const char *text, const char *prefix)
{
    return g_str_has_prefix(text, prefix) ? text + strlen(prefix) : NULL;
}

static gboolean
parse_card(const char *text, const char *prefix, guint *adapter)
{
    text = take_prefix(text, prefix);
    if (text)
        text = take_id(text, 2, adapter);
    return text && !*text;
}

static gboolean
parse_queue(const char *text, char separator, guint *adapter, guint *domain)
{
    text = take_id(text, 2, adapter);
    if (!text || *text != separator)
        return FALSE;
    text = take_id(text + 1, 4, domain);
    return text && !*text;
}

static gboolean
parse_queue_name(const char *name, guint *adapter, guint *domain)
{
    const char *text = take_prefix(name, QUEUE_PREFIX);

    return text && parse_queue(text, '_', adapter, domain);
}

static gboolean
is_dash_position(gsize i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

/* Copies the 36 characters at @text with @dash in place of '-'. */
static gboolean
take_uuid(const char *text, char dash, char uuid[AP_UUID_SIZE])
{
    for (gsize i = 0; i < AP_UUID_LEN; i++) {
        if (is_dash_position(i) ? text[i] != dash : !g_ascii_isxdigit(text[i]))
            return FALSE;
        uuid[i] = is_dash_position(i) ? '-' : text[i];
    }
    uuid[AP_UUID_LEN] = '\0';
    return TRUE;
}

static gboolean
parse_matrix_name(const char *name, char uuid[AP_UUID_SIZE])
{
    const char *text = take_prefix(name, MATRIX_PREFIX);

    return text && take_uuid(text, '_', uuid) &&
           g_str_equal(text + AP_UUID_LEN, MATRIX_SUFFIX) && ap_uuid_is_canonical(uuid);
}

gboolean
ap_name_parse(const char *name, ApName *parsed)
{
    ApName result = { 0 };

    if (!name)
        return FALSE;
    if (g_str_equal(name, AP_NAME_MATRIX_PARENT))
        result.kind = AP_DEVICE_MATRIX_PARENT;
    else if (parse_card(name, CARD_PREFIX, &result.adapter))
        result.kind = AP_DEVICE_CARD;
    else if (parse_queue_name(name, &result.adapter, &result.domain))
        result.kind = AP_DEVICE_QUEUE;
    else if (parse_matrix_name(name, result.uuid))
        result.kind = AP_DEVICE_MATRIX;
    else
        return FALSE;

    if (parsed)
        *parsed = result;
    return TRUE;
}

char *
ap_name_format(const ApName *name)
{
    switch (name->kind) {
    case AP_DEVICE_CARD:
        return g_strdup_printf(CARD_PREFIX "%02x", name->adapter);
    case AP_DEVICE_QUEUE:
        return g_strdup_printf(QUEUE_PREFIX "%02x_%04x", name->adapter, name->domain);
    case AP_DEVICE_MATRIX: {
        char *text = g_strconcat(MATRIX_PREFIX, name->uuid, MATRIX_SUFFIX, NULL);

        return g_strdelimit(text, "-", '_');
    }
    case AP_DEVICE_MATRIX_PARENT:
    case AP_DEVICE_KIND_LAST:
        break;
    }
    return g_strdup(AP_NAME_MATRIX_PARENT);
}

gboolean
ap_uuid_canonicalise(const char *text, char uuid[AP_UUID_SIZE])
{
    if (!text || !take_uuid(text, '-', uuid) || text[AP_UUID_LEN])
        return FALSE;
    for (gsize i = 0; i < AP_UUID_LEN; i++)
        uuid[i] = g_ascii_tolower(uuid[i]);
    return TRUE;
}

gboolean
ap_uuid_is_canonical(const char *text)
{
    char uuid[AP_UUID_SIZE];

    return ap_uuid_canonicalise(text, uuid) && g_str_equal(text, uuid);
}

gboolean
ap_sysfs_name_parse_card(const char *text, guint *adapter)
{
    return parse_card(text, SYSFS_CARD_PREFIX, adapter);
}

gboolean
ap_sysfs_name_parse_queue(const char *text, guint *adapter, guint *domain)
{
    return parse_queue(text, '.', adapter, domain);
}
