/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-rollback.c: changes are taken back on a simulated machine, cards 5 and 6 free for
 * guests: afterwards all is what it was, taking that back makes it what it had become,
 * and nothing is done where somebody has done something else since.
 */
#include <string.h>
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-history.h"
#include "ap-host-priv.h"
#include "machine.h"
#include "sweep.h"

#define A       "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B       "62177883-f1bb-47f0-914d-32a22e3a8805"
#define NAME_A  "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define NAME_B  "mdev_62177883_f1bb_47f0_914d_32a22e3a8805_matrix"
#define STATE   "/var/lib/libvirt/ap"
#define HISTORY STATE "/history"
#define STORE   "/etc/mdevctl.d/matrix/"
#define NOTE    "/run/libvirt-ap/making"
#define CONFIG  "/etc/libvirt/ap.conf"
#define OLD     "assign_adapter=5 assign_domain=4"
#define NEW     "assign_adapter=5 assign_adapter=6 assign_domain=4 assign_control_domain=4"
#define OTHER   "assign_adapter=6 assign_domain=171"

static void
setup(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    *host = ap_host_new("/", &error);
    g_assert_no_error(error);
}

static void
teardown(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const names[] = { NAME_A, NAME_B };

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        machine_remove(*host, names[i]);
    unlink(CONFIG);
    unlink(HISTORY);
    g_assert_false(g_file_test(NOTE, G_FILE_TEST_EXISTS));
    machine_assert_sound(*host);
    g_clear_pointer(host, ap_host_free);
}

static void
create(ApHost *host)
{
    ap_device_unref(machine_create(host, A, OLD));
}

static void
destroy(ApHost *host)
{
    machine_destroy(host, NAME_A);
}

static void
define_as(ApHost *host, const char *attrs, ApReserve reserve, const char *comment)
{
    g_autoptr(ApDevice) wish = machine_wish(A, attrs);
    g_autoptr(ApDevice) device = NULL;
    g_autoptr(GError) error = NULL;

    wish->extended = TRUE;
    wish->reserve = reserve;
    wish->comment = g_strdup(comment);
    device = ap_host_define_matrix(host, wish, &error);
    g_assert_no_error(error);
}

static void
define(ApHost *host)
{
    define_as(host, OLD, AP_RESERVE_NO, NULL);
}

static void
define_richly(ApHost *host)
{
    define_as(host, OTHER, AP_RESERVE_UNTIL_BOOT, "payroll; \"ask\"\n first");
}

/* By somebody else, in his own way. */
static void
define_by_hand(ApHost *host)
{
    define(host);
    machine_make_file(STORE A,
                      "{ \"start\":\"auto\",\"mdev_type\":\"vfio_ap-passthrough\",\n"
                      "  \"note\": [1, {\"x\": \"\\u00e4\"}], \"attrs\":[] }");
}

static void
undefine(ApHost *host)
{
    g_assert_true(ap_host_undefine_matrix(host, NAME_A, NULL));
}

static void
start(ApHost *host)
{
    g_assert_true(ap_host_start_matrix(host, NAME_A, NULL));
}

static void
set_autostart(ApHost *host)
{
    g_assert_true(ap_host_set_autostart(host, NAME_A, TRUE, NULL));
}

static void
update(ApHost *host, ApUpdateFlags flags)
{
    g_autoptr(ApDevice) wish = machine_wish(A, NEW);
    g_autoptr(GError) error = NULL;

    ap_host_update_matrix(host, NAME_A, wish, flags, NULL, &error);
    g_assert_no_error(error);
}

static void
update_live(ApHost *host)
{
    update(host, AP_UPDATE_LIVE);
}

static void
update_config(ApHost *host)
{
    update(host, AP_UPDATE_CONFIG);
}

static void
update_both(ApHost *host)
{
    update(host, AP_UPDATE_LIVE | AP_UPDATE_CONFIG);
}

static void
nothing(ApHost *host G_GNUC_UNUSED)
{
}

static void
define_and_start(ApHost *host)
{
    define(host);
    set_autostart(host);
    start(host);
}

/* What is defined is not what runs. */
static void
define_other_and_create(ApHost *host)
{
    define_richly(host);
    set_autostart(host);
    create(host);
}

static void
give_card_to_host(void)
{
    machine_make_file(CONFIG, "[reservation]\nmethods = adapters\ncollateral = allow\n");
    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "+5"), ==, 0);
}

static void
create_reserving(ApHost *host)
{
    g_autoptr(ApDevice) wish = machine_wish(A, OLD);
    g_autoptr(ApDevice) device = NULL;
    g_autoptr(GError) error = NULL;

    wish->reserve = AP_RESERVE_UNTIL_BOOT;
    device = ap_host_create_matrix(host, wish, &error);
    g_assert_no_error(error);
}

