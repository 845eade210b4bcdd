/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-change.h: what the entry points that change something have in common: who may,
 * who does, what libvirt's error is, and which clients are told.
 */
#pragma once

#include "ap-driver.h"
#include "ap-virt.h"

/* The name that libvirt's driver gives a device which has none yet; access rules
 * are written for it. */
#define AP_NAME_OF_NEW "new device"

/* Whether the document @xml is about an AP matrix, on a host that can have any. */
gboolean
ap_change_is_ours(const char *xml);

/* The wish in @xml, with @validate checked against the schemas of libvirt and of ours. */
ApDevice *
ap_change_read_wish(const char *xml, gboolean validate, GError **error);

/* What is done with a document. */
typedef struct {
    const char *function; /* the entry point, for errors */
    ApVirtDeviceAcl may;
    ApDevice *(*make)(ApHost *host, const ApDevice *wish, GError **error);
    void (*tell)(const char *name); /* those who listen */
} ApChangeMaking;

/* Makes of @xml what @making says, a handle for @conn; NULL with libvirt's error set. */
virNodeDevicePtr
ap_change_make(virConnectPtr conn,
               const char *xml,
               gboolean validate,
               const ApChangeMaking *making);

/* What is done to a device that is there. */
typedef struct {
    const char *function;
    gboolean (*change)(ApHost *host, const char *name, gpointer data, GError **error);
    void (*tell)(const char *name, gpointer data);
} ApChangeDoing;

/* Does to @device what @doing says, with @data.  Returns 0, or -1 with libvirt's error
 * set: what an entry point does. */
int
ap_change_do(const ApDevice *device, const ApChangeDoing *doing, gpointer data);
