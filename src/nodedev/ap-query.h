/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-query.h: the AP device behind a node device handle.
 */
#pragma once

#include "ap-driver.h"
#include "ap-virt.h"

/* Reads the device that @device is a handle of and asks whether its connection
 * @may do what the entry point @function does; NULL with libvirt's error set.
 * The device must be one that we serve. */
ApDevice *
ap_query_device(const char *function, virNodeDevicePtr device, ApVirtDeviceAcl may);
