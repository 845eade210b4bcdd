/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-subscription.c: clients that listen to events are registered twice: with
 * libvirt's own driver, whose events about AP devices are dropped, and with us.  The
 * number that the client gets is that of libvirt's own driver.
 *
 * Both registrations share one subscription; the client's free function runs
 * when both are gone, because libvirt may be calling the one while the other
 * ends.
 */
#include "ap-driver.h"
#include "ap-entry.h"
#include "ap-events.h"
#include "ap-events-state.h"
#include "ap-virt.h"

typedef struct {
    gatomicrefcount refs;
    virConnectNodeDeviceEventGenericCallback callback; /* of the kind of event */
    void *opaque;
    virFreeCallback free_opaque; /* NULL until both registrations are made */
} ApSubscription;

/* Number with libvirt's driver -> number with us; protected by its mutex. */
static GMutex numbers_mutex;
static GHashTable *numbers;

static ApSubscription *
subscription_new(virConnectNodeDeviceEventGenericCallback callback, void *opaque)
{
    ApSubscription *subscription = g_new0(ApSubscription, 1);

    g_atomic_ref_count_init(&subscription->refs);
    subscription->callback = callback;
    subscription->opaque = opaque;
    return subscription;
}

static void
subscription_unref(void *opaque)
{
    ApSubscription *subscription = opaque;

    if (!g_atomic_ref_count_dec(&subscription->refs))
        return;
    if (subscription->free_opaque)
        subscription->free_opaque(subscription->opaque);
    g_free(subscription);
}

static void
deliver_lifecycle(virConnectPtr conn,
                  virNodeDevicePtr device,
                  int event,
                  int detail,
                  void *opaque)
{
    ApSubscription *subscription = opaque;
    virConnectNodeDeviceEventLifecycleCallback callback =
        (virConnectNodeDeviceEventLifecycleCallback)(void *)subscription->callback;

    callback(conn, device, event, detail, subscription->opaque);
}

static void
deliver_update(virConnectPtr conn, virNodeDevicePtr device, void *opaque)
{
    ApSubscription *subscription = opaque;

    subscription->callback(conn, device, subscription->opaque);
}

static void
deliver_lifecycle_from_stock(virConnectPtr conn,
                             virNodeDevicePtr device,
                             int event,
                             int detail,
                             void *opaque)
{
    if (!ap_events_are_ours(virNodeDeviceGetName(device)))
        deliver_lifecycle(conn, device, event, detail, opaque);
}

static void
deliver_update_from_stock(virConnectPtr conn, virNodeDevicePtr device, void *opaque)
{
    if (!ap_events_are_ours(virNodeDeviceGetName(device)))
        deliver_update(conn, device, opaque);
}

/* How each kind of event that concerns us is delivered. */
static const struct {
    virConnectNodeDeviceEventGenericCallback ours;
    virConnectNodeDeviceEventGenericCallback from_stock;
} deliverers[] = {
    [VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE] = {
        VIR_NODE_DEVICE_EVENT_CALLBACK(deliver_lifecycle),
        VIR_NODE_DEVICE_EVENT_CALLBACK(deliver_lifecycle_from_stock),
    },
    [VIR_NODE_DEVICE_EVENT_ID_UPDATE] = {
        VIR_NODE_DEVICE_EVENT_CALLBACK(deliver_update),
        VIR_NODE_DEVICE_EVENT_CALLBACK(deliver_update_from_stock),
    },
};

static void
remember(int stock_number, int our_number)
{
    g_mutex_lock(&numbers_mutex);
    if (!numbers)
        numbers = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(numbers, GINT_TO_POINTER(stock_number),
                        GINT_TO_POINTER(our_number));
    g_mutex_unlock(&numbers_mutex);
}

static gboolean
forget(int stock_number, int *our_number)
{
    gpointer value = NULL;
    gboolean found;

    g_mutex_lock(&numbers_mutex);
    found = numbers && g_hash_table_steal_extended(numbers, GINT_TO_POINTER(stock_number),
                                                   NULL, &value);
    g_mutex_unlock(&numbers_mutex);
    *our_number = GPOINTER_TO_INT(value);
    return found;
}

/* Registers @subscription, whose one reference is taken over, with both; the
 * number with libvirt's driver, or -1 with libvirt's error set. */
static int
subscribe(virConnectPtr conn,
          virNodeDevicePtr device,
          int event_id,
          ApSubscription *subscription)
{
    int stock_number = AP_DRIVER_STOCK(nodeConnectNodeDeviceEventRegisterAny, -1, conn,
                                       device, event_id, deliverers[event_id].from_stock,
                                       subscription, subscription_unref);
    int our_number;

    if (stock_number < 0) {
        subscription_unref(subscription);
        return -1;
    }
    g_atomic_ref_count_inc(&subscription->refs);
    if (ap_virt.virNodeDeviceEventStateRegisterID(conn, ap_events_state(), device,
                                                  event_id, deliverers[event_id].ours,
                                                  subscription, subscription_unref,
                                                  &our_number) < 0) {
        subscription_unref(subscription);
        (void)ap_driver.stock.nodeConnectNodeDeviceEventDeregisterAny(conn, stock_number);
        return -1;
    }
    remember(stock_number, our_number);
    return stock_number;
}

int
nodeConnectNodeDeviceEventRegisterAny(virConnectPtr conn,
                                      virNodeDevicePtr device,
                                      int event_id,
                                      virConnectNodeDeviceEventGenericCallback callback,
                                      void *opaque,
                                      virFreeCallback free_opaque)
{
    ApSubscription *subscription;
    int number;

    if (event_id < 0 || event_id >= (int)G_N_ELEMENTS(deliverers) || !ap_driver.host ||
        !ap_events_start())
        return AP_DRIVER_STOCK(nodeConnectNodeDeviceEventRegisterAny, -1, conn, device,
                               event_id, callback, opaque, free_opaque);
    subscription = subscription_new(callback, opaque);
    /* One reference of ours, so that it is there when it is completed below. */
    g_atomic_ref_count_inc(&subscription->refs);
    number = subscribe(conn, device, event_id, subscription);
    if (number >= 0)
        subscription->free_opaque = free_opaque;
    subscription_unref(subscription);
    return number;
}

int
nodeConnectNodeDeviceEventDeregisterAny(virConnectPtr conn, int number)
{
    int our_number;

    if (AP_DRIVER_STOCK(nodeConnectNodeDeviceEventDeregisterAny, -1, conn, number) < 0)
        return -1;
    if (forget(number, &our_number))
        return ap_virt.virObjectEventStateDeregisterID(conn, ap_events_state(),
                                                       our_number, true) < 0
                   ? -1
                   : 0;
    return 0;
}
