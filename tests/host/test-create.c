/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-create.c: matrices are created, refused and rolled back on a simulated
 * machine: cards 5 and 6 with the domains 4, 0x47, 0xab, 0xff, free for guests.
 */
#include <errno.h>
#include <string.h>

#include "ap-host-priv.h"
#include "machine.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B      "62177883-f1bb-47f0-914d-32a22e3a8805"
#define NAME_A "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define MATRIX "/sys/devices/vfio_ap/matrix/"
#define TYPE   MATRIX "mdev_supported_types/vfio_ap-passthrough/"

#define WISH "assign_adapter=5 assign_adapter=6 assign_domain=4 assign_domain=171"

static ApHost *
open_host(void)
{
    g_autoptr(GError) error = NULL;
    ApHost *host = ap_host_new("/", &error);

    g_assert_no_error(error);
    return host;
}

static void
test_created(void)
{
    g_autoptr(ApHost) host = open_host();
    g_autoptr(ApDevice) device = NULL;
    g_autoptr(ApDevice) again = NULL;
    g_autofree char *attrs = NULL;
    g_autofree char *attrs_again = NULL;
    g_autofree char *queues = NULL;

    device = machine_create(host, "62177883-F1BB-47F0-914D-32A22E3A8804",
                            "assign_domain=0xab assign_adapter=0x06 assign_domain=4 "
                            "assign_adapter=5 assign_control_domain=255");
    attrs = machine_print_attrs(device);
    g_assert_cmpstr(attrs, ==, WISH " assign_control_domain=255");
    g_assert_cmpstr(ap_device_get_name(device), ==, NAME_A);
    g_assert_cmpstr(ap_device_get_path(device), ==, MATRIX A);
    g_assert_cmpstr(ap_device_get_driver(device), ==, "vfio_ap_mdev");
    g_assert_false(ap_device_is_persistent(device));
    again = ap_host_lookup(host, NAME_A, NULL);
    attrs_again = machine_print_attrs(again);
    g_assert_cmpstr(attrs_again, ==, attrs);
    queues = machine_read(MATRIX A "/matrix");
    g_assert_cmpstr(queues, ==, "05.0004\n05.00ab\n06.0004\n06.00ab\n");
    machine_assert_sound(host);
    machine_destroy(host, NAME_A);
    g_assert_false(ap_host_has(host, NAME_A));
    g_assert_cmpuint(machine_count(host), ==, 0);
}

static void
test_uuid_chosen(void)
{
    g_autoptr(ApHost) host = open_host();
    g_autoptr(ApDevice) first = machine_create(host, NULL, "");
    g_autoptr(ApDevice) second = machine_create(host, NULL, "");

    g_assert_cmpstr(ap_device_get_uuid(first), !=, ap_device_get_uuid(second));
    machine_destroy(host, ap_device_get_name(first));
    machine_destroy(host, ap_device_get_name(second));
}

static void
test_absent_assigned(void)
{
    g_autoptr(ApHost) host = open_host();
    g_autoptr(ApDevice) device = NULL;
    g_autofree char *attrs = NULL;

    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "-200"), ==, 0);
    device = machine_create(host, A, "assign_adapter=200 assign_domain=99");
    attrs = machine_print_attrs(device);
    g_assert_cmpstr(attrs, ==, "assign_adapter=200 assign_domain=99");
    machine_destroy(host, NAME_A);
    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "+200"), ==, 0);
}

static void
test_refused(void)
{
    g_autoptr(ApHost) host = open_host();
    g_autoptr(ApDevice) holder =
        machine_create(host, B, "assign_adapter=5 assign_domain=4");

    machine_assert_refused(host, A, WISH, AP_ERROR_CONFLICT,
                           "queue 05.0004 is assigned to matrix " B);
    machine_assert_refused(host, B, "", AP_ERROR_EXISTS, B);
    machine_assert_refused(host, A, "assign_adapter=7 assign_domain=4",
                           AP_ERROR_HOST_POOL, "queue 07.0004 belongs to the host pool");
    machine_assert_refused(host, A, "assign_adapter=256", AP_ERROR_UNSUPPORTED,
                           "value '256' of attribute 'assign_adapter' is out of range");
    machine_assert_refused(host, A, "assign_domain=five", AP_ERROR_UNSUPPORTED,
                           "value 'five' of attribute 'assign_domain' is not a number");
    machine_assert_refused(host, A, "matrix=5", AP_ERROR_UNSUPPORTED,
                           "no attribute 'matrix'");
    machine_destroy(host, ap_device_get_name(holder));
}

