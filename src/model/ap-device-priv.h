/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-device-priv.h: the fields of an ApDevice, for conf (XML) and host (sysfs)
 * to fill and read.
 */
#pragma once

#include <libvirt-ap/ap-device.h>

/* One <attr name='…' value='…'/>, order and duplicates kept. */
typedef struct {
    char *name;
    char *value;
} ApAttr;

/* The mdev type offered by the matrix parent. */
typedef struct {
    char *id;                   /* vfio_ap-passthrough */
    char *name;                 /* may be NULL */
    char *device_api;           /* vfio-ap */
    guint available_instances;
} ApMdevType;

struct _ApDevice {
    gatomicrefcount refs;
    ApDeviceKind kind;
    char *name;                 /* NULL in a wish */
    char *parent;
    char *path;                 /* NULL: not active */
    char *driver;               /* NULL: none bound */
    guint adapter;
    guint domain;
    /* matrix parent */
    GPtrArray *types;           /* ApMdevType */
    /* matrix */
    char *uuid;                 /* NULL in a wish: to be generated */
    char *type_id;
    gint iommu_group;           /* -1: none */
    GPtrArray *attrs;           /* ApAttr */
    gboolean persistent;
    gboolean autostart;
};

/* A new device of @kind with one reference and nothing set. */
ApDevice *
ap_device_new(ApDeviceKind kind);
void
ap_device_add_attr(ApDevice *device,
                   const char *name,
                   const char *value);
