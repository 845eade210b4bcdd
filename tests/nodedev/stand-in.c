/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stand-in.c: a small module with the shape of libvirt's own.
 *
 * STAND_IN_TABLE_CONST   puts the table where the linker makes it read-only
 * STAND_IN_NO_SLOT       leaves one entry point out of the table
 * STAND_IN_NO_SYMBOL     keeps one entry point to itself
 * STAND_IN_OLD           has no newer entry points
 * STAND_IN_FOLDED        has two entry points that are one function
 */
#include "stand-in.h"

#ifdef STAND_IN_TABLE_CONST
#    define TABLE_QUALIFIER const
#else
#    define TABLE_QUALIFIER
#endif

AP_ENTRY_EXPORT virNodeDevicePtr
nodeDeviceLookupSCSIHostByWWN(virConnectPtr conn,
                              const char *wwnn,
                              const char *wwpn,
                              unsigned int flags);
AP_ENTRY_EXPORT const StandInTable *
stand_in_get_table(void);
AP_ENTRY_EXPORT const char *
stand_in_get_called(void);
AP_ENTRY_EXPORT int
stand_in_get_registered(void);

static const char *called;
static int registered;

int
nodedevRegister(void)
{
    registered++;
    return 0;
}

int
nodeNumOfDevices(virConnectPtr conn G_GNUC_UNUSED,
                 const char *cap G_GNUC_UNUSED,
                 unsigned int flags G_GNUC_UNUSED)
{
    called = __func__;
    return 7;
}

int
nodeListDevices(virConnectPtr conn G_GNUC_UNUSED,
                const char *cap G_GNUC_UNUSED,
                char **const names G_GNUC_UNUSED,
                int maxnames G_GNUC_UNUSED,
                unsigned int flags G_GNUC_UNUSED)
{
    called = __func__;
    return 0;
}

int
nodeConnectListAllNodeDevices(virConnectPtr conn G_GNUC_UNUSED,
                              virNodeDevicePtr **devices G_GNUC_UNUSED,
                              unsigned int flags G_GNUC_UNUSED)
{
    called = __func__;
    return 7;
}

virNodeDevicePtr
nodeDeviceLookupByName(virConnectPtr conn G_GNUC_UNUSED, const char *name G_GNUC_UNUSED)
{
    called = __func__;
    return NULL;
}

char *
nodeDeviceGetXMLDesc(virNodeDevicePtr device G_GNUC_UNUSED,
                     unsigned int flags G_GNUC_UNUSED)
{
    called = __func__;
    return NULL;
}

char *
nodeDeviceGetParent(virNodeDevicePtr device G_GNUC_UNUSED)
{
    called = __func__;
    return NULL;
}

int
nodeDeviceNumOfCaps(virNodeDevicePtr device G_GNUC_UNUSED)
{
    called = __func__;
    return 7;
}

int
nodeDeviceListCaps(virNodeDevicePtr device G_GNUC_UNUSED,
                   char **const names G_GNUC_UNUSED,
                   int maxnames G_GNUC_UNUSED)
{
    called = __func__;
    return 0;
}

int
nodeDeviceIsActive(virNodeDevicePtr device G_GNUC_UNUSED)
{
    called = __func__;
    return 1;
}

#ifdef STAND_IN_FOLDED
int
nodeDeviceIsPersistent(virNodeDevicePtr device)
    __attribute__((alias("nodeDeviceIsActive")));
#else
int
nodeDeviceIsPersistent(virNodeDevicePtr device G_GNUC_UNUSED)
{
    called = __func__;
    return 1;
}
#endif

int
nodeDeviceGetAutostart(virNodeDevicePtr device G_GNUC_UNUSED,
                       int *autostart G_GNUC_UNUSED)
{
    called = __func__;
    return 0;
}

virNodeDevicePtr
nodeDeviceCreateXML(virConnectPtr conn G_GNUC_UNUSED,
                    const char *xml G_GNUC_UNUSED,
                    unsigned int flags G_GNUC_UNUSED)
{
    called = __func__;
    return NULL;
}

#ifdef STAND_IN_NO_SYMBOL
static int
private_destroy(virNodeDevicePtr device G_GNUC_UNUSED)
#else
int
nodeDeviceDestroy(virNodeDevicePtr device G_GNUC_UNUSED)
#endif
{
    called = "nodeDeviceDestroy";
    return 0;
}

