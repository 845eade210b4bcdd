/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-device-priv.h: the fields of an ApDevice, for conf (XML) and host (sysfs)
 * to fill and read.  A device is filled by the one who made it and never
 * changed once somebody else holds a reference.
 */
#pragma once

#include <libvirt-ap/ap-device.h>

typedef struct _ApStatus ApStatus;

/* The mdev type of an AP matrix, and the sysfs name of its parent device. */
#define AP_MDEV_TYPE_ID       "vfio_ap-passthrough"
#define AP_MATRIX_PARENT_ADDR "matrix"

/* One <attr name='…' value='…'/>, order and duplicates kept. */
typedef struct {
    char *name;
    char *value;
} ApAttr;

/* The mdev type offered by the matrix parent. */
typedef struct {
    char *id;         /* vfio_ap-passthrough */
    char *name;       /* may be NULL */
    char *device_api; /* vfio-ap */
    guint available_instances;
} ApMdevType;

struct _ApDevice {
    gatomicrefcount refs;
    ApDeviceKind kind;
    char *name; /* NULL in a wish */
    char *parent;
    char *path;   /* NULL: not active */
    char *driver; /* NULL: none bound */
    guint adapter;
    guint domain;
    /* matrix parent */
    GPtrArray *types; /* ApMdevType, never NULL */
    /* matrix */
    char *uuid; /* NULL in a wish: to be generated */
    char *type_id;
    gint iommu_group; /* -1: none */
    GPtrArray *attrs; /* ApAttr, never NULL */
    gboolean persistent;
    gboolean autostart;
    ApReserve reserve;
    char *comment; /* NULL: none */
    /* of a wish: the guest that a live change may take something away from */
    char *take_from; /* NULL: none */
    /* active card, queue or matrix; NULL unless somebody has asked for it */
    ApStatus *status;
    /* of a wish: its document knows our namespace.  Where it does not it says
     * nothing of reserve and comment, and a definition that it replaces keeps
     * its own; a client that was written for libvirt alone loses nothing so. */
    gboolean extended;
};

ApAttr *
ap_attr_new(const char *name, const char *value);
void
ap_attr_free(ApAttr *attr);
void
ap_mdev_type_free(ApMdevType *type);

/* A new device of @kind with one reference and nothing set. */
ApDevice *
ap_device_new(ApDeviceKind kind);
/* Appends copies of @name and @value. */
void
ap_device_add_attr(ApDevice *device, const char *name, const char *value);
/* Appends a type; @name may be NULL.  Returns it, owned by @device. */
ApMdevType *
ap_device_add_type(ApDevice *device,
                   const char *id,
                   const char *name,
                   const char *device_api,
                   guint available_instances);
