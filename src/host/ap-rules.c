/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-rules.c: reads and changes the two lines of the rules that set masks.
 */
#include "ap-rules.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ap-file.h"
#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-sysfs.h"

#define NAME      "41-ap.rules"
#define TEMP_NAME ".41-ap.rules.libvirt-ap"
#define TEXT_SIZE (64 * 1024)

#define LABEL      "LABEL=\"cfg_ap\""
#define ATTR_BEGIN "ATTR{../../bus/ap/"

static const char *const masks[] = { "apmask", "aqmask" };

/* In a file of our own: once all queues have drivers, and not again later, the masks
 * are set; or at once where that was before the rules were there. */
static const char skeleton[] =
    "# Masks of the AP bus, as chzdev has them; written by libvirt-ap\n"
    "DEVPATH==\"/bus/ap\", ACTION==\"add\", ATTR{bindings_complete_count}!=\"0\", "
    "GOTO=\"cfg_ap\"\n"
    "DEVPATH==\"/devices/ap\", SUBSYSTEM==\"ap\", ACTION==\"change\", "
    "ENV{BINDINGS}==\"complete\", ENV{COMPLETECOUNT}==\"1\", GOTO=\"cfg_ap\"\n"
    "GOTO=\"end_ap\"\n"
    "\n" LABEL "\n"
    "\n"
    "LABEL=\"end_ap\"\n";

static gboolean *
is_set(ApRules *rules, gsize which)
{
    return which == 0 ? &rules->has_adapters : &rules->has_domains;
}

static struct apc_mask *
mask_of(ApRules *rules, gsize which)
{
    return which == 0 ? &rules->pool.adapters : &rules->pool.domains;
}

/* Which mask @line sets; G_N_ELEMENTS(masks) for none. */
static gsize
which_mask(const char *line)
{
    gsize i;

    for (i = 0; i < G_N_ELEMENTS(masks); i++) {
        g_autofree char *begin = g_strconcat(ATTR_BEGIN, masks[i], "}=\"", NULL);

        if (g_str_has_prefix(line, begin))
            break;
    }
    return i;
}

static gboolean
parse_line(const char *line, ApRules *rules)
{
    gsize which = which_mask(line);
    const char *value;
    const char *end;

    if (which == G_N_ELEMENTS(masks))
        return TRUE;
    value = strchr(line, '"') + 1;
    end = strchr(value, '"');
    *is_set(rules, which) = TRUE;
    return end && end != value &&
           !apc_mask_parse_hex(mask_of(rules, which), value, (gsize)(end - value));
}

gboolean
ap_rules_parse(const char *text, ApRules *rules)
{
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

    *rules = (ApRules){ 0 };
    for (gsize i = 0; lines[i]; i++) {
        if (!parse_line(lines[i], rules))
            return FALSE;
    }
    return TRUE;
}

static void
add_mask(GString *text, ApRules *rules, gsize which)
{
    char mask[APC_MASK_CHARS + 1];

    apc_mask_print(mask_of(rules, which), mask, sizeof(mask));
    g_string_append_printf(text, ATTR_BEGIN "%s}=\"%s\"\n", masks[which], mask);
}

/* The lines that are not there yet go below the label. */
static void
add_new_masks(GString *text, ApRules *rules, const ApRules *old)
{
    for (gsize i = 0; i < G_N_ELEMENTS(masks); i++) {
        ApRules present = *old;

        if (*is_set(rules, i) && !*is_set(&present, i))
            add_mask(text, rules, i);
    }
}

char *
ap_rules_edit(const char *text, const ApRules *rules)
{
    g_auto(GStrv) lines = g_strsplit(text ? text : skeleton, "\n", -1);
    GString *edited = g_string_new(NULL);
    ApRules wanted = *rules;
    ApRules old;

    ap_rules_parse(text, &old);
    for (gsize i = 0; lines[i]; i++) {
        gsize which = which_mask(lines[i]);

        if (which < G_N_ELEMENTS(masks) && *is_set(&wanted, which))
            add_mask(edited, &wanted, which);
        else
            g_string_append_printf(edited, "%s%s", lines[i], lines[i + 1] ? "\n" : "");
        if (g_str_has_prefix(lines[i], LABEL))
            add_new_masks(edited, &wanted, &old);
    }
    return g_string_free(edited, FALSE);
}

/* The text of the file; NULL without @error when there is none. */
static char *
read_text(int root, GError **error)
{
    g_autofree char *text = g_malloc(TEXT_SIZE);
    gboolean present;

    if (!ap_sysfs_read(root, AP_PATH_RULES "/" NAME, text, TEXT_SIZE, &present, error) ||
        !present)
        return NULL;
    return g_strconcat(text, "\n", NULL);
}

gboolean
ap_rules_read(int root, ApRules *rules, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *text = read_text(root, &failure);

    *rules = (ApRules){ 0 };
    if (failure) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (ap_rules_parse(text, rules))
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO,
                _("'/%s/%s' sets a mask to what is none: see chzdev(8)"), AP_PATH_RULES,
                NAME);
    return FALSE;
}

static int
publish(int root, const char *text)
{
    int dir = ap_file_open_dir(root, AP_PATH_RULES);
    struct stat like;
    gboolean exists;
    int errnum;

    if (dir < 0)
        return -dir;
    exists = fstatat(dir, NAME, &like, 0) == 0;
    errnum = ap_file_publish(dir, TEMP_NAME, NAME, text, exists ? &like : NULL,
                             AP_FILE_REPLACE);
    close(dir);
    return errnum;
}

gboolean
ap_rules_write(int root, const ApRules *rules, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *old = read_text(root, &failure);
    g_autofree char *text = NULL;
    int errnum;

    if (failure) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    text = ap_rules_edit(old, rules);
    errnum = g_strcmp0(old, text) ? publish(root, text) : 0;
    if (!errnum)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot write '/%s/%s': %s"),
                AP_PATH_RULES, NAME, g_strerror(errnum));
    return FALSE;
}