/* The first command that the message proposes: "'echo IDS > FILE'". */
static void
take_remedy(const char *message, char **ids, char **file)
{
    const char *start = strstr(message, "'echo ");
    g_autofree char *command = NULL;
    g_auto(GStrv) words = NULL;

    g_assert_nonnull(start);
    command = g_strndup(start + 1, strcspn(start + 1, "'"));
    words = g_strsplit(command, " ", -1);
    g_assert_cmpuint(g_strv_length(words), ==, 4);
    *ids = g_strdup(words[1]);
    *file = g_strdup(words[3]);
}

static void
test_remedy(void)
{
    g_autoptr(ApHost) host = open_host();
    g_autoptr(ApDevice) wish = machine_wish(
        A, "assign_adapter=7 assign_adapter=9 assign_domain=4 assign_domain=0x47");
    g_autoptr(GError) error = NULL;
    g_autofree char *ids = NULL;
    g_autofree char *file = NULL;
    g_autoptr(ApDevice) device = NULL;

    g_assert_null(ap_host_create_matrix(host, wish, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_HOST_POOL);
    take_remedy(error->message, &ids, &file);
    g_assert_cmpint(machine_write(file, ids), ==, 0);
    device = ap_host_create_matrix(host, wish, NULL);
    g_assert_nonnull(device);
    machine_destroy(host, NAME_A);
    g_assert_cmpint(machine_write(file, "+7,+9"), ==, 0);
}

/* Whatever step fails in whatever way, nothing is left. */
static const struct {
    const char *fault;
    ApError code;
    const char *message;
} faults[] = {
    { "open create 1 EACCES", AP_ERROR_IO, "the kernel refused to create matrix " A },
    { "write create 1 EIO", AP_ERROR_IO,
      "the kernel refused to create matrix " A ": Input/output error" },
    { "write create 1 EEXIST", AP_ERROR_EXISTS,
      "the kernel refused to create matrix " A },
    { "write create 1 EUSERS", AP_ERROR_IO, "the kernel refused to create matrix " A },
    { "open ap_config 1 ENODEV", AP_ERROR_IO, "the kernel refused to give matrix " A },
    { "write ap_config 1 ENOMEM", AP_ERROR_IO,
      "the kernel refused to give matrix " A
      " the adapters 5-6, domains 4,171 and control domains none: Cannot allocate "
      "memory" },
    { "write ap_config 1 EADDRINUSE", AP_ERROR_CONFLICT,
      "the kernel refused to give matrix " A },
    { "write ap_config 1 EADDRNOTAVAIL", AP_ERROR_HOST_POOL,
      "the kernel refused to give matrix " A },
    { "open ap_config 2 EMFILE", AP_ERROR_IO,
      "cannot read '" MATRIX A "/ap_config': Too many open files" },
    { "read ap_config 1 EIO", AP_ERROR_IO,
      "cannot read '" MATRIX A "/ap_config': Input/output error" },
    /* The journal has a look first, and does without. */
    { "read apmask 2 EIO", AP_ERROR_IO, "cannot read '/sys/bus/ap/apmask'" },
    { "open aqmask 2 EACCES", AP_ERROR_IO, "cannot read '/sys/bus/ap/aqmask'" },
    { "read available_instances 1 EIO", AP_ERROR_IO, "/available_instances': Input" },
};

static void
test_rolled_back(void)
{
    g_autoptr(ApHost) host = open_host();

    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_test_message("%s", faults[i].fault);
        machine_control("fail", faults[i].fault);
        machine_assert_refused(host, A, WISH, faults[i].code, faults[i].message);
        machine_control("fail", "clear");
    }
}

static void
make_remove_fail(guint times)
{
    for (guint i = 1; i <= times; i++) {
        g_autofree char *fault = g_strdup_printf("write remove %u EAGAIN", i);

        machine_control("fail", fault);
    }
}

static void
test_roll_back_repeated(void)
{
    g_autoptr(ApHost) host = open_host();

    machine_control("fail", "write ap_config 1 ENOMEM");
    make_remove_fail(2);
    machine_assert_refused(host, A, WISH, AP_ERROR_IO, "Cannot allocate memory");
    machine_control("fail", "clear");
}

/* Where the roll-back fails for good, the message owns up to it. */
static void
test_left_behind(void)
{
    g_autoptr(ApHost) host = open_host();
    g_autoptr(ApDevice) wish = machine_wish(A, WISH);
    g_autoptr(GError) error = NULL;

    machine_control("fail", "write ap_config 1 ENOMEM");
    make_remove_fail(3);
    g_assert_null(ap_host_create_matrix(host, wish, &error));
    machine_control("fail", "clear");
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_true(
        g_str_has_prefix(error->message, "half-made matrix " A " is left behind"));
    g_assert_nonnull(strstr(error->message, "Cannot allocate memory"));
    g_assert_cmpuint(machine_count(host), ==, 1);
    machine_destroy(host, NAME_A);
}

