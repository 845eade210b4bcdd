/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-events.c: what is told of AP devices that come and go.  The monitor, the
 * daemon's event loop and libvirt's queue of events are made up here; each case
 * runs in a process of its own, because listening starts once.
 */
#include <string.h>

#include "ap-events.h"
#include "ap-monitor.h"
#include "serve-machine.h"

/* One answer of the monitor. */
typedef struct {
    ApMonitorResult result;
    ApEvent event;
} Answer;

/* What the monitor answers from now on, then AP_MONITOR_NONE for ever. */
static GArray *answers;
static guint n_asked;
/* What was told: "+NAME ", "-NAME ", "D:NAME ", "U:NAME " and "~NAME ". */
static GString *told;
static virEventHandleCallback callback;
/* Whether the event loop is quicker than whoever adds the handle. */
static gboolean loop_is_quick;
static gboolean loop_is_full;

ApMonitor *
ap_monitor_new(GError **error G_GNUC_UNUSED)
{
    return g_malloc(1);
}

void
ap_monitor_free(ApMonitor *monitor)
{
    g_free(monitor);
}

int
ap_monitor_get_fd(const ApMonitor *monitor)
{
    g_assert_nonnull(monitor);
    return 0;
}

ApMonitorResult
ap_monitor_next(ApMonitor *monitor, ApEvent *event)
{
    Answer one = { .result = AP_MONITOR_NONE };

    g_assert_nonnull(monitor);
    n_asked++;
    if (answers->len > 0) {
        one = g_array_index(answers, Answer, 0);
        g_array_remove_index(answers, 0);
    }
    *event = one.event;
    return one.result;
}

static int
add_handle(int fd G_GNUC_UNUSED,
           int event G_GNUC_UNUSED,
           virEventHandleCallback function,
           void *opaque G_GNUC_UNUSED,
           virFreeCallback free_opaque G_GNUC_UNUSED)
{
    if (loop_is_full)
        return -1;
    callback = function;
    if (loop_is_quick)
        callback(1, 0, VIR_EVENT_HANDLE_READABLE, NULL);
    return 1;
}

static int
remove_handle(int watch)
{
    g_assert_cmpint(watch, ==, 1);
    return 0;
}

static ApVirtEventState *
make_state(void)
{
    return (ApVirtEventState *)&told;
}

static ApVirtEvent *
make_event(const char *name, int event, int detail)
{
    static const char *const marks[] = { "+", "-", "D:", "U:" };

    g_assert_cmpint(detail, ==, 0);
    g_string_append_printf(told, "%s%s ", marks[event], name);
    return NULL;
}

static ApVirtEvent *
make_update(const char *name)
{
    g_string_append_printf(told, "~%s ", name);
    return NULL;
}

static void
queue_event(ApVirtEventState *state, ApVirtEvent *event)
{
    g_assert_true(state == make_state());
    g_assert_null(event);
}

static void
answer(ApMonitorResult result, ApEventAction action, ApDeviceKind kind, guint adapter)
{
    Answer one = { result,
                   { action, { .kind = kind, .adapter = adapter, .domain = 4 } } };

    g_array_append_val(answers, one);
}

static void
answer_card(ApEventAction action, guint adapter)
{
    answer(AP_MONITOR_EVENT, action, AP_DEVICE_CARD, adapter);
}

static void
answer_loss(void)
{
    answer(AP_MONITOR_LOST, AP_EVENT_CHANGED, AP_DEVICE_CARD, 0);
}

static void
wake(void)
{
    callback(1, 0, VIR_EVENT_HANDLE_READABLE, NULL);
}

static void
assert_told(const char *expected)
{
    g_assert_cmpstr(told->str, ==, expected);
    g_string_truncate(told, 0);
}

static void
test_once_each(ServeMachine *machine G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_events_start());
    g_assert_true(ap_events_start());
    answer_card(AP_EVENT_ADDED, 5);
    answer_card(AP_EVENT_ADDED, 7);
    answer_card(AP_EVENT_ADDED, 7);
    answer_card(AP_EVENT_CHANGED, 7);
    answer(AP_MONITOR_EVENT, AP_EVENT_CHANGED, AP_DEVICE_MATRIX, 0);
    answer_card(AP_EVENT_REMOVED, 9);
    answer_card(AP_EVENT_REMOVED, 5);
    answer(AP_MONITOR_EVENT, AP_EVENT_REMOVED, AP_DEVICE_QUEUE, 5);
    wake();
    assert_told("+ap_card07 ~ap_card07 -ap_card05 -ap_05_0004 ");
    wake();
    assert_told("");
}

static void
test_quick_loop(ServeMachine *machine G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
    loop_is_quick = TRUE;
    answer_card(AP_EVENT_ADDED, 7);
    g_assert_true(ap_events_start());
    assert_told("+ap_card07 ");
}

/* What is still in the buffer when events are lost is older than the loss: the
 * removal of a card that has come again since. */
