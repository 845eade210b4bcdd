/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-transient.c: what is refused for a matrix that runs, or is not defined.
 *
 * Starting, undefining and autostart are done by libvirt's own driver.  But it
 * hears of a matrix a moment after we have made it, and until then denies that
 * there is one; on a large machine it does so for minutes.  So what it would refuse
 * is refused here, from what the kernel and the store have now.
 */
#include "ap-acl.h"
#include "ap-handle.h"
#include "ap-i18n.h"
#include "ap-name.h"
#include "ap-query.h"

/* The matrix that @device is a handle of; NULL, without an error, for anything
 * else and for what cannot be read: those are libvirt's own driver's to judge. */
static ApDevice *
find_matrix(virNodeDevicePtr device)
{
    const char *name = virNodeDeviceGetName(device);
    ApName parsed;

    if (!ap_driver_serves(name) || !ap_name_parse(name, &parsed) ||
        parsed.kind != AP_DEVICE_MATRIX)
        return NULL;
    return ap_host_lookup(ap_driver.host, name, NULL);
}

static gboolean
is_allowed(virNodeDevicePtr device, ApVirtDeviceAcl may)
{
    return ap_acl_ensure(may, ap_handle_get_connection(device),
                         virNodeDeviceGetName(device));
}

int
nodeDeviceCreate(virNodeDevicePtr device, unsigned int flags)
{
    g_autoptr(ApDevice) found = flags ? NULL : find_matrix(device);

    if (!found || !ap_device_is_active(found))
        return AP_DRIVER_STOCK(nodeDeviceCreate, -1, device, flags);
    if (is_allowed(device, ap_virt.virNodeDeviceCreateEnsureACL))
        ap_virt_report(__func__, VIR_ERR_OPERATION_INVALID,
                       _("device '%s' is already active"), ap_device_get_name(found));
    return -1;
}

int
nodeDeviceUndefine(virNodeDevicePtr device, unsigned int flags)
{
    g_autoptr(ApDevice) found = flags ? NULL : find_matrix(device);

    if (!found || ap_device_is_persistent(found))
        return AP_DRIVER_STOCK(nodeDeviceUndefine, -1, device, flags);
    if (is_allowed(device, ap_virt.virNodeDeviceUndefineEnsureACL))
        ap_virt_report(__func__, VIR_ERR_OPERATION_INVALID,
                       _("device '%s' is not defined"), ap_device_get_name(found));
    return -1;
}

int
nodeDeviceSetAutostart(virNodeDevicePtr device, int autostart)
{
    g_autoptr(ApDevice) found = find_matrix(device);

    if (!found || ap_device_is_persistent(found))
        return AP_DRIVER_STOCK(nodeDeviceSetAutostart, -1, device, autostart);
    if (is_allowed(device, ap_virt.virNodeDeviceSetAutostartEnsureACL))
        ap_virt_report(__func__, VIR_ERR_OPERATION_INVALID,
                       _("device '%s' is not defined: there is no autostart for it"),
                       ap_device_get_name(found));
    return -1;
}
