/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-entry.h: the entry points that this module takes the place of.  They have
 * the names and the signatures of those of libvirt's own node device module,
 * made of public types only.  Every entry point that is not listed stays
 * libvirt's own: its driver table never meets us.
 */
#pragma once

#include <libvirt/libvirt.h>

#define AP_ENTRY_EXPORT __attribute__((visibility("default")))

AP_ENTRY_EXPORT int
nodedevRegister(void);

AP_ENTRY_EXPORT int
nodeNumOfDevices(virConnectPtr conn, const char *cap, unsigned int flags);
AP_ENTRY_EXPORT int
nodeListDevices(virConnectPtr conn,
                const char *cap,
                char **const names,
                int maxnames,
                unsigned int flags);
AP_ENTRY_EXPORT int
nodeConnectListAllNodeDevices(virConnectPtr conn,
                              virNodeDevicePtr **devices,
                              unsigned int flags);
AP_ENTRY_EXPORT virNodeDevicePtr
nodeDeviceLookupByName(virConnectPtr conn, const char *name);
AP_ENTRY_EXPORT char *
nodeDeviceGetXMLDesc(virNodeDevicePtr device, unsigned int flags);
AP_ENTRY_EXPORT char *
nodeDeviceGetParent(virNodeDevicePtr device);
AP_ENTRY_EXPORT int
nodeDeviceNumOfCaps(virNodeDevicePtr device);
AP_ENTRY_EXPORT int
nodeDeviceListCaps(virNodeDevicePtr device, char **const names, int maxnames);
AP_ENTRY_EXPORT int
nodeDeviceIsActive(virNodeDevicePtr device);
AP_ENTRY_EXPORT int
nodeDeviceIsPersistent(virNodeDevicePtr device);
AP_ENTRY_EXPORT int
nodeDeviceGetAutostart(virNodeDevicePtr device, int *autostart);
AP_ENTRY_EXPORT virNodeDevicePtr
nodeDeviceCreateXML(virConnectPtr conn, const char *xml, unsigned int flags);
AP_ENTRY_EXPORT int
nodeDeviceDestroy(virNodeDevicePtr device);
AP_ENTRY_EXPORT virNodeDevicePtr
nodeDeviceDefineXML(virConnectPtr conn, const char *xml, unsigned int flags);
AP_ENTRY_EXPORT int
nodeDeviceCreate(virNodeDevicePtr device, unsigned int flags);
AP_ENTRY_EXPORT int
nodeDeviceUndefine(virNodeDevicePtr device, unsigned int flags);
AP_ENTRY_EXPORT int
nodeDeviceSetAutostart(virNodeDevicePtr device, int autostart);
AP_ENTRY_EXPORT int
nodeConnectNodeDeviceEventRegisterAny(virConnectPtr conn,
                                      virNodeDevicePtr device,
                                      int event_id,
                                      virConnectNodeDeviceEventGenericCallback callback,
                                      void *opaque,
                                      virFreeCallback free_opaque);
AP_ENTRY_EXPORT int
nodeConnectNodeDeviceEventDeregisterAny(virConnectPtr conn, int number);

/* From libvirt 10.1 on. */
AP_ENTRY_EXPORT int
nodeDeviceUpdate(virNodeDevicePtr device, const char *xml, unsigned int flags);

/* Everything above but nodedevRegister: what every driver table has slots for. */
#define AP_ENTRY_POINTS(X)                                                               \
    X(nodeNumOfDevices)                                                                  \
    X(nodeListDevices)                                                                   \
    X(nodeConnectListAllNodeDevices)                                                     \
    X(nodeDeviceLookupByName)                                                            \
    X(nodeDeviceGetXMLDesc)                                                              \
    X(nodeDeviceGetParent)                                                               \
    X(nodeDeviceNumOfCaps)                                                               \
    X(nodeDeviceListCaps)                                                                \
    X(nodeDeviceIsActive)                                                                \
    X(nodeDeviceIsPersistent)                                                            \
    X(nodeDeviceGetAutostart)                                                            \
    X(nodeDeviceCreateXML)                                                               \
    X(nodeDeviceDestroy)                                                                 \
    X(nodeDeviceDefineXML)                                                               \
    X(nodeDeviceCreate)                                                                  \
    X(nodeDeviceUndefine)                                                                \
    X(nodeDeviceSetAutostart)                                                            \
    X(nodeConnectNodeDeviceEventRegisterAny)                                             \
    X(nodeConnectNodeDeviceEventDeregisterAny)
/* And what older drivers have not. */
#define AP_NEWER_ENTRY_POINTS(X) X(nodeDeviceUpdate)