int
nodeConnectNodeDeviceEventRegisterAny(virConnectPtr conn G_GNUC_UNUSED,
                                      virNodeDevicePtr device G_GNUC_UNUSED,
                                      int event_id G_GNUC_UNUSED,
                                      virConnectNodeDeviceEventGenericCallback callback
                                          G_GNUC_UNUSED,
                                      void *opaque G_GNUC_UNUSED,
                                      virFreeCallback free_opaque G_GNUC_UNUSED)
{
    called = __func__;
    return 7;
}

int
nodeConnectNodeDeviceEventDeregisterAny(virConnectPtr conn G_GNUC_UNUSED,
                                        int number G_GNUC_UNUSED)
{
    called = __func__;
    return 0;
}

int
nodeDeviceUndefine(virNodeDevicePtr device G_GNUC_UNUSED,
                   unsigned int flags G_GNUC_UNUSED)
{
    called = __func__;
    return 0;
}

int
nodeDeviceCreate(virNodeDevicePtr device G_GNUC_UNUSED, unsigned int flags G_GNUC_UNUSED)
{
    called = __func__;
    return 0;
}

int
nodeDeviceSetAutostart(virNodeDevicePtr device G_GNUC_UNUSED, int autostart G_GNUC_UNUSED)
{
    called = __func__;
    return 0;
}

virNodeDevicePtr
nodeDeviceDefineXML(virConnectPtr conn G_GNUC_UNUSED,
                    const char *xml G_GNUC_UNUSED,
                    unsigned int flags G_GNUC_UNUSED)
{
    called = __func__;
    return NULL;
}

virNodeDevicePtr
nodeDeviceLookupSCSIHostByWWN(virConnectPtr conn G_GNUC_UNUSED,
                              const char *wwnn G_GNUC_UNUSED,
                              const char *wwpn G_GNUC_UNUSED,
                              unsigned int flags G_GNUC_UNUSED)
{
    called = __func__;
    return NULL;
}

#ifndef STAND_IN_OLD
int
nodeDeviceUpdate(virNodeDevicePtr device G_GNUC_UNUSED,
                 const char *xml G_GNUC_UNUSED,
                 unsigned int flags G_GNUC_UNUSED)
{
    called = __func__;
    return 0;
}
#endif

static TABLE_QUALIFIER StandInTable table = {
    .title = "stand-in",
    .nodeNumOfDevices = nodeNumOfDevices,
    .nodeListDevices = nodeListDevices,
    .nodeConnectListAllNodeDevices = nodeConnectListAllNodeDevices,
    .nodeDeviceLookupByName = nodeDeviceLookupByName,
    .nodeDeviceGetXMLDesc = nodeDeviceGetXMLDesc,
    .nodeDeviceGetParent = nodeDeviceGetParent,
    .nodeDeviceNumOfCaps = nodeDeviceNumOfCaps,
    .nodeDeviceListCaps = nodeDeviceListCaps,
    .nodeDeviceIsActive = nodeDeviceIsActive,
    .nodeDeviceIsPersistent = nodeDeviceIsPersistent,
    .nodeDeviceGetAutostart = nodeDeviceGetAutostart,
    .nodeDeviceCreateXML = nodeDeviceCreateXML,
#if defined(STAND_IN_NO_SYMBOL)
    .nodeDeviceDestroy = private_destroy,
#elif !defined(STAND_IN_NO_SLOT)
    .nodeDeviceDestroy = nodeDeviceDestroy,
#endif
    .nodeConnectNodeDeviceEventRegisterAny = nodeConnectNodeDeviceEventRegisterAny,
    .nodeConnectNodeDeviceEventDeregisterAny = nodeConnectNodeDeviceEventDeregisterAny,
    .nodeDeviceCreate = nodeDeviceCreate,
    .nodeDeviceUndefine = nodeDeviceUndefine,
    .nodeDeviceSetAutostart = nodeDeviceSetAutostart,
    .nodeDeviceDefineXML = nodeDeviceDefineXML,
#ifndef STAND_IN_OLD
    .nodeDeviceUpdate = nodeDeviceUpdate,
#endif
    .nodeDeviceLookupSCSIHostByWWN = nodeDeviceLookupSCSIHostByWWN,
};

const StandInTable *
stand_in_get_table(void)
{
    /* Out of the optimiser's sight: our module rewrites what looks constant. */
    const StandInTable *volatile address = &table;

    return address;
}

const char *
stand_in_get_called(void)
{
    return called;
}

int
stand_in_get_registered(void)
{
    return registered;
}
