/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-list.c: number of devices, names of devices, all devices.  Each question
 * is ours alone, or stock's alone, or concerns both: then stock's answer is
 * taken without the AP devices in it and ours is added, so that nothing
 * appears twice.
 */
#include <malloc.h>

#include "ap-acl.h"
#include "ap-driver.h"
#include "ap-i18n.h"
#include "ap-name.h"
#include "ap-virt.h"

/* From libvirt 10.1 on; the headers may be older. */
#define FILTER_PERSISTENT  (1U << 28)
#define FILTER_TRANSIENT   (1U << 29)
#define FILTER_STATE_SINCE 10001000UL

/* How many devices may turn up between stock's count and stock's list. */
#define STOCK_LIST_SLACK 64

/* A list this long takes megabytes until the client has it. */
#define LONG_LIST 4096

/* Who answers a question. */
typedef enum {
    ASK_STOCK,
    ASK_US,
    ASK_US_IF_ALONE, /* both where others have mediated devices, else us */
    ASK_BOTH
} ApListAsk;

/* The capabilities that an AP device can have. */
static const struct {
    const char *name;
    unsigned int filter;
    ApListFlags kinds;
    ApListAsk ask;
} capabilities[] = {
    { "ap_card", VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_CARD, AP_LIST_CARDS, ASK_US },
    { "ap_queue", VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_QUEUE, AP_LIST_QUEUES, ASK_US },
    { "ap_matrix", VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_MATRIX, AP_LIST_MATRIX_PARENT,
      ASK_US },
    { "mdev_types", VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV_TYPES, AP_LIST_MATRIX_PARENT,
      ASK_US_IF_ALONE },
    { "mdev", VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV, AP_LIST_MATRICES, ASK_US_IF_ALONE },
};

/* The states that a list can be narrowed to. */
static const struct {
    unsigned int filter;
    ApListFlags state;
    unsigned long since;
} states[] = {
    { VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE, AP_LIST_ACTIVE, 0 },
    { VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE, AP_LIST_INACTIVE, 0 },
    { FILTER_PERSISTENT, AP_LIST_PERSISTENT, FILTER_STATE_SINCE },
    { FILTER_TRANSIENT, AP_LIST_TRANSIENT, FILTER_STATE_SINCE },
};

/* On a mainframe mostly nobody but us has mediated devices, and then nobody
 * need be waited for. */
static ApListAsk
decide(ApListAsk ask)
{
    if (ask != ASK_US_IF_ALONE)
        return ask;
    return ap_host_has_other_mdevs(ap_driver.host) ? ASK_BOTH : ASK_US;
}

static ApListAsk
ask_by_capability(const char *capability, ApListFlags *wanted)
{
    gsize i;

    *wanted = AP_LIST_ALL_KINDS;
    if (!ap_driver.host)
        return ASK_STOCK;
    if (!capability)
        return ASK_BOTH;
    for (i = 0; i < G_N_ELEMENTS(capabilities); i++) {
        if (g_str_equal(capability, capabilities[i].name)) {
            *wanted = capabilities[i].kinds;
            return decide(capabilities[i].ask);
        }
    }
    return ASK_STOCK;
}

/* Takes the state filters out of @flags. */
static ApListFlags
take_states(unsigned int *flags)
{
    ApListFlags wanted = 0;
    gsize i;

    for (i = 0; i < G_N_ELEMENTS(states); i++) {
        if ((*flags & states[i].filter) && ap_virt.version >= states[i].since) {
            wanted |= states[i].state;
            *flags &= ~states[i].filter;
        }
    }
    return wanted;
}

/* Flags that no one of the tables knows are other devices' capabilities, or
 * stock's to judge: either way stock is asked. */
static ApListAsk
ask_by_flags(unsigned int flags, ApListFlags *wanted)
{
    ApListAsk ask = ASK_US;
    gsize i;

    *wanted = take_states(&flags);
    if (!ap_driver.host)
        return ASK_STOCK;
    if (flags == 0) {
        *wanted |= AP_LIST_ALL_KINDS;
        return ASK_BOTH;
    }
    for (i = 0; i < G_N_ELEMENTS(capabilities); i++) {
        if (flags & capabilities[i].filter) {
            *wanted |= capabilities[i].kinds;
            ask = MAX(ask, capabilities[i].ask);
            flags &= ~capabilities[i].filter;
        }
    }
    if (!(*wanted & AP_LIST_ALL_KINDS))
        return ASK_STOCK;
    return flags ? ASK_BOTH : decide(ask);
}

