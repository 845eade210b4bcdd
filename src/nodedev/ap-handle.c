/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-handle.c: the connection that a node device handle was made on.
 *
 * Handles are opaque, and nothing is assumed about their layout.  Instead two
 * handles are made on two blank connections, and the one word in which each of
 * them holds its own connection is where every handle holds it.  No such word,
 * or more than one: the module serves nothing.
 */
#include "ap-handle.h"

#include <glib-object.h>

#include <libvirt-ap/ap-error.h>

#include "ap-i18n.h"

/* A blank connection and a handle on it. */
typedef struct {
    virConnectPtr conn;
    virNodeDevicePtr device;
} ApHandleProbe;

/* In words from the start of a handle. */
static gsize connection_word;

static void
probe_clear(ApHandleProbe *probe)
{
    if (probe->device)
        virNodeDeviceFree(probe->device);
    if (probe->conn)
        virConnectClose(probe->conn);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ApHandleProbe, probe_clear)

static gboolean
probe_make(ApHandleProbe *probe)
{
    probe->conn = ap_virt.virGetConnect();
    if (probe->conn)
        probe->device = ap_virt_node_device_new(probe->conn, "probe");
    return probe->device && G_IS_OBJECT(probe->device);
}

/* How many words both handles have. */
static gsize
probe_words(const ApHandleProbe *probe)
{
    GTypeQuery query = { 0 };

    g_type_query(G_OBJECT_TYPE(probe->device), &query);
    return query.instance_size / sizeof(void *);
}

static guint
find_word(const ApHandleProbe *first, const ApHandleProbe *second)
{
    void *const *a = (void *const *)first->device;
    void *const *b = (void *const *)second->device;
    gsize n_words = probe_words(first);
    guint found = 0;
    gsize i;

    for (i = 0; i < n_words; i++) {
        if (a[i] == first->conn && b[i] == second->conn) {
            connection_word = i;
            found++;
        }
    }
    return found;
}

gboolean
ap_handle_init(GError **error)
{
    g_auto(ApHandleProbe) first = { 0 };
    g_auto(ApHandleProbe) second = { 0 };

    if (probe_make(&first) && probe_make(&second) && find_word(&first, &second) == 1)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                _("libvirt's handles on node devices are not as expected"));
    return FALSE;
}

virConnectPtr
ap_handle_get_connection(virNodeDevicePtr device)
{
    return ((virConnectPtr *)device)[connection_word];
}