/* Somebody takes and returns the same queue all the time, without the lock. */
typedef struct {
    ApHost *host;
    gint stop;
} Intruder;

static gpointer
intrude(gpointer data)
{
    Intruder *intruder = data;

    while (!g_atomic_int_get(&intruder->stop)) {
        if (machine_write(TYPE "create", B) == 0)
            machine_write(MATRIX B "/ap_config", "0x04,0x08,0x0");
        machine_write(MATRIX B "/remove", "1");
    }
    return NULL;
}

static void
test_intruder(void)
{
    g_autoptr(ApHost) host = open_host();
    Intruder intruder = { .host = host };
    GThread *thread = g_thread_new("intruder", intrude, &intruder);
    guint created = 0;
    guint refused = 0;

    for (guint i = 0; i < 300; i++) {
        g_autoptr(ApDevice) wish = machine_wish(A, "assign_adapter=5 assign_domain=4");
        g_autoptr(GError) error = NULL;
        g_autoptr(ApDevice) device = ap_host_create_matrix(host, wish, &error);

        if (device) {
            created++;
            machine_destroy(host, NAME_A);
            continue;
        }
        refused++;
        g_assert_error(error, AP_ERROR, AP_ERROR_CONFLICT);
        g_assert_false(ap_host_has(host, NAME_A));
    }
    g_atomic_int_set(&intruder.stop, TRUE);
    g_thread_join(thread);
    g_test_message("%u created, %u refused", created, refused);
    g_assert_cmpuint(created, >, 0);
    g_assert_cmpuint(machine_count(host), ==, 0);
}

#define CLIENTS 8
#define ROUNDS  25

static gpointer
client_thread(gpointer data)
{
    ApHost *host = data;
    static const char *const adapters[] = { "5", "6" };
    static const char *const domains[] = { "4", "0x47", "0xab", "0xff" };
    guint created = 0;

    for (guint i = 0; i < ROUNDS; i++) {
        g_autofree char *attrs =
            g_strdup_printf("assign_adapter=%s assign_domain=%s assign_domain=%s",
                            adapters[g_random_int_range(0, 2)],
                            domains[g_random_int_range(0, 4)],
                            domains[g_random_int_range(0, 4)]);
        g_autoptr(ApDevice) wish = machine_wish(NULL, attrs);
        g_autoptr(GError) error = NULL;
        g_autoptr(ApDevice) device = ap_host_create_matrix(host, wish, &error);

        if (!device) {
            g_assert_error(error, AP_ERROR, AP_ERROR_CONFLICT);
            continue;
        }
        created++;
        machine_destroy(host, ap_device_get_name(device));
    }
    return GUINT_TO_POINTER(created);
}

/* Half of the clients share a handle, half have their own. */
static void
test_clients(void)
{
    g_autoptr(ApHost) shared = open_host();
    ApHost *hosts[CLIENTS];
    GThread *threads[CLIENTS];
    guint created = 0;

    for (guint i = 0; i < CLIENTS; i++) {
        hosts[i] = i % 2 ? open_host() : shared;
        threads[i] = g_thread_new("client", client_thread, hosts[i]);
    }
    for (guint i = 0; i < CLIENTS; i++) {
        created += GPOINTER_TO_UINT(g_thread_join(threads[i]));
        if (i % 2)
            ap_host_free(hosts[i]);
    }
    g_assert_cmpuint(created, >, 0);
    g_assert_cmpuint(machine_count(shared), ==, 0);
    machine_assert_sound(shared);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/create/matrix_as_wished", test_created);
    g_test_add_func("/host/create/uuid_chosen", test_uuid_chosen);
    g_test_add_func("/host/create/absent_ids_assigned", test_absent_assigned);
    g_test_add_func("/host/create/refused_nothing_left", test_refused);
    g_test_add_func("/host/create/remedy_helps", test_remedy);
    g_test_add_func("/host/create/failing_step_rolled_back", test_rolled_back);
    g_test_add_func("/host/create/failing_roll_back_repeated", test_roll_back_repeated);
    g_test_add_func("/host/create/failing_roll_back_told", test_left_behind);
    g_test_add_func("/host/create/intruder_without_lock", test_intruder);
    g_test_add_func("/host/create/clients_at_once", test_clients);
    return g_test_run();
}