/* Our devices' names, those left out that @conn may not see. */
static GPtrArray *
read_names(virConnectPtr conn,
           ApListFlags wanted,
           ApVirtFilterAcl may_see,
           GError **error)
{
    GPtrArray *names = ap_host_list_names(ap_driver.host, wanted, error);
    guint i;

    if (!names)
        return NULL;
    for (i = names->len; i-- > 0;) {
        if (!ap_acl_filter(may_see, conn, g_ptr_array_index(names, i)))
            g_ptr_array_remove_index_fast(names, i);
    }
    return names;
}

/* The same where only we are asked: a failure is libvirt's error. */
static GPtrArray *
read_names_alone(const char *function,
                 virConnectPtr conn,
                 ApListFlags wanted,
                 ApVirtFilterAcl may_see)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *names = read_names(conn, wanted, may_see, &error);

    if (!names)
        ap_virt_report_error(function, error);
    return names;
}

/* The same where stock was asked too: on a failure its answer has to do,
 * because the other devices must not be lost for it. */
static GPtrArray *
read_names_beside_stock(virConnectPtr conn, ApListFlags wanted, ApVirtFilterAcl may_see)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *names = read_names(conn, wanted, may_see, &error);

    if (!names)
        ap_virt_warn(_("AP devices are listed as libvirt's own driver sees them: %s"),
                     error->message);
    return names;
}

/* Asks stock for all names with @capability; -1 with libvirt's error set. */
static int
read_stock_names(virConnectPtr conn, const char *capability, GPtrArray *names)
{
    int room = AP_DRIVER_STOCK(nodeNumOfDevices, -1, conn, capability, 0);
    int found;

    if (room < 0)
        return -1;
    do {
        g_ptr_array_set_size(names, 0);
        room = room * 2 + STOCK_LIST_SLACK;
        g_ptr_array_set_size(names, room);
        found = AP_DRIVER_STOCK(nodeListDevices, -1, conn, capability,
                                (char **)names->pdata, room, 0);
    } while (found == room);
    g_ptr_array_set_size(names, MAX(found, 0));
    return found;
}

/* Stock's names with ours in the place of those it has of our devices. */
static GPtrArray *
merge_names(virConnectPtr conn,
            const char *capability,
            ApListFlags wanted,
            ApVirtFilterAcl may_see)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) ours = NULL;
    guint i;

    if (read_stock_names(conn, capability, names) < 0)
        return NULL;
    ours = read_names_beside_stock(conn, wanted, may_see);
    if (ours) {
        for (i = names->len; i-- > 0;) {
            if (ap_name_parse(g_ptr_array_index(names, i), NULL))
                g_ptr_array_remove_index_fast(names, i);
        }
        g_ptr_array_extend_and_steal(names, g_steal_pointer(&ours));
    }
    return g_steal_pointer(&names);
}

/* The answer of us, or of both. */
static GPtrArray *
collect_names(const char *function,
              virConnectPtr conn,
              const char *capability,
              ApVirtFilterAcl may_see)
{
    ApListFlags wanted;

    if (ask_by_capability(capability, &wanted) == ASK_US)
        return read_names_alone(function, conn, wanted, may_see);
    return merge_names(conn, capability, wanted, may_see);
}

int
nodeNumOfDevices(virConnectPtr conn, const char *cap, unsigned int flags)
{
    g_autoptr(GPtrArray) names = NULL;
    ApListFlags wanted;

    if (ask_by_capability(cap, &wanted) == ASK_STOCK)
        return AP_DRIVER_STOCK(nodeNumOfDevices, -1, conn, cap, flags);
    if (ap_virt.virNodeNumOfDevicesEnsureACL(conn) < 0 ||
        !ap_virt_check_flags(__func__, flags, 0))
        return -1;
    names = collect_names(__func__, conn, cap, ap_virt.virNodeNumOfDevicesCheckACL);
    return names ? (int)names->len : -1;
}

int
nodeListDevices(virConnectPtr conn,
                const char *cap,
                char **const names,
                int maxnames,
                unsigned int flags)
{
    g_autoptr(GPtrArray) found = NULL;
    ApListFlags wanted;
    int n_names;
    int i;

    if (ask_by_capability(cap, &wanted) == ASK_STOCK)
        return AP_DRIVER_STOCK(nodeListDevices, -1, conn, cap, names, maxnames, flags);
    if (ap_virt.virNodeListDevicesEnsureACL(conn) < 0 ||
        !ap_virt_check_flags(__func__, flags, 0))
        return -1;
    found = collect_names(__func__, conn, cap, ap_virt.virNodeListDevicesCheckACL);
    if (!found)
        return -1;
    n_names = MIN((int)found->len, maxnames);
    for (i = 0; i < n_names; i++)
        names[i] = g_steal_pointer(&found->pdata[i]);
    return n_names;
}

