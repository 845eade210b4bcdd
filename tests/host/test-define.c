/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-define.c: definitions on a simulated machine, cards 5 and 6 free for guests: a
 * program that is killed at any system call of a change leaves the old or the new
 * state, and nothing else, once the next one has started; and programs that change the
 * same definitions at once lose nothing.
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-host-priv.h"
#include "ap-lock.h"
#include "machine.h"
#include "sweep.h"

#define A         "62177883-f1bb-47f0-914d-32a22e3a8804"
#define NAME_A    "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define STORE     "/etc/mdevctl.d/matrix"
#define FILE_A    STORE "/" A
#define EXTRAS    "/etc/libvirt/ap"
#define NOTE      "/run/libvirt-ap/making"
#define LOCK_FILE "/run/lock/s390apconfig.lock"

typedef struct {
    ApHost *host;
} Fixture;

static void
setup(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture->host = ap_host_new("/", NULL);
}

static void
clear(ApHost *host)
{
    if (ap_host_is_active(host, NAME_A))
        g_assert_true(ap_host_destroy_matrix(host, NAME_A, NULL));
    unlink(FILE_A);
    unlink(EXTRAS "/" A);
    unlink(LOCK_FILE);
}

static void
teardown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    clear(fixture->host);
    ap_host_free(fixture->host);
}

static gboolean
define(ApHost *host, const char *attrs)
{
    g_autoptr(ApDevice) wish = machine_wish(A, attrs);
    g_autoptr(ApDevice) device = ap_host_define_matrix(host, wish, NULL);

    return device != NULL;
}

/* The same with a comment, by a document that knows of them. */
static void
define_with_comment(ApHost *host, const char *attrs, const char *comment)
{
    g_autoptr(ApDevice) wish = machine_wish(A, attrs);
    g_autoptr(ApDevice) device = NULL;

    wish->extended = TRUE;
    wish->comment = g_strdup(comment);
    device = ap_host_define_matrix(host, wish, NULL);
}

/* What there is: "auto" or "manual" and the attributes of the definition, and "+" when
 * the matrix is there. */
static char *
look(ApHost *host)
{
    g_autoptr(ApDevice) device = ap_host_lookup_definition(host, NAME_A, NULL);
    g_autofree char *attrs = device ? machine_print_attrs(device) : NULL;
    const char *active = ap_host_is_active(host, NAME_A) ? " +" : "";

    if (!device)
        return g_strdup_printf("none%s", active);
    return g_strdup_printf("%s %s%s%s", device->autostart ? "auto" : "manual",
                           device->comment ? device->comment : "", attrs, active);
}

static void
define_one(gpointer host)
{
    define(host, "assign_adapter=5 assign_domain=4");
}

static void
define_other(gpointer host)
{
    define(host, "assign_adapter=6");
}

static void
undefine(gpointer host)
{
    ap_host_undefine_matrix(host, NAME_A, NULL);
}

static void
start(gpointer host)
{
    ap_host_start_matrix(host, NAME_A, NULL);
}

static void
set_autostart(gpointer host)
{
    ap_host_set_autostart(host, NAME_A, TRUE, NULL);
}

static void
prepare_none(ApHost *host)
{
    clear(host);
}

static void
prepare_one(ApHost *host)
{
    clear(host);
    define_one(host);
}

static void
prepare_auto(ApHost *host)
{
    prepare_one(host);
    set_autostart(host);
}

static void
prepare_commented(ApHost *host)
{
    clear(host);
    define_with_comment(host, "assign_adapter=5", "old:");
}

static void
define_commented(gpointer host)
{
    define_with_comment(host, "assign_adapter=6", "new:");
}

static const struct {
    const char *name;
    void (*prepare)(ApHost *host);
    SweepWork work;
    const char *old;
    const char *new;
} sweeps[] = {
    { "/define/killed_making_it", prepare_none, define_one, "none",
      "manual assign_adapter=5 assign_domain=4" },
    { "/define/killed_replacing_it", prepare_auto, define_other,
      "auto assign_adapter=5 assign_domain=4", "auto assign_adapter=6" },
    { "/define/killed_removing_it", prepare_auto, undefine,
      "auto assign_adapter=5 assign_domain=4", "none" },
    { "/define/killed_starting_it", prepare_auto, start,
      "auto assign_adapter=5 assign_domain=4",
      "auto assign_adapter=5 assign_domain=4 +" },
    { "/define/killed_replacing_its_comment", prepare_commented, define_commented,
      "manual old:assign_adapter=5", "manual new:assign_adapter=6" },
    { "/define/killed_removing_its_comment", prepare_commented, undefine,
      "manual old:assign_adapter=5", "none" },
    { "/define/killed_setting_autostart", prepare_one, set_autostart,
      "manual assign_adapter=5 assign_domain=4",
      "auto assign_adapter=5 assign_domain=4" },
};

