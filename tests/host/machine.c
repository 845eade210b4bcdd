/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * machine.c: helpers of the tests on a simulated machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-host-priv.h"
#include "machine.h"

#define CONTROL "/run/apsim/"
#define LOCK    "/run/lock/s390apconfig.lock"

int
machine_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int errnum = 0;

    if (fd < 0)
        return errno;
    if (write(fd, text, strlen(text)) < 0)
        errnum = errno;
    close(fd);
    return errnum;
}

void
machine_control(const char *file, const char *text)
{
    g_autofree char *path = g_strconcat(CONTROL, file, NULL);
    int errnum = machine_write(path, text);

    if (errnum)
        g_error("'%s' to %s: %s", text, path, g_strerror(errnum));
}

void
machine_make_file(const char *path, const char *text)
{
    g_autoptr(GError) error = NULL;

    g_file_set_contents(path, text, -1, &error);
    g_assert_no_error(error);
}

char *
machine_read(const char *path)
{
    char *content = NULL;

    if (!g_file_get_contents(path, &content, NULL, NULL))
        g_error("cannot read %s", path);
    return content;
}

ApDevice *
machine_wish(const char *uuid, const char *attrs)
{
    ApDevice *wish = ap_device_new(AP_DEVICE_MATRIX);
    g_auto(GStrv) list = g_strsplit(attrs, " ", -1);

    wish->type_id = g_strdup(AP_MDEV_TYPE_ID);
    wish->uuid = g_strdup(uuid);
    for (guint i = 0; list[i] && *list[i]; i++) {
        g_auto(GStrv) pair = g_strsplit(list[i], "=", 2);

        ap_device_add_attr(wish, pair[0], pair[1]);
    }
    return wish;
}

ApDevice *
machine_create(ApHost *host, const char *uuid, const char *attrs)
{
    g_autoptr(ApDevice) wish = machine_wish(uuid, attrs);
    g_autoptr(GError) error = NULL;
    ApDevice *device = ap_host_create_matrix(host, wish, &error);

    g_assert_no_error(error);
    return device;
}

void
machine_assert_refused(ApHost *host,
                       const char *uuid,
                       const char *attrs,
                       ApError code,
                       const char *message)
{
    g_autoptr(ApDevice) wish = machine_wish(uuid, attrs);
    g_autoptr(GError) error = NULL;
    guint before = machine_count(host);
    g_autoptr(ApDevice) device = ap_host_create_matrix(host, wish, &error);

    g_assert_null(device);
    g_assert_error(error, AP_ERROR, (gint)code);
    if (!strstr(error->message, message))
        g_error("'%s' is not in '%s'", message, error->message);
    g_assert_cmpuint(machine_count(host), ==, before);
    machine_assert_sound(host);
}

void
machine_destroy(ApHost *host, const char *name)
{
    g_autoptr(GError) error = NULL;

    ap_host_destroy_matrix(host, name, &error);
    g_assert_no_error(error);
}

void
machine_remove(ApHost *host, const char *name)
{
    (void)ap_host_destroy_matrix(host, name, NULL);
    (void)ap_host_undefine_matrix(host, name, NULL);
}

char *
machine_print_attrs(const ApDevice *device)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < device->attrs->len; i++) {
        const ApAttr *attr = device->attrs->pdata[i];

        g_string_append_printf(text, "%s%s=%s", i ? " " : "", attr->name, attr->value);
    }
    return g_string_free(text, FALSE);
}

guint
machine_count(ApHost *host)
{
    gssize count = ap_host_count(host, AP_LIST_MATRICES | AP_LIST_ACTIVE, NULL);

    g_assert_cmpint(count, >=, 0);
    return (guint)count;
}

void
machine_assert_sound(ApHost *host)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApSnapshot) now = ap_host_take_snapshot(host, &error);
    ApMatrix common;

    g_assert_no_error(error);
    for (guint i = 0; i < now->matrices->len; i++) {
        const ApSnapshotMatrix *entry =
            &g_array_index(now->matrices, ApSnapshotMatrix, i);

        g_assert_false(ap_snapshot_find_pooled(now, &entry->matrix, &common));
        g_assert_null(ap_snapshot_find_holder(now, entry->uuid, &entry->matrix, &common));
    }
    g_assert_false(g_file_test(LOCK, G_FILE_TEST_EXISTS));
}
