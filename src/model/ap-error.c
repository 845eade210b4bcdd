/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-error.c: the error domain.
 */
#include <libvirt-ap/ap-error.h>

G_DEFINE_QUARK(ap - error - quark, ap_error)
