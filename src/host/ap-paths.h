/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-paths.h: where things are, relative to the root descriptor.  The absolute
 * path that clients see is "/" and one of these.
 */
#pragma once

#include "ap-device-priv.h"

#define AP_PATH_CARDS        "sys/devices/ap"
#define AP_PATH_BUS          "sys/bus/ap"
#define AP_PATH_BUS_DEVICES  AP_PATH_BUS "/devices"
#define AP_PATH_HOST_QUEUES  AP_PATH_BUS "/drivers/cex4queue"
#define AP_PATH_GUEST_QUEUES AP_PATH_BUS "/drivers/vfio_ap"
#define AP_PATH_MATRIX       "sys/devices/vfio_ap/matrix"
#define AP_PATH_TYPES        AP_PATH_MATRIX "/mdev_supported_types"
#define AP_PATH_TYPE         AP_PATH_TYPES "/" AP_MDEV_TYPE_ID
#define AP_PATH_VFIO         "dev/vfio"
#define AP_PATH_CRYPTO       "proc/crypto"
#define AP_PATH_PROC         "proc"
/* Shared with mdevctl and with s390-tools. */
#define AP_PATH_ETC       "etc"
#define AP_NAME_MDEVCTL   "mdevctl.d"
#define AP_PATH_MDEVCTL   AP_PATH_ETC "/" AP_NAME_MDEVCTL
#define AP_PATH_STORE     AP_PATH_MDEVCTL "/" AP_MATRIX_PARENT_ADDR
#define AP_PATH_RUN       "run"
#define AP_PATH_LOCK_DIR  AP_PATH_RUN "/lock"
#define AP_LOCK_NAME      "s390apconfig.lock"
#define AP_PATH_RULES     AP_PATH_ETC "/udev/rules.d"
#define AP_PATH_RUN_RULES AP_PATH_RUN "/udev/rules.d"
#define AP_PATH_ZCRYPT    "sys/class/zcrypt"
/* Our own. */
#define AP_PATH_CONFIG      "etc/libvirt/ap.conf"
#define AP_PATH_EXTRAS      "etc/libvirt/ap"
#define AP_PATH_OWN_RUN     AP_PATH_RUN "/libvirt-ap"
#define AP_PATH_INTENT      AP_PATH_OWN_RUN "/making"
#define AP_PATH_MARKS       AP_PATH_OWN_RUN "/started"
#define AP_PATH_HOLDERS     AP_PATH_OWN_RUN "/holders"
#define AP_PATH_OWN_STATE   "var/lib/libvirt/ap"
#define AP_PATH_HISTORY_DIR AP_PATH_OWN_STATE
#define AP_HISTORY_NAME     "history"
/* The system's. */
#define AP_PATH_JOURNAL AP_PATH_RUN "/systemd/journal/socket"