static void
prepare_card(ApHost *host G_GNUC_UNUSED)
{
    give_card_to_host();
}

static void
prepare_reserved(ApHost *host)
{
    give_card_to_host();
    create_reserving(host);
}

static const struct {
    const char *name;
    void (*prepare)(ApHost *host);
    void (*change)(ApHost *host);
} cases[] = {
    { "create", nothing, create },
    { "create_what_is_defined", define_richly, create },
    { "destroy", create, destroy },
    { "destroy_what_is_defined", define_and_start, destroy },
    { "start", define, start },
    { "define", nothing, define },
    { "define_with_extras", nothing, define_richly },
    { "redefine", define, define_richly },
    { "redefine_without_extras", define_richly, define },
    { "redefine_what_runs", define_and_start, define_richly },
    { "undefine", define, undefine },
    { "undefine_with_extras", define_richly, undefine },
    { "undefine_what_runs", define_and_start, undefine },
    { "undefine_what_others_wrote", define_by_hand, undefine },
    { "redefine_what_others_wrote", define_by_hand, define_richly },
    { "autostart", define_richly, set_autostart },
    { "update_live", create, update_live },
    { "update_live_of_defined", define_and_start, update_live },
    { "update_config", define, update_config },
    { "update_both", define_and_start, update_both },
    { "update_both_that_differed", define_other_and_create, update_both },
    { "reservation", prepare_card, create_reserving },
    { "return", prepare_reserved, destroy },
};

static char *
look(ApHost *host)
{
    g_autoptr(ApJournalState) state = ap_journal_look(host, A);

    return g_strdup(ap_journal_state_print(state));
}

static guint64
find_last(ApHost *host)
{
    g_autoptr(GPtrArray) history = ap_history_read(host->root, NULL);

    g_assert_cmpuint(history->len, >, 0);
    return ((const ApHistoryEntry *)history->pdata[history->len - 1])->number;
}

static guint64
roll_back(ApHost *host, guint64 number)
{
    g_autoptr(GError) error = NULL;
    guint64 undone = 0;

    ap_host_roll_back(host, number, &undone, &error);
    g_assert_no_error(error);
    return undone;
}

static void
assert_is(ApHost *host, const char *expected)
{
    g_autofree char *now = look(host);

    g_assert_cmpstr(now, ==, expected);
    machine_assert_sound(host);
}

static void
clear_pool(void)
{
    (void)machine_write("/sys/bus/ap/apmask", "-5");
}

static void
test_case(ApHost **host, gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;
    guint64 number;

    cases[i].prepare(*host);
    before = look(*host);
    cases[i].change(*host);
    after = look(*host);
    g_assert_cmpstr(before, !=, after);
    number = find_last(*host);
    g_assert_cmpuint(roll_back(*host, 0), ==, number);
    assert_is(*host, before);
    g_assert_cmpuint(roll_back(*host, find_last(*host)), >, number);
    assert_is(*host, after);
    /* That counts as if nothing had been taken back. */
    g_assert_cmpuint(roll_back(*host, 0), ==, number);
    assert_is(*host, before);
    (void)ap_host_destroy_matrix(*host, NAME_A, NULL);
    clear_pool();
}

/* One after the other, as far back as there is anything. */
static void
test_many(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *before = look(*host);
    g_autoptr(GError) error = NULL;

    define_and_start(*host);
    update_both(*host);
    destroy(*host);
    undefine(*host);
    for (guint i = 0; i < 6; i++)
        roll_back(*host, 0);
    assert_is(*host, before);
    g_assert_false(ap_host_roll_back(*host, 0, NULL, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_NOT_FOUND);
}

/* Nothing changes, and @words are in the reason. */
static void
assert_refused(ApHost *host, guint64 number, ApError code, const char *words)
{
    g_autofree char *before = look(host);
    g_autoptr(GError) error = NULL;

    g_assert_false(ap_host_roll_back(host, number, NULL, &error));
    g_assert_error(error, AP_ERROR, (gint)code);
    if (!strstr(error->message, words))
        g_error("'%s' is not in '%s'", words, error->message);
    assert_is(host, before);
}

static void
test_unknown(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    create(*host);
    assert_refused(*host, find_last(*host) + 1, AP_ERROR_NOT_FOUND, "no change 2 ");
}

static void
test_moved_on(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *words = NULL;
    guint64 first;

    create(*host);
    first = find_last(*host);
    update_live(*host);
    words = g_strdup_printf("change %lu cannot be taken back: matrix " A
                            " was changed again by change %lu",
                            (gulong)first, (gulong)find_last(*host));
    assert_refused(*host, first, AP_ERROR_CHANGED, words);
    /* What has become of the definition is nothing to the active matrix. */
    define(*host);
    roll_back(*host, first + 1);
    roll_back(*host, first);
    g_assert_cmpuint(machine_count(*host), ==, 0);
}

/* Somebody who keeps no history. */
static void
test_moved_on_by_hand(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    define(*host);
    machine_make_file(STORE A,
                      "{\"mdev_type\":\"vfio_ap-passthrough\",\"start\":\"manual\"}");
    assert_refused(*host, 0, AP_ERROR_CHANGED, "is not in the history");
}

static void
test_twice(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    guint64 first;

    create(*host);
    first = find_last(*host);
    roll_back(*host, first);
    assert_refused(*host, first, AP_ERROR_CHANGED, "that has been done, by change ");
}

/* The queue is somebody else's by now, or the host's. */
static void
test_queue_taken(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    guint64 destroyed;

    create(*host);
    destroy(*host);
    destroyed = find_last(*host);
    ap_device_unref(machine_create(*host, B, OLD));
    assert_refused(*host, destroyed, AP_ERROR_CONFLICT,
                   "queue 05.0004 is assigned to matrix " B);
    machine_destroy(*host, NAME_B);
    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "+5"), ==, 0);
    assert_refused(*host, destroyed, AP_ERROR_HOST_POOL, "05.0004");
    clear_pool();
    roll_back(*host, destroyed);
}

