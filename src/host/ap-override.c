/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-override.c: udev rules of one line for each queue, and the three writes that such
 * a line amounts to.
 */
#include "ap-override.h"

#include <string.h>

#include "ap-file.h"
#include "ap-i18n.h"
#include "ap-name.h"
#include "ap-paths.h"
#include "ap-sysfs.h"

#define NAME      "41-libvirt-ap.rules"
#define TEMP_NAME ".41-libvirt-ap.rules.new"
/* One line for each of 65536 queues. */
#define TEXT_SIZE  (16 * 1024 * 1024)
#define VALUE_SIZE 4096

#define DRIVER     "vfio_ap"
#define LINE_BEGIN "ACTION==\"add\", SUBSYSTEM==\"ap\", KERNEL==\""
#define LINE_END                                                                         \
    "\", ATTR{driver_override}=\"" DRIVER "\", ATTR{driver/unbind}=\"$kernel\", "        \
    "ATTR{subsystem/drivers_probe}=\"$kernel\""

static const char comment[] =
    "# Queues that matrices have reserved; written by libvirt-ap\n";

static const char *const dirs[] = {
    [AP_RESERVED_UNTIL_BOOT] = AP_PATH_RUN_RULES,
    [AP_RESERVED_FOR_GOOD] = AP_PATH_RULES,
};
G_STATIC_ASSERT(G_N_ELEMENTS(dirs) == AP_RESERVED_LAST);

/* --- notes --------------------------------------------------------------- */

static gboolean
parse_line(const char *line, ApRows *rows)
{
    g_autofree char *queue = NULL;
    const char *end = strstr(line, LINE_END);
    guint adapter, domain;

    if (!*line || *line == '#')
        return TRUE;
    if (!g_str_has_prefix(line, LINE_BEGIN) || !end || end < line + strlen(LINE_BEGIN) ||
        end[strlen(LINE_END)])
        return FALSE;
    queue =
        g_strndup(line + strlen(LINE_BEGIN), (gsize)(end - line) - strlen(LINE_BEGIN));
    if (!ap_sysfs_name_parse_queue(queue, &adapter, &domain))
        return FALSE;
    apc_mask_set(&rows->of[adapter], domain);
    return TRUE;
}

gboolean
ap_override_parse(const char *text, ApRows *rows)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    *rows = (ApRows){ 0 };
    for (gsize i = 0; lines[i]; i++) {
        if (!parse_line(lines[i], rows))
            return FALSE;
    }
    return TRUE;
}

char *
ap_override_format(const ApRows *rows)
{
    GString *text = g_string_new(comment);
    ApRowsWalk walk = { 0 };

    while (ap_rows_step(rows, &walk))
        g_string_append_printf(text, LINE_BEGIN "%s" LINE_END "\n", walk.name);
    return g_string_free(text, FALSE);
}

gboolean
ap_override_read(int root, ApReservedList list, ApRows *rows, GError **error)
{
    g_autofree char *path = g_strconcat(dirs[list], "/" NAME, NULL);
    g_autofree char *text = NULL;
    gboolean present;

    *rows = (ApRows){ 0 };
    if (!ap_sysfs_exists(root, path))
        return TRUE;
    text = g_malloc(TEXT_SIZE);
    if (!ap_sysfs_read(root, path, text, TEXT_SIZE, &present, error))
        return FALSE;
    if (!present || ap_override_parse(text, rows))
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO,
                _("'/%s' has a line that is not ours: move that to another file"), path);
    return FALSE;
}

gboolean
ap_override_write(int root, ApReservedList list, const ApRows *rows, GError **error)
{
    g_autofree char *text = ap_rows_is_empty(rows) ? NULL : ap_override_format(rows);

    return ap_file_set(root, dirs[list], TEMP_NAME, NAME, text, error);
}

/* --- queues -------------------------------------------------------------- */

/* What a line of the rules makes udev do, or the opposite. */
typedef struct {
    int root;
    const char *driver; /* to write; a newline for none */
    gboolean is_ours;   /* whether vfio_ap is to have it then */
} Change;

