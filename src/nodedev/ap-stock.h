/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-stock.h: libvirt's own node device module, loaded beneath ours.
 */
#pragma once

#include <glib.h>

#include "ap-entry.h"

/* Names the module to load instead of the one of libvirt's driver directory.
 * For tests, and for a driver directory that is somewhere else. */
#define AP_STOCK_ENVIRONMENT "LIBVIRT_AP_STOCK_DRIVER"

/* The entry points of the stock module. */
typedef struct {
    void *handle;
    char *path;
    __typeof__(&nodedevRegister) nodedevRegister;
#define AP_STOCK_MEMBER(name) __typeof__(&name) name;
    AP_ENTRY_POINTS(AP_STOCK_MEMBER)
    AP_NEWER_ENTRY_POINTS(AP_STOCK_MEMBER)
#undef AP_STOCK_MEMBER
} ApStock;

/* How loading went. */
typedef enum {
    AP_STOCK_LOADED,
    AP_STOCK_MISSING, /* no such file, or the file is our own */
    AP_STOCK_BROKEN   /* the file is there and cannot be loaded */
} ApStockResult;

/* Loads the module for good (it is never unloaded) and looks its entry points
 * up; those that it does not export stay NULL. */
ApStockResult
ap_stock_load(ApStock *stock, GError **error);
/* Has the stock module's slots hold our entry points; see ap-binding.h. */
gboolean
ap_stock_bind(const ApStock *stock, GError **error);