static void
test_in_use(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    create(*host);
    machine_control("guest_open", A);
    assert_refused(*host, 0, AP_ERROR_BUSY, "in use by");
    machine_control("guest_close", A);
    roll_back(*host, 0);
}

static void
test_pool_alone(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *words = NULL;
    guint64 created;

    give_card_to_host();
    create_reserving(*host);
    created = find_last(*host);
    words = g_strdup_printf("see change %lu", (gulong)created);
    assert_refused(*host, created - 1, AP_ERROR_CHANGED, words);
    destroy(*host);
    words = (g_free(words), g_strdup_printf("see change %lu", (gulong)created + 2));
    assert_refused(*host, created + 1, AP_ERROR_CHANGED, words);
    clear_pool();
}

static void
test_locked(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    ApLock *lock;

    create(*host);
    (*host)->lock_timeout = 1;
    lock = ap_lock_acquire((*host)->root, G_USEC_PER_SEC, NULL);
    g_assert_nonnull(lock);
    g_assert_false(ap_host_roll_back(*host, 0, NULL, NULL));
    ap_lock_release(lock);
    roll_back(*host, 0);
}

/* Of a matrix and of a definition that was another, at once. */
typedef struct {
    ApHost *host;
    char *before;
    char *after;
} Killed;

static void
prepare_killed(gpointer data)
{
    Killed *killed = data;

    (void)ap_host_destroy_matrix(killed->host, NAME_A, NULL);
    (void)ap_host_undefine_matrix(killed->host, NAME_A, NULL);
    unlink("/run/lock/s390apconfig.lock");
    unlink(HISTORY);
    define_other_and_create(killed->host);
    g_free(killed->before);
    killed->before = look(killed->host);
    update_both(killed->host);
    g_free(killed->after);
    killed->after = look(killed->host);
}

static void
roll_back_newest(gpointer data)
{
    ap_host_roll_back(((Killed *)data)->host, 0, NULL, NULL);
}

static gboolean
settle_killed(gpointer data)
{
    Killed *killed = data;
    g_autofree char *now = NULL;

    g_assert_true(ap_host_recover(killed->host, NULL));
    now = look(killed->host);
    if (!g_str_equal(now, killed->before))
        g_assert_cmpstr(now, ==, killed->after);
    return g_str_equal(now, killed->before);
}

static void
test_killed(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    static const Sweep sweep = { prepare_killed, roll_back_newest, settle_killed };
    Killed killed = { .host = *host };

    sweep_kill_everywhere(&sweep, &killed);
    g_free(killed.before);
    g_free(killed.after);
}

#define ADD(name, test)                                                                  \
    g_test_add("/rollback/" name, ApHost *, NULL, setup, test, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path =
            g_strconcat("/rollback/back_and_forth/", cases[i].name, NULL);

        g_test_add(path, ApHost *, GSIZE_TO_POINTER(i), setup, test_case, teardown);
    }
    ADD("one_after_the_other", test_many);
    ADD("unknown_refused", test_unknown);
    ADD("moved_on_refused", test_moved_on);
    ADD("moved_on_by_hand_refused", test_moved_on_by_hand);
    ADD("twice_refused", test_twice);
    ADD("queue_taken_refused", test_queue_taken);
    ADD("in_use_refused", test_in_use);
    ADD("pool_alone_refused", test_pool_alone);
    ADD("locked_refused", test_locked);
    ADD("killed_all_or_nothing", test_killed);
    return g_test_run();
}