static char *
queue_path(const char *queue, const char *file)
{
    return g_strdup_printf(AP_PATH_CARDS "/card%.2s/%s/%s", queue, queue, file);
}

/* The driver that a queue has; caller frees. */
static char *
read_driver(int root, const char *queue)
{
    g_autofree char *path = queue_path(queue, "driver");

    return ap_sysfs_read_link_name(root, path);
}

static gboolean
has_our_driver(int root, const char *queue)
{
    g_autofree char *driver = read_driver(root, queue);

    return !g_strcmp0(driver, DRIVER);
}

/* Whether there is nothing left to do: one without a driver wants to be probed. */
static gboolean
is_settled(const Change *change, const char *queue)
{
    g_autofree char *driver = read_driver(change->root, queue);

    return driver && g_str_equal(driver, DRIVER) == change->is_ours;
}

static gboolean
set_error(const char *queue,
          const char *text,
          const char *path,
          int errnum,
          GError **error)
{
    g_set_error(error, AP_ERROR, AP_ERROR_IO,
                _("queue %s: the kernel refused '%s' for '/%s': %s"), queue, text, path,
                g_strerror(errnum));
    return FALSE;
}

/* It may have lost its driver meanwhile; whether it worked shows in the end. */
static void
probe_again(const Change *change, const char *queue)
{
    g_autofree char *unbind = queue_path(queue, "driver/unbind");

    (void)ap_sysfs_write(change->root, unbind, queue);
    (void)ap_sysfs_write(change->root, AP_PATH_BUS "/drivers_probe", queue);
}

static gboolean
change_queue(const Change *change, const char *queue, GError **error)
{
    g_autofree char *path = queue_path(queue, "driver_override");
    int errnum = ap_sysfs_write(change->root, path, change->driver);

    if (errnum)
        return set_error(queue, g_str_equal(change->driver, "\n") ? "" : change->driver,
                         path, errnum, error);
    if (is_settled(change, queue))
        return TRUE;
    probe_again(change, queue);
    /* Where the host's driver is not there, nobody takes it back. */
    if (has_our_driver(change->root, queue) == change->is_ours)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO,
                change->is_ours
                    ? _("queue %s did not come to vfio_ap, although its override says so")
                    : _("queue %s stays with vfio_ap without an override"),
                queue);
    return FALSE;
}

/* Not one that is gone, or that somebody has given another name since. */
static gboolean
is_ours_to_clear(int root, const char *path)
{
    char value[VALUE_SIZE];
    gboolean present = FALSE;

    return ap_sysfs_read(root, path, value, sizeof(value), &present, NULL) && present &&
           (!*value || g_str_equal(value, DRIVER));
}

static gboolean
change_rows(const Change *change, const ApRows *rows, GError **error)
{
    ApRowsWalk walk = { 0 };

    while (ap_rows_step(rows, &walk)) {
        g_autofree char *path = queue_path(walk.name, "driver_override");

        if (!change->is_ours && !is_ours_to_clear(change->root, path))
            continue;
        if (!change_queue(change, walk.name, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
ap_override_apply(int root, const ApRows *rows, GError **error)
{
    const Change change = { root, DRIVER, TRUE };

    return change_rows(&change, rows, error);
}

gboolean
ap_override_take_back(int root, const ApRows *rows, GError **error)
{
    const Change change = { root, "\n", FALSE };

    return change_rows(&change, rows, error);
}

void
ap_override_find_lost(int root, const ApRows *rows, ApRows *lost)
{
    ApRowsWalk walk = { 0 };

    *lost = (ApRows){ 0 };
    while (ap_rows_step(rows, &walk)) {
        g_autofree char *path = queue_path(walk.name, "driver_override");

        if (ap_sysfs_exists(root, path) && !has_our_driver(root, walk.name))
            apc_mask_set(&lost->of[walk.adapter], walk.domain);
    }
}
