/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-error.c: the error domain.
 */
#include <libvirt-ap/ap-error.h>

GQuark
ap_error_quark(void)
{
    return g_quark_from_static_string("ap-error-quark");
}
