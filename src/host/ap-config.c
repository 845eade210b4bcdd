/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-config.c: reads the configuration line by line.  The form is GLib's key file
 * (GKeyFile); that has no line numbers for what is wrong with a value, so it is
 * not what reads it.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "ap-config.h"
#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-sysfs.h"

/* Far more than all keys with their comments. */
#define SIZE_MAX_BYTES (64 * 1024)
#define QUOTED_MAX     60

typedef enum {
    KIND_POLICY,
    KIND_SWITCH, /* gboolean: yes or no */
    KIND_METHODS,
    KIND_SECONDS,
    KIND_LAST
} Kind;

#define SECONDS_MAX 600

/* What a message says of a value that is none. */
static const char *const expectations[] = {
    [KIND_POLICY] = N_("'allow', 'warn' or 'refuse'"),
    [KIND_SWITCH] = N_("'yes' or 'no'"),
    [KIND_METHODS] =
        N_("'adapters', 'domains' and 'driver-override', separated by semicolons"),
    [KIND_SECONDS] = N_("a number of seconds from 1 to 600"),
};
G_STATIC_ASSERT(G_N_ELEMENTS(expectations) == KIND_LAST);

static const struct {
    const char *group;
    const char *name;
    Kind kind;
    gsize offset;
} keys[] = {
    { "conflicts", "autostart-definitions", KIND_POLICY,
      offsetof(ApConfig, autostart_definitions) },
    { "conflicts", "manual-definitions", KIND_POLICY,
      offsetof(ApConfig, manual_definitions) },
    { "conflicts", "persistent-masks", KIND_POLICY,
      offsetof(ApConfig, persistent_masks) },
    { "reservation", "methods", KIND_METHODS, offsetof(ApConfig, methods) },
    { "reservation", "collateral", KIND_POLICY, offsetof(ApConfig, collateral) },
    { "reservation", "queues-in-use", KIND_POLICY, offsetof(ApConfig, queues_in_use) },
    { "reservation", "open-nodes", KIND_POLICY, offsetof(ApConfig, open_nodes) },
    { "reservation", "default-domain", KIND_POLICY, offsetof(ApConfig, default_domain) },
    { "reservation", "persist", KIND_SWITCH, offsetof(ApConfig, persistent) },
    { "reservation", "give-back", KIND_SWITCH, offsetof(ApConfig, give_back) },
    { "guests", "incomplete-matrix", KIND_POLICY, offsetof(ApConfig, incomplete_matrix) },
    { "guests", "cpu-features", KIND_POLICY, offsetof(ApConfig, cpu_features) },
    { "guests", "running-guests", KIND_POLICY, offsetof(ApConfig, running_guests) },
    { "lock", "deadline", KIND_SECONDS, offsetof(ApConfig, deadline) },
    { "journal", "system", KIND_SWITCH, offsetof(ApConfig, system_journal) },
    { "journal", "history", KIND_SWITCH, offsetof(ApConfig, history) },
    { "xml", "show-extensions", KIND_SWITCH, offsetof(ApConfig, show_extensions) },
};

static const ApConfig defaults = {
    .autostart_definitions = AP_POLICY_REFUSE,
    .manual_definitions = AP_POLICY_WARN,
    .persistent_masks = AP_POLICY_WARN,
    .methods = AP_METHOD_ADAPTERS | AP_METHOD_DOMAINS | AP_METHOD_OVERRIDE,
    .collateral = AP_POLICY_WARN,
    .queues_in_use = AP_POLICY_REFUSE,
    .open_nodes = AP_POLICY_WARN,
    .default_domain = AP_POLICY_REFUSE,
    .persistent = FALSE,
    .give_back = TRUE,
    .incomplete_matrix = AP_POLICY_REFUSE,
    .cpu_features = AP_POLICY_REFUSE,
    .running_guests = AP_POLICY_REFUSE,
    .deadline = 10,
    .system_journal = TRUE,
    .history = TRUE,
    .show_extensions = FALSE,
};

static const char *const policies[] = {
    [AP_POLICY_ALLOW] = "allow",
    [AP_POLICY_WARN] = "warn",
    [AP_POLICY_REFUSE] = "refuse",
};