static void
test_loss(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_events_start());
    ap_root_add_card(machine->root, 7, "", NULL);
    ap_root_remove(machine->root, "sys/devices/ap/card06");
    answer_loss();
    answer_card(AP_EVENT_REMOVED, 5);
    wake();
    g_assert_true(g_str_has_prefix(told->str, "-ap_card05 -ap_card06 "));
    g_string_erase(told, 0, strlen("-ap_card05 -ap_card06 "));
    /* in no order */
    g_assert_nonnull(strstr(told->str, "+ap_card05 "));
    g_assert_nonnull(strstr(told->str, "+ap_card07 "));
    g_assert_cmpuint(told->len, ==, strlen("+ap_card05 +ap_card07 "));
    assert_told(told->str);
    wake();
    assert_told("");
}

/* Thousands of events at once leave room for the daemon's clients, and a loss
 * among them is not forgotten. */
static void
test_flood(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    guint n_wakes = 0;

    g_assert_true(ap_events_start());
    answer_loss();
    for (guint i = 0; i < 2000; i++)
        answer_card(AP_EVENT_REMOVED, 9);
    ap_root_add_card(machine->root, 7, "", NULL);
    while (answers->len) {
        n_asked = 0;
        wake();
        g_assert_cmpuint(n_asked, <, 1000);
        n_wakes++;
    }
    g_assert_cmpuint(n_wakes, >, 1);
    wake();
    assert_told("+ap_card07 ");
}

/* What cannot be looked up is tried again at the next event. */
static void
test_loss_unreadable(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_events_start());
    ap_root_remove(machine->root, "sys/devices/ap/card06");
    ap_root_remove(machine->root, "sys/bus/ap/devices");
    ap_root_link(machine->root, "sys/bus/ap/devices", "devices");
    answer_loss();
    wake();
    assert_told("");
    ap_root_remove(machine->root, "sys/bus/ap/devices");
    ap_root_mkdir(machine->root, "sys/bus/ap/devices/05.0004");
    ap_root_mkdir(machine->root, "sys/bus/ap/devices/05.0047");
    wake();
    assert_told("-ap_card06 ");
}

static void
test_full_loop(ServeMachine *machine G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
    loop_is_full = TRUE;
    g_assert_false(ap_events_start());
    loop_is_full = FALSE;
    g_assert_false(ap_events_start());
}

#define NEW_UUID "6c6b8b6c-2b4c-4a3e-9f3e-0d0a5e7f0001"
#define NEW_NAME "mdev_6c6b8b6c_2b4c_4a3e_9f3e_0d0a5e7f0001_matrix"
#define STORE    "etc/mdevctl.d/matrix/"
#define EMPTY    "{\"mdev_type\": \"vfio_ap-passthrough\", \"start\": \"manual\"}"
#define AUTO     "{\"mdev_type\": \"vfio_ap-passthrough\", \"start\": \"auto\"}"

static void
test_definitions(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_events_start());
    ap_root_write(machine->root, STORE NEW_UUID, EMPTY);
    wake();
    assert_told("D:" NEW_NAME " ");
    ap_root_write(machine->root, STORE NEW_UUID, EMPTY "\n");
    wake();
    assert_told("");
    ap_root_write(machine->root, STORE NEW_UUID, AUTO);
    wake();
    assert_told("~" NEW_NAME " ");
    ap_root_write(machine->root, STORE NEW_UUID, "{");
    wake();
    assert_told("U:" NEW_NAME " ");
    ap_root_write(machine->root, STORE NEW_UUID, AUTO);
    ap_root_remove(machine->root, STORE NEW_UUID);
    wake();
    assert_told("");
    ap_root_remove(machine->root, STORE DEFINED_UUID);
    wake();
    assert_told("U:" DEFINED_NAME " ");
}

static void
test_store_comes_and_goes(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_events_start());
    ap_root_remove(machine->root, "etc/mdevctl.d");
    wake();
    assert_told("U:" DEFINED_NAME " ");
    ap_root_write(machine->root, STORE NEW_UUID, EMPTY);
    wake();
    assert_told("D:" NEW_NAME " ");
}

/* What we have done is told once, and before anything that follows. */
static void
test_ours_told_at_once(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    ap_events_tell_definition(NEW_NAME);
    ap_events_tell_update(NEW_NAME);
    assert_told("");
    g_assert_true(ap_events_start());
    ap_root_write(machine->root, STORE NEW_UUID, EMPTY);
    ap_events_tell_definition(NEW_NAME);
    assert_told("D:" NEW_NAME " ");
    ap_root_write(machine->root, STORE NEW_UUID, AUTO);
    ap_events_tell_update(NEW_NAME);
    assert_told("~" NEW_NAME " ");
    wake();
    assert_told("");
}

/* udev is late: the matrix that was made, or removed, before its definition was. */
static void
test_order(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_events_start());
    ap_root_add_matrix(machine->root, NEW_UUID, "0x0,0x0,0x0", 4);
    ap_root_write(machine->root, STORE NEW_UUID, EMPTY);
    ap_events_tell_definition(NEW_NAME);
    assert_told("+" NEW_NAME " D:" NEW_NAME " ");
    ap_root_remove(machine->root, "sys/devices/vfio_ap/matrix/" NEW_UUID);
    ap_root_remove(machine->root, STORE NEW_UUID);
    wake();
    assert_told("-" NEW_NAME " U:" NEW_NAME " ");
}