static void
free_devices(virNodeDevicePtr *devices, int n_devices)
{
    int i;

    for (i = 0; i < n_devices; i++)
        virNodeDeviceFree(devices[i]);
    g_free(devices);
}

/* Takes the devices out of @devices that are ours to list. */
static int
drop_our_devices(virNodeDevicePtr *devices, int n_devices)
{
    int kept = 0;
    int i;

    for (i = 0; i < n_devices; i++) {
        if (ap_name_parse(virNodeDeviceGetName(devices[i]), NULL))
            virNodeDeviceFree(devices[i]);
        else
            devices[kept++] = devices[i];
    }
    return kept;
}

/* A list is freed by whoever sends it, and every worker of the daemon has a heap
 * of its own, which then keeps what the list needed.  So each long list begins
 * with giving back what those before it have left. */
static void
return_memory(guint n_names)
{
#ifdef __GLIBC__
    if (n_names >= LONG_LIST)
        malloc_trim(0);
#endif
}

/* @devices (taken over, may be NULL) with a handle for each of @names behind
 * them, NULL at the end; NULL with libvirt's error set. */
static virNodeDevicePtr *
append_handles(virConnectPtr conn,
               virNodeDevicePtr *devices,
               int n_devices,
               const GPtrArray *names)
{
    guint i;

    return_memory(names->len);
    devices = g_renew(virNodeDevicePtr, devices, (gsize)n_devices + names->len + 1);
    for (i = 0; i < names->len; i++) {
        virNodeDevicePtr device =
            ap_virt_node_device_new(conn, g_ptr_array_index(names, i));

        if (!device) {
            /* Freeing the others resets the error, so it is told here. */
            free_devices(devices, n_devices + i);
            ap_virt_report("nodeConnectListAllNodeDevices", VIR_ERR_INTERNAL_ERROR,
                           _("no handle on node device '%s' to be had"),
                           (const char *)g_ptr_array_index(names, i));
            return NULL;
        }
        devices[n_devices + i] = device;
    }
    devices[n_devices + names->len] = NULL;
    return devices;
}

static int
list_ours(virConnectPtr conn, virNodeDevicePtr **devices, ApListFlags wanted)
{
    g_autoptr(GPtrArray) names = NULL;

    if (ap_virt.virConnectListAllNodeDevicesEnsureACL(conn) < 0)
        return -1;
    names = read_names_alone("nodeConnectListAllNodeDevices", conn, wanted,
                             ap_virt.virConnectListAllNodeDevicesCheckACL);
    if (!names)
        return -1;
    if (devices && !(*devices = append_handles(conn, NULL, 0, names)))
        return -1;
    return names->len;
}

static int
list_both(virConnectPtr conn,
          virNodeDevicePtr **devices,
          unsigned int flags,
          ApListFlags wanted)
{
    g_autoptr(GPtrArray) names = NULL;
    virNodeDevicePtr *found = NULL;
    int n_found = AP_DRIVER_STOCK(nodeConnectListAllNodeDevices, -1, conn, &found, flags);

    if (n_found < 0)
        return -1;
    names = read_names_beside_stock(conn, wanted,
                                    ap_virt.virConnectListAllNodeDevicesCheckACL);
    if (names) {
        n_found = drop_our_devices(found, n_found);
        found = append_handles(conn, found, n_found, names);
        if (!found)
            return -1;
        n_found += names->len;
    }
    if (devices)
        *devices = found;
    else
        free_devices(found, n_found);
    return n_found;
}

int
nodeConnectListAllNodeDevices(virConnectPtr conn,
                              virNodeDevicePtr **devices,
                              unsigned int flags)
{
    ApListFlags wanted;

    switch (ask_by_flags(flags, &wanted)) {
    case ASK_US:
        return list_ours(conn, devices, wanted);
    case ASK_BOTH:
        return list_both(conn, devices, flags, wanted);
    case ASK_US_IF_ALONE:
    case ASK_STOCK:
        break;
    }
    return AP_DRIVER_STOCK(nodeConnectListAllNodeDevices, -1, conn, devices, flags);
}