/* In the order of the bits of ApMethods. */
static const char *const methods[] = { "adapters", "domains", "driver-override" };

/* The reader of one text. */
typedef struct {
    const char *name;
    guint line;
    char *group;                    /* that the line is in; NULL: none yet */
    guint seen[G_N_ELEMENTS(keys)]; /* line in which a key was set; 0: not yet */
    ApConfig *config;
} Reader;

G_GNUC_PRINTF(3, 4)
static gboolean
set_mistake(const Reader *reader, GError **error, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, AP_ERROR, AP_ERROR_CONFIG, _("'%s', line %u: %s"), reader->name,
                reader->line, text);
    return FALSE;
}

static void *
field(ApConfig *config, guint key)
{
    return (char *)config + keys[key].offset;
}

static const void *
peek_field(const ApConfig *config, guint key)
{
    return (const char *)config + keys[key].offset;
}

/* Place of @word in @words, or -1. */
static int
find_word(const char *const *words, gsize n, const char *word)
{
    for (gsize i = 0; i < n; i++) {
        if (g_str_equal(words[i], word))
            return (int)i;
    }
    return -1;
}

static gboolean
parse_policy(const char *value, ApPolicy *policy)
{
    int found = find_word(policies, G_N_ELEMENTS(policies), value);

    if (found >= 0)
        *policy = (ApPolicy)found;
    return found >= 0;
}

static gboolean
parse_switch(const char *value, gboolean *on)
{
    *on = g_str_equal(value, "yes");
    return *on || g_str_equal(value, "no");
}

/* At least one, none twice; a semicolon may end the list, as in every key file. */
static gboolean
parse_methods(const char *value, guint *set)
{
    g_auto(GStrv) words = g_strsplit(value, ";", -1);
    guint n = g_strv_length(words);

    *set = 0;
    for (guint i = 0; i < n; i++) {
        int found = find_word(methods, G_N_ELEMENTS(methods), g_strstrip(words[i]));

        if (i == n - 1 && i > 0 && !*words[i])
            break;
        if (found < 0 || *set & 1U << found)
            return FALSE;
        *set |= 1U << found;
    }
    return *set != 0;
}

static gboolean
parse_seconds(const char *value, guint *seconds)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned(value, 10, 1, SECONDS_MAX, &number, NULL))
        return FALSE;
    *seconds = (guint)number;
    return TRUE;
}

static gboolean
parse_value(ApConfig *config, guint key, const char *value)
{
    switch (keys[key].kind) {
    case KIND_POLICY:
        return parse_policy(value, field(config, key));
    case KIND_SWITCH:
        return parse_switch(value, field(config, key));
    case KIND_METHODS:
        return parse_methods(value, field(config, key));
    case KIND_SECONDS:
        return parse_seconds(value, field(config, key));
    case KIND_LAST:
        break;
    }
    return FALSE;
}

static gboolean
has_group(const char *group)
{
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_str_equal(keys[i].group, group))
            return TRUE;
    }
    return FALSE;
}

/* The key @name of the present group; G_N_ELEMENTS(keys) when there is none. */
static guint
find_key(const Reader *reader, const char *name)
{
    guint i = 0;

    while (i < G_N_ELEMENTS(keys) && (!g_str_equal(keys[i].group, reader->group) ||
                                      !g_str_equal(keys[i].name, name)))
        i++;
    return i;
}

static gboolean
read_group(Reader *reader, const char *line, GError **error)
{
    const char *end = strchr(line, ']');

    if (!end || end[1])
        return set_mistake(reader, error, _("a group ends with ']'"));
    g_free(reader->group);
    reader->group = g_strndup(line + 1, (gsize)(end - line - 1));
    if (has_group(reader->group))
        return TRUE;
    return set_mistake(reader, error, _("there is no group '%.*s'"), QUOTED_MAX,
                       reader->group);
}