/* What a killed program leaves, once the next one has started; TRUE for the new. */
static gboolean
check_remains(ApHost *host, gsize which)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = NULL;
    g_autofree char *now = NULL;
    GDir *dir;

    g_assert_true(ap_host_recover(host, &error));
    g_assert_no_error(error);
    now = look(host);
    if (!g_str_equal(now, sweeps[which].old))
        g_assert_cmpstr(now, ==, sweeps[which].new);
    g_assert_false(g_file_test(NOTE, G_FILE_TEST_EXISTS));
    names = ap_host_list_names(host, AP_LIST_MATRICES, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(names->len, ==, g_str_equal(now, "none") ? 0 : 1);
    dir = g_dir_open(STORE, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        g_assert_cmpstr(name, ==, A);
    if (dir)
        g_dir_close(dir);
    dir = g_dir_open(EXTRAS, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        g_assert_true(g_str_equal(name, A) && strstr(now, ":"));
    if (dir)
        g_dir_close(dir);
    return g_str_equal(now, sweeps[which].new);
}

typedef struct {
    ApHost *host;
    gsize which;
} Change;

static void
do_prepare(gpointer data)
{
    const Change *change = data;

    sweeps[change->which].prepare(change->host);
}

static void
do_change(gpointer data)
{
    const Change *change = data;

    sweeps[change->which].work(change->host);
}

static gboolean
settle(gpointer data)
{
    const Change *change = data;

    return check_remains(change->host, change->which);
}

static void
test_killed(Fixture *fixture, gconstpointer data)
{
    static const Sweep sweep = { do_prepare, do_change, settle };
    Change change = { fixture->host, GPOINTER_TO_SIZE(data) };

    sweep_kill_everywhere(&sweep, &change);
}

#define CHANGES 25

/* A program that takes the lock and has mdevctl add attributes, as its callout does. */
static void
run_mdevctl(const char *value)
{
    static const char *const argv_start[] = { "mdevctl",   "modify",        "-u",     A,
                                              "--addattr", "assign_domain", "--value" };
    const char *argv[G_N_ELEMENTS(argv_start) + 2] = { NULL };
    g_autoptr(ApHost) host = ap_host_new("/", NULL);
    g_autoptr(GError) error = NULL;
    int status = 1;

    memcpy(argv, argv_start, sizeof(argv_start));
    argv[G_N_ELEMENTS(argv_start)] = value;
    for (guint i = 0; i < CHANGES; i++) {
        ApLock *lock = ap_lock_acquire(host->root, 60 * G_USEC_PER_SEC, &error);

        g_assert_no_error(error);
        g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL,
                                   NULL, NULL, NULL, &status, &error));
        g_assert_no_error(error);
        g_assert_true(g_spawn_check_wait_status(status, NULL));
        ap_lock_release(lock);
    }
}

/* One attribute more each time. */
static ApDevice *
add_adapter(const ApDevice *old, gconstpointer data G_GNUC_UNUSED)
{
    ApDevice *device = ap_store_new_definition(A);

    device->type_id = g_strdup(old->type_id);
    device->autostart = !old->autostart;
    for (guint i = 0; i < old->attrs->len; i++) {
        const ApAttr *attr = old->attrs->pdata[i];

        ap_device_add_attr(device, attr->name, attr->value);
    }
    ap_device_add_attr(device, "assign_adapter", "5");
    return device;
}

static void
run_ours(void)
{
    g_autoptr(ApHost) host = ap_host_new("/", NULL);
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < CHANGES; i++) {
        ApLock *lock = ap_lock_acquire(host->root, 60 * G_USEC_PER_SEC, &error);

        g_assert_no_error(error);
        g_assert_true(ap_store_change(host->store, A, add_adapter, NULL, NULL, &error));
        g_assert_no_error(error);
        ap_lock_release(lock);
    }
}

static guint
count_attrs(ApHost *host, const char *name)
{
    g_autoptr(ApDevice) device = ap_host_lookup_definition(host, NAME_A, NULL);
    guint n = 0;

    g_assert_nonnull(device);
    for (guint i = 0; i < device->attrs->len; i++) {
        const ApAttr *attr = device->attrs->pdata[i];

        n += g_str_equal(attr->name, name);
    }
    return n;
}

static void
test_racing(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const values[] = { "1", "2" };
    pid_t children[4];

    g_assert_true(define(fixture->host, ""));
    for (gsize i = 0; i < G_N_ELEMENTS(children); i++) {
        children[i] = fork();
        g_assert_cmpint(children[i], >=, 0);
        if (children[i])
            continue;
        if (i < G_N_ELEMENTS(values))
            run_mdevctl(values[i]);
        else
            run_ours();
        _exit(0);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(children); i++) {
        int status = 1;

        g_assert_cmpint(waitpid(children[i], &status, 0), ==, children[i]);
        g_assert_cmpint(status, ==, 0);
    }
    g_assert_cmpuint(count_attrs(fixture->host, "assign_domain"), ==, 2 * CHANGES);
    g_assert_cmpuint(count_attrs(fixture->host, "assign_adapter"), ==, 2 * CHANGES);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(sweeps); i++)
        g_test_add(sweeps[i].name, Fixture, GSIZE_TO_POINTER(i), setup, test_killed,
                   teardown);
    g_test_add("/define/racing_with_mdevctl_nothing_lost", Fixture, NULL, setup,
               test_racing, teardown);
    return g_test_run();
}
