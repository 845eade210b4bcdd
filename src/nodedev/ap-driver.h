/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-driver.h: the state of the module, set once while it registers, before
 * any thread can call an entry point, and only read from then on.
 */
#pragma once

#include <libvirt-ap/ap-host.h>

#include "ap-autostart-thread.h"
#include "ap-stock.h"

typedef struct {
    ApStock stock;
    ApHost *host;                 /* NULL: everything is handed to stock */
    ApAutostartThread *autostart; /* NULL: this daemon does not start any */
} ApDriver;

extern ApDriver ap_driver;

/* Whether this module answers for the device @name. */
gboolean
ap_driver_serves(const char *name);

/* Hands a call to the stock module: its answer, or @failure with libvirt's
 * error set where there is no stock module to ask. */
#define AP_DRIVER_STOCK(name, failure, ...)                                              \
    (ap_driver.stock.name ? ap_driver.stock.name(__VA_ARGS__)                            \
                          : (ap_driver_report_no_stock(#name), (failure)))

void
ap_driver_report_no_stock(const char *function);