static void
answer_matrix(ApEventAction action)
{
    Answer one = { AP_MONITOR_EVENT, { action, { .kind = AP_DEVICE_MATRIX } } };

    g_strlcpy(one.event.device.uuid, NEW_UUID, sizeof(one.event.device.uuid));
    g_array_append_val(answers, one);
}

/* udev is slow: all of a life is over before it has told of the beginning. */
static void
test_life_before_udev(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_events_start());
    for (guint round = 0; round < 2; round++) {
        ap_root_write(machine->root, STORE NEW_UUID, EMPTY);
        ap_events_tell_definition(NEW_NAME);
        ap_events_tell_presence(NEW_NAME, TRUE);
        ap_events_tell_presence(NEW_NAME, TRUE);
        ap_events_tell_presence(NEW_NAME, FALSE);
        ap_root_remove(machine->root, STORE NEW_UUID);
        ap_events_tell_definition(NEW_NAME);
        assert_told("D:" NEW_NAME " +" NEW_NAME " -" NEW_NAME " U:" NEW_NAME " ");
    }
    for (guint round = 0; round < 2; round++) {
        answer_matrix(AP_EVENT_ADDED);
        answer_matrix(AP_EVENT_REMOVED);
    }
    wake();
    assert_told("");
    answer_matrix(AP_EVENT_ADDED);
    answer_matrix(AP_EVENT_REMOVED);
    wake();
    assert_told("+" NEW_NAME " -" NEW_NAME " ");
}

/* Somebody has udev repeat itself, and it is late: what it tells was before the end
 * that we have told of. */
static void
test_late_repetition(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_events_start());
    ap_events_tell_presence(NEW_NAME, TRUE);
    ap_events_tell_presence(NEW_NAME, FALSE);
    assert_told("+" NEW_NAME " -" NEW_NAME " ");
    answer_matrix(AP_EVENT_ADDED);
    answer_matrix(AP_EVENT_ADDED);
    answer_matrix(AP_EVENT_REMOVED);
    wake();
    assert_told("");
    answer_matrix(AP_EVENT_ADDED);
    wake();
    assert_told("+" NEW_NAME " ");
    /* The end was told, and udev has not said so; it is there again all the same. */
    ap_events_tell_presence(NEW_NAME, FALSE);
    ap_root_add_matrix(machine->root, NEW_UUID, "0x0,0x0,0x0", 4);
    assert_told("-" NEW_NAME " ");
    answer_matrix(AP_EVENT_ADDED);
    wake();
    assert_told("+" NEW_NAME " ");
}

static void
test_whose(void)
{
    g_assert_true(ap_events_are_ours("ap_card05"));
    g_assert_true(ap_events_are_ours(MATRIX_NAME));
    g_assert_false(ap_events_are_ours("pci_0000_00_00_0"));
}

static const struct {
    const char *path;
    ServeTest run;
} cases[] = {
    { "/events/come_and_gone_told_once", test_once_each },
    { "/events/told_while_handle_is_added", test_quick_loop },
    { "/events/lost_looked_up_after_the_rest", test_loss },
    { "/events/lost_looked_up_again", test_loss_unreadable },
    { "/events/flood_handled_in_parts", test_flood },
    { "/events/definitions_told_as_the_store_shows_them", test_definitions },
    { "/events/store_comes_and_goes", test_store_comes_and_goes },
    { "/events/ours_told_at_once", test_ours_told_at_once },
    { "/events/matrix_and_definition_in_order", test_order },
    { "/events/life_before_udev_told_once_in_order", test_life_before_udev },
    { "/events/late_repetition_is_older", test_late_repetition },
    { "/events/no_event_loop_left_to_stock", test_full_loop },
};

/* The case of the path that is running, in a process of its own. */
static void
run_case(ServeMachine *machine, gconstpointer data)
{
    gsize i;

    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
        g_test_trap_assert_passed();
        return;
    }
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        if (g_str_equal(g_test_get_path(), cases[i].path))
            cases[i].run(machine, data);
    }
}

int
main(int argc, char **argv)
{
    gsize i;

    g_test_init(&argc, &argv, NULL);
    serve_machine_prepare();
    virEventRegisterImpl(add_handle, NULL, remove_handle, NULL, NULL, NULL);
    ap_virt.virObjectEventStateNew = make_state;
    ap_virt.virObjectEventStateQueue = queue_event;
    ap_virt.virNodeDeviceEventLifecycleNew = make_event;
    ap_virt.virNodeDeviceEventUpdateNew = make_update;
    answers = g_array_new(FALSE, FALSE, sizeof(Answer));
    told = g_string_new(NULL);
    for (i = 0; i < G_N_ELEMENTS(cases); i++)
        serve_machine_add(cases[i].path, run_case);
    g_test_add_func("/events/of_ap_devices_ours", test_whose);
    i = (gsize)g_test_run();
    g_string_free(told, TRUE);
    g_array_unref(answers);
    return (int)i;
}
