/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host.h: the AP devices of one host: look them up, list them, create and
 * destroy matrices.  All access goes beneath one root directory.
 */
#pragma once

#include <libvirt-ap/ap-device.h>
#include <libvirt-ap/ap-error.h>

G_BEGIN_DECLS

/**
 * ApHost:
 *
 * Handle on the AP configuration beneath one root directory.  Safe to use from
 * several threads at once.  Opaque.
 *
 * Since: 0.1
 */
typedef struct _ApHost ApHost;

/**
 * ApListFlags: which devices ap_host_list() returns; the kinds are or-ed, and
 * the states likewise.  No state flag means active and inactive.
 */
typedef enum {
    AP_LIST_CARDS = 1 << 0,
    AP_LIST_QUEUES = 1 << 1,
    AP_LIST_MATRIX_PARENT = 1 << 2,
    AP_LIST_MATRICES = 1 << 3,
    AP_LIST_ALL_KINDS = 0xf,
    AP_LIST_ACTIVE = 1 << 8,
    AP_LIST_INACTIVE = 1 << 9,
    AP_LIST_PERSISTENT = 1 << 10,
    AP_LIST_TRANSIENT = 1 << 11
} ApListFlags;

/* Opens @root ("/" for the running system).  Works without AP hardware: the
 * lists are empty then. */
ApHost *
ap_host_new(const char *root,
            GError **error);
void
ap_host_free(ApHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApHost, ap_host_free)

/* Names only, sorted; the cheapest answer.  Caller frees (g_strfreev via
 * g_ptr_array_unref: the array owns its strings). NULL with @error on failure. */
GPtrArray *
ap_host_list_names(ApHost *host,
                   ApListFlags flags,
                   GError **error);
/* Number of devices that match, or -1 with @error set. */
gssize
ap_host_count(ApHost *host,
              ApListFlags flags,
              GError **error);
/* Full description of one device by node device name; AP_ERROR_NOT_FOUND.
 * For a matrix that is both active and defined: the active view. */
ApDevice *
ap_host_lookup(ApHost *host,
               const char *name,
               GError **error);
/* Cheap test that an AP device of that node device name exists (active or
 * defined) without reading its attributes. */
gboolean
ap_host_has(ApHost *host,
            const char *name);
/* Creates the transient matrix that @wish describes (from
 * ap_nodedev_xml_parse()), as one transaction.  A UUID is generated when the
 * wish has none.  Returns the new active device. */
ApDevice *
ap_host_create_matrix(ApHost *host,
                      const ApDevice *wish,
                      GError **error);
/* Removes the active matrix @name; AP_ERROR_BUSY when a guest has it open. */
gboolean
ap_host_destroy_matrix(ApHost *host,
                       const char *name,
                       GError **error);

G_END_DECLS
