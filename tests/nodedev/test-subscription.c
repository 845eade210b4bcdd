/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-subscription.c: a client that listens is registered twice, hears
 * everything once, and is let go of once.  Both places where it is registered,
 * libvirt's own driver and libvirt's event machinery for us, are made up here.
 */
#include "ap-events.h"
#include "ap-events-state.h"
#include "serve-machine.h"

#define STOCK_NUMBER 7
#define OUR_NUMBER   70
#define LIFECYCLE    VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE
#define UPDATE       VIR_NODE_DEVICE_EVENT_ID_UPDATE
#define CREATED      VIR_NODE_DEVICE_EVENT_CREATED
#define DEFINED      VIR_NODE_DEVICE_EVENT_DEFINED

/* One of the two registrations. */
typedef struct {
    gboolean refuses;
    gboolean registered;
    virConnectNodeDeviceEventGenericCallback callback;
    void *opaque;
    virFreeCallback free_opaque;
    virNodeDevicePtr device;
} Place;

static Place stock;
static Place ours;
static gboolean listening;
/* What the client has heard, and how often its free function ran. */
static GString *heard;
static guint n_freed;
static int listened_to;

gboolean
ap_events_start(void)
{
    return listening;
}

gboolean
ap_events_are_ours(const char *name)
{
    return g_str_has_prefix(name, "ap_");
}

