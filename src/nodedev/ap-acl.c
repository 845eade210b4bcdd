/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-acl.c: asks libvirt's access control about one of our devices.
 *
 * The functions take libvirt's own description of a device, which we have not.
 * Of it the access drivers read the name, its first member, and nothing else:
 * the polkit driver offers the name to the rules, the others look at no
 * member.  So they are given a name followed by zeroes, more of them than any
 * version of that description is long.  This file is the only one that relies
 * on it.
 */
#include "ap-acl.h"

struct _ApAclObject {
    const char *name;
    char zeroes[2048];
};

gboolean
ap_acl_ensure(ApVirtDeviceAcl check, virConnectPtr conn, const char *name)
{
    ApAclObject object = { .name = name };

    return check(conn, &object) >= 0;
}

gboolean
ap_acl_ensure_flags(ApVirtFlagsAcl check,
                    virConnectPtr conn,
                    const char *name,
                    unsigned int flags)
{
    ApAclObject object = { .name = name };

    return check(conn, &object, flags) >= 0;
}

gboolean
ap_acl_filter(ApVirtFilterAcl check, virConnectPtr conn, const char *name)
{
    ApAclObject object = { .name = name };

    return check(conn, &object);
}