static gboolean
set_key(Reader *reader, const char *name, const char *value, GError **error)
{
    guint key;

    if (!reader->group)
        return set_mistake(reader, error, _("'%.*s' is in no group"), QUOTED_MAX, name);
    key = find_key(reader, name);
    if (key == G_N_ELEMENTS(keys))
        return set_mistake(reader, error, _("there is no key '%.*s' in group '%s'"),
                           QUOTED_MAX, name, reader->group);
    if (reader->seen[key])
        return set_mistake(reader, error, _("'%s' is set a second time, after line %u"),
                           name, reader->seen[key]);
    reader->seen[key] = reader->line;
    if (parse_value(reader->config, key, value))
        return TRUE;
    return set_mistake(reader, error, _("invalid value '%.*s' of '%s': expected %s"),
                       QUOTED_MAX, value, name, _(expectations[keys[key].kind]));
}

static gboolean
read_line(Reader *reader, char *line, GError **error)
{
    char *equals;

    g_strstrip(line);
    if (!*line || *line == '#')
        return TRUE;
    if (*line == '[')
        return read_group(reader, line, error);
    equals = strchr(line, '=');
    if (!equals)
        return set_mistake(reader, error,
                           _("neither a group nor a key with a value: '%.*s'"),
                           QUOTED_MAX, line);
    *equals = '\0';
    return set_key(reader, g_strchomp(line), g_strchug(equals + 1), error);
}

static gboolean
read_lines(Reader *reader, const char *text, gsize len, GError **error)
{
    g_autofree char *copy = NULL;
    g_auto(GStrv) lines = NULL;

    reader->line = 1;
    if (!g_utf8_validate(text, (gssize)len, NULL))
        return set_mistake(reader, error, _("the file is not text in UTF-8"));
    copy = g_strndup(text, len);
    lines = g_strsplit(copy, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        reader->line = i + 1;
        if (!read_line(reader, lines[i], error))
            return FALSE;
    }
    return TRUE;
}

gboolean
ap_config_parse(const char *name,
                const char *text,
                gsize len,
                ApConfig *config,
                GError **error)
{
    Reader reader = { .name = name, .config = config };
    gboolean good;

    *config = defaults;
    good = read_lines(&reader, text, len, error);
    g_free(reader.group);
    if (!good)
        *config = defaults;
    return good;
}

gboolean
ap_config_read(int root, ApConfig *config, GError **error)
{
    g_autofree char *text = g_malloc(SIZE_MAX_BYTES);
    gssize len = ap_sysfs_read_data(root, AP_PATH_CONFIG, text, SIZE_MAX_BYTES);

    *config = defaults;
    if (len >= 0 && len < SIZE_MAX_BYTES)
        return ap_config_parse("/" AP_PATH_CONFIG, text, (gsize)len, config, error);
    if (len < 0 && (errno == ENOENT || errno == ENOTDIR))
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot read '/%s': %s"), AP_PATH_CONFIG,
                g_strerror(len < 0 ? errno : EFBIG));
    return FALSE;
}

static char *
format_methods(guint set)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (set & 1U << i)
            g_string_append_printf(out, "%s%s", out->len ? ";" : "", methods[i]);
    }
    return g_string_free(out, FALSE);
}

static char *
format_value(const ApConfig *config, guint key)
{
    const void *value = peek_field(config, key);

    switch (keys[key].kind) {
    case KIND_POLICY:
        return g_strdup(policies[*(const ApPolicy *)value]);
    case KIND_SWITCH:
        return g_strdup(*(const gboolean *)value ? "yes" : "no");
    case KIND_METHODS:
        return format_methods(*(const guint *)value);
    case KIND_SECONDS:
    case KIND_LAST:
        break;
    }
    return g_strdup_printf("%u", *(const guint *)value);
}

char *
ap_config_format(const ApConfig *config)
{
    GString *out = g_string_new(NULL);
    const char *group = "";

    for (guint key = 0; key < G_N_ELEMENTS(keys); key++) {
        g_autofree char *value = format_value(config, key);

        if (!g_str_equal(group, keys[key].group))
            g_string_append_printf(out, "%s[%s]\n", out->len ? "\n" : "",
                                   keys[key].group);
        group = keys[key].group;
        g_string_append_printf(out, "%s = %s\n", keys[key].name, value);
    }
    return g_string_free(out, FALSE);
}