/* Nothing is changed here. */
void
ap_events_tell_definition(const char *name G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

void
ap_events_tell_presence(const char *name G_GNUC_UNUSED, gboolean present G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

void
ap_events_tell_update(const char *name G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

static int
place_register(Place *place,
               virNodeDevicePtr device,
               virConnectNodeDeviceEventGenericCallback callback,
               void *opaque,
               virFreeCallback free_opaque)
{
    if (place->refuses) {
        ap_virt_report(__func__, VIR_ERR_ACCESS_DENIED, "no");
        return -1;
    }
    place->registered = TRUE;
    place->device = device;
    place->callback = callback;
    place->opaque = opaque;
    place->free_opaque = free_opaque;
    return 0;
}

static int
place_deregister(Place *place)
{
    if (!place->registered)
        return -1;
    place->registered = FALSE;
    if (place->free_opaque)
        place->free_opaque(place->opaque);
    return 0;
}

static void
place_tell(const Place *place, virConnectPtr conn, const char *name, int event)
{
    g_autoptr(virNodeDevice) device = ap_virt_node_device_new(conn, name);

    g_assert_true(place->registered);
    ((virConnectNodeDeviceEventLifecycleCallback)(void *)place->callback)(conn, device,
                                                                          event, 0,
                                                                          place->opaque);
}

static int
stock_register(virConnectPtr conn G_GNUC_UNUSED,
               virNodeDevicePtr device,
               int event_id G_GNUC_UNUSED,
               virConnectNodeDeviceEventGenericCallback callback,
               void *opaque,
               virFreeCallback free_opaque)
{
    return place_register(&stock, device, callback, opaque, free_opaque) < 0
               ? -1
               : STOCK_NUMBER;
}

static int
stock_deregister(virConnectPtr conn G_GNUC_UNUSED, int number)
{
    return number == STOCK_NUMBER ? place_deregister(&stock) : -1;
}

static int
our_register(virConnectPtr conn G_GNUC_UNUSED,
             ApVirtEventState *state G_GNUC_UNUSED,
             virNodeDevicePtr device,
             int event_id,
             virConnectNodeDeviceEventGenericCallback callback,
             void *opaque,
             virFreeCallback free_opaque,
             int *number)
{
    g_assert_cmpint(event_id, ==, listened_to);
    if (place_register(&ours, device, callback, opaque, free_opaque) < 0)
        return -1;
    *number = OUR_NUMBER;
    return 1;
}

static int
our_deregister(virConnectPtr conn G_GNUC_UNUSED,
               ApVirtEventState *state G_GNUC_UNUSED,
               int number,
               bool free_opaque)
{
    g_assert_cmpint(number, ==, OUR_NUMBER);
    g_assert_true(free_opaque);
    return place_deregister(&ours);
}

static void
hear(virConnectPtr conn G_GNUC_UNUSED,
     virNodeDevicePtr device,
     int event,
     int detail G_GNUC_UNUSED,
     void *opaque)
{
    g_assert_true(opaque == &heard);
    g_assert_cmpuint(n_freed, ==, 0);
    g_string_append_printf(heard, "%s=%d ", virNodeDeviceGetName(device), event);
}

static void
count_free(void *opaque)
{
    g_assert_true(opaque == &heard);
    n_freed++;
}

static int
listen_to(ServeMachine *machine, virNodeDevicePtr device, int event_id)
{
    listened_to = event_id;
    return nodeConnectNodeDeviceEventRegisterAny(machine->conn, device, event_id,
                                                 VIR_NODE_DEVICE_EVENT_CALLBACK(hear),
                                                 &heard, count_free);
}

static void
reset(void)
{
    stock = (Place){ 0 };
    ours = (Place){ 0 };
    listening = TRUE;
    n_freed = 0;
    g_string_truncate(heard, 0);
}

static void
test_heard_once(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(virNodeDevice) card = ap_virt_node_device_new(machine->conn, "ap_card05");

    reset();
    g_assert_cmpint(listen_to(machine, card, LIFECYCLE), ==, STOCK_NUMBER);
    g_assert_true(stock.device == card && ours.device == card);
    place_tell(&ours, machine->conn, "ap_card05", CREATED);
    place_tell(&stock, machine->conn, "ap_card05", CREATED);
    place_tell(&stock, machine->conn, "ap_card05", DEFINED);
    place_tell(&stock, machine->conn, "pci_1", CREATED);
    g_assert_cmpstr(heard->str, ==, "ap_card05=0 pci_1=0 ");
    g_assert_cmpint(nodeConnectNodeDeviceEventDeregisterAny(machine->conn, STOCK_NUMBER),
                    ==, 0);
    g_assert_false(stock.registered || ours.registered);
    g_assert_cmpuint(n_freed, ==, 1);
    g_assert_cmpint(nodeConnectNodeDeviceEventDeregisterAny(machine->conn, STOCK_NUMBER),
                    ==, -1);
}

static void
hear_update(virConnectPtr conn G_GNUC_UNUSED, virNodeDevicePtr device, void *opaque)
{
    g_assert_true(opaque == &heard);
    g_string_append_printf(heard, "~%s ", virNodeDeviceGetName(device));
}

static void
test_updates_heard_once(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(virNodeDevice) card = ap_virt_node_device_new(machine->conn, "ap_card05");
    g_autoptr(virNodeDevice) other = ap_virt_node_device_new(machine->conn, "pci_1");

    reset();
    listened_to = UPDATE;
    g_assert_cmpint(nodeConnectNodeDeviceEventRegisterAny(machine->conn, NULL, UPDATE,
                                                          hear_update, &heard,
                                                          count_free),
                    ==, STOCK_NUMBER);
    ours.callback(machine->conn, card, ours.opaque);
    stock.callback(machine->conn, card, stock.opaque);
    stock.callback(machine->conn, other, stock.opaque);
    g_assert_cmpstr(heard->str, ==, "~ap_card05 ~pci_1 ");
    g_assert_cmpint(nodeConnectNodeDeviceEventDeregisterAny(machine->conn, STOCK_NUMBER),
                    ==, 0);
    g_assert_cmpuint(n_freed, ==, 1);
}

/* libvirt lets go of a listener later when it is just calling it. */
static void
test_gone_while_told(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    virFreeCallback later;

    reset();
    g_assert_cmpint(listen_to(machine, NULL, LIFECYCLE), ==, STOCK_NUMBER);
    later = g_steal_pointer(&ours.free_opaque);
    g_assert_cmpint(nodeConnectNodeDeviceEventDeregisterAny(machine->conn, STOCK_NUMBER),
                    ==, 0);
    g_assert_cmpuint(n_freed, ==, 0);
    ours.registered = TRUE;
    place_tell(&ours, machine->conn, "ap_card05", CREATED);
    later(ours.opaque);
    g_assert_cmpuint(n_freed, ==, 1);
}

/* Who is refused keeps what they brought. */
static void
test_refused(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    reset();
    stock.refuses = TRUE;
    g_assert_cmpint(listen_to(machine, NULL, LIFECYCLE), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_ACCESS_DENIED);
    g_assert_false(ours.registered);
    reset();
    ours.refuses = TRUE;
    g_assert_cmpint(listen_to(machine, NULL, LIFECYCLE), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_ACCESS_DENIED);
    g_assert_false(stock.registered);
    g_assert_cmpuint(n_freed, ==, 0);
}

/* Other events, and all where we cannot listen, are libvirt's own driver's. */
static void
test_left_to_stock(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    reset();
    g_assert_cmpint(listen_to(machine, NULL, UPDATE + 1), ==, STOCK_NUMBER);
    g_assert_true(stock.opaque == &heard && !ours.registered);
    g_assert_cmpint(nodeConnectNodeDeviceEventDeregisterAny(machine->conn, STOCK_NUMBER),
                    ==, 0);
    reset();
    listening = FALSE;
    g_assert_cmpint(listen_to(machine, NULL, LIFECYCLE), ==, STOCK_NUMBER);
    g_assert_true(stock.opaque == &heard && !ours.registered);
    place_tell(&stock, machine->conn, "ap_card05", CREATED);
    g_assert_cmpstr(heard->str, ==, "ap_card05=0 ");
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    serve_machine_prepare();
    ap_driver.stock.nodeConnectNodeDeviceEventRegisterAny = stock_register;
    ap_driver.stock.nodeConnectNodeDeviceEventDeregisterAny = stock_deregister;
    ap_virt.virNodeDeviceEventStateRegisterID = our_register;
    ap_virt.virObjectEventStateDeregisterID = our_deregister;
    heard = g_string_new(NULL);
    serve_machine_add("/subscription/heard_once_freed_once", test_heard_once);
    serve_machine_add("/subscription/updates_heard_once", test_updates_heard_once);
    serve_machine_add("/subscription/gone_while_told_freed_later", test_gone_while_told);
    serve_machine_add("/subscription/refused_by_either_keeps_opaque", test_refused);
    serve_machine_add("/subscription/others_left_to_stock", test_left_to_stock);
    status = g_test_run();
    g_string_free(heard, TRUE);
    return status;
}
