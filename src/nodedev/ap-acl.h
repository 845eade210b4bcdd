/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-acl.h: asks libvirt's access control about one of our devices by name.
 */
#pragma once

#include "ap-virt.h"

/* Whether @conn may do what @check stands for to the device @name; libvirt's
 * error is set when not. */
gboolean
ap_acl_ensure(ApVirtDeviceAcl check, virConnectPtr conn, const char *name);
/* The same where it depends on @flags. */
gboolean
ap_acl_ensure_flags(ApVirtFlagsAcl check,
                    virConnectPtr conn,
                    const char *name,
                    unsigned int flags);
/* Whether @conn may see the device @name in a list; sets no error. */
gboolean
ap_acl_filter(ApVirtFilterAcl check, virConnectPtr conn, const char *name);
