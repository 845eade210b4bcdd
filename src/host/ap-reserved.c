/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-reserved.c: each list is a file with three masks, as ap_config of a matrix has
 * them; the third is empty.
 */
#include "ap-reserved.h"

#include "ap-file.h"
#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-sysfs.h"

#define NAME      "reserved"
#define TEMP_NAME "reserved.new"

static const char *const dirs[] = {
    [AP_RESERVED_UNTIL_BOOT] = AP_PATH_OWN_RUN,
    [AP_RESERVED_FOR_GOOD] = AP_PATH_OWN_STATE,
};
G_STATIC_ASSERT(G_N_ELEMENTS(dirs) == AP_RESERVED_LAST);

gboolean
ap_reserved_read(int root, ApReservedList list, ApMatrix *taken, GError **error)
{
    g_autofree char *path = g_strconcat(dirs[list], "/" NAME, NULL);
    char text[AP_MATRIX_CONFIG_SIZE + 1];
    gboolean present;

    *taken = (ApMatrix){ 0 };
    if (!ap_sysfs_read(root, path, text, sizeof(text), &present, error))
        return FALSE;
    if (!present || ap_matrix_parse_config(taken, text))
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO, _("'/%s' does not hold three masks"), path);
    return FALSE;
}

gboolean
ap_reserved_write(int root, ApReservedList list, const ApMatrix *taken, GError **error)
{
    static const ApMatrix nothing;
    char config[AP_MATRIX_CONFIG_SIZE];
    g_autofree char *text = NULL;

    if (!ap_matrix_equal(taken, &nothing)) {
        ap_matrix_format_config(taken, config);
        text = g_strconcat(config, "\n", NULL);
    }
    return ap_file_set(root, dirs[list], TEMP_NAME, NAME, text, error);
}
