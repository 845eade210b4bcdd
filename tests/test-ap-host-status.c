/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-host-status.c: how cards, queues and matrices are at the moment, and that
 * what is printed of it is valid.
 */
#include <unistd.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-card.h"
#include "ap-device-priv.h"
#include "ap-host-priv.h"
#include "ap-root.h"
#include "ap-status.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define NAME_A "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define STORED "etc/mdevctl.d/matrix/" A
#define LIVE   "sys/devices/vfio_ap/matrix/" A
#define CARD   "sys/devices/ap/card05"
/* Adapters 5 and 6, domain 4, control domain 4. */
#define CONFIG                                                                           \
    "0x0600000000000000000000000000000000000000000000000000000000000000,"                \
    "0x0800000000000000000000000000000000000000000000000000000000000000,"                \
    "0x0800000000000000000000000000000000000000000000000000000000000000\n"
#define ALL "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\n"
#define SOME                                                                             \
    "{\n  \"mdev_type\": \"vfio_ap-passthrough\",\n  \"start\": \"manual\",\n"           \
    "  \"attrs\": [ { \"assign_adapter\": \"5\" } ]\n}\n"
#define SAME                                                                             \
    "{\n  \"mdev_type\": \"vfio_ap-passthrough\",\n  \"start\": \"manual\",\n"           \
    "  \"attrs\": [ { \"assign_adapter\": \"6\" }, { \"assign_domain\": \"4\" },\n"      \
    "    { \"assign_adapter\": \"5\" }, { \"assign_control_domain\": \"4\" } ]\n}\n"
#define NONSENSE                                                                         \
    "{\n  \"mdev_type\": \"vfio_ap-passthrough\",\n  \"start\": \"manual\",\n"           \
    "  \"attrs\": [ { \"assign_adapter\": \"many\" } ]\n}\n"

typedef struct {
    ApRoot *root;
    ApHost *host;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture->root = ap_root_new();
    fixture->host = ap_host_new(fixture->root->path, NULL);
    ap_root_add_card(fixture->root, 5, "0004", "vfio_ap");
    ap_root_add_matrix_parent(fixture->root, ALL, ALL);
    ap_root_add_matrix(fixture->root, A, CONFIG, 3);
}

static void
tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_host_free(fixture->host);
    ap_root_free(fixture->root);
}

static ApDevice *
look_at(const Fixture *fixture, const char *name)
{
    g_autoptr(GError) error = NULL;
    ApDevice *device = ap_host_lookup(fixture->host, name, &error);

    g_assert_no_error(error);
    ap_host_add_status(fixture->host, device);
    return device;
}

static void
assert_fact(const ApDevice *device, const char *name, const char *value)
{
    for (guint i = 0; i < device->status->facts->len; i++) {
        const ApAttr *fact = device->status->facts->pdata[i];

        if (g_str_equal(fact->name, name)) {
            g_assert_cmpstr(fact->value, ==, value);
            return;
        }
    }
    g_assert_null(value);
}

/* Not valid for libvirt alone, but for both together; and nobody gets it unasked. */
static void
assert_valid(const ApDevice *device)
{
    g_autofree char *xml = ap_nodedev_xml_format(device, AP_NODEDEV_XML_STATUS);
    g_autofree char *stock = ap_nodedev_xml_format(device, AP_NODEDEV_XML_STOCK);
    g_autoptr(GError) error = NULL;

    g_assert_true(g_strrstr(xml, "<ap:status ") != NULL);
    g_assert_null(g_strrstr(stock, "ap:"));
    ap_nodedev_xml_validate(xml, AP_NODEDEV_SCHEMA_LIBVIRT, &error);
    g_assert_no_error(error);
}

static void
test_card(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) card = NULL;

    ap_root_write(fixture->root, CARD "/raw_hwtype", "14\n");
    ap_root_write(fixture->root, CARD "/ap_functions", "0x92000000\n");
    ap_root_write(fixture->root, CARD "/serialnr", "93AADHZU\n");
    ap_root_write(fixture->root, CARD "/config", "1\n");
    ap_root_write(fixture->root, CARD "/chkstop", "0\n");
    ap_root_write(fixture->root, CARD "/online", "0\n");
    card = look_at(fixture, "ap_card05");
    assert_fact(card, "type", "CEX8C");
    assert_fact(card, "mode", "cca-coprocessor");
    assert_fact(card, "hardware-type", "14");
    assert_fact(card, "serial", "93AADHZU");
    assert_fact(card, "configured", "yes");
    assert_fact(card, "checkstopped", "no");
    assert_fact(card, "online", "no");
    assert_valid(card);
}

/* Not even what older kernels tell. */
static void
test_card_that_tells_nothing(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) card = NULL;

    ap_root_write(fixture->root, CARD "/serialnr", "\n");
    ap_root_write(fixture->root, CARD "/config", "maybe\n");
    card = look_at(fixture, "ap_card05");
    g_assert_cmpuint(card->status->facts->len, ==, 0);
}

static void
test_queue(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) queue = NULL;

    ap_root_write(fixture->root, CARD "/05.0004/status", "in use\n");
    ap_root_write(fixture->root, CARD "/05.0004/chkstop", "1\n");
    queue = look_at(fixture, "ap_05_0004");
    assert_fact(queue, "pool", "host");
    assert_fact(queue, "matrix", A);
    assert_fact(queue, "use", "in use");
    assert_fact(queue, "checkstopped", "yes");
    assert_valid(queue);
}

static void
test_free_queue(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) queue = NULL;

    ap_root_remove(fixture->root, LIVE "/ap_config");
    ap_root_write(fixture->root, LIVE "/ap_config", "0x0,0x0,0x0\n");
    ap_root_write(fixture->root, "sys/bus/ap/apmask", "0x0\n");
    queue = look_at(fixture, "ap_05_0004");
    assert_fact(queue, "pool", "guests");
    assert_fact(queue, "matrix", NULL);
}

static void
test_matrix_as_defined(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) matrix = NULL;

    ap_root_write(fixture->root, STORED, SAME);
    matrix = look_at(fixture, NAME_A);
    assert_fact(matrix, "definition", "same");
    assert_fact(matrix, "user", NULL);
    g_assert_false(matrix->status->differs);
    g_assert_false(matrix->status->has_guest);
    assert_valid(matrix);
}

static void
test_matrix_that_drifted(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) matrix = NULL;
    g_autofree char *xml = NULL;

    ap_root_write(fixture->root, STORED, SOME);
    ap_root_write(fixture->root, LIVE "/guest_matrix", "05.0004\n");
    matrix = look_at(fixture, NAME_A);
    assert_fact(matrix, "definition", "different");
    assert_fact(matrix, "incomplete", "card06 is not there");
    xml = ap_nodedev_xml_format(matrix, AP_NODEDEV_XML_STATUS);
    g_assert_nonnull(
        g_strrstr(xml,
                  "<ap:guest-matrix adapters='5' domains='4' control-domains='4'/>"));
    g_assert_nonnull(
        g_strrstr(xml,
                  "<ap:defined-matrix adapters='5' domains='' control-domains=''/>"));
    assert_valid(matrix);
}

static void
test_definition_of_nonsense(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) matrix = NULL;

    ap_root_write(fixture->root, STORED, NONSENSE);
    matrix = look_at(fixture, NAME_A);
    assert_fact(matrix, "definition", "different");
    g_assert_false(matrix->status->differs);
    assert_valid(matrix);
}

/* The kernel prints that file beyond its page. */
static void
test_guest_of_many_queues_not_asked(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) matrix = NULL;

    ap_root_write(fixture->root, LIVE "/ap_config", "0x00ff,0xffffffffffffffff80,0x0\n");
    ap_root_write(fixture->root, LIVE "/guest_matrix", "05.0004\n");
    matrix = look_at(fixture, NAME_A);
    g_assert_false(matrix->status->has_guest);
    assert_fact(matrix, "definition", "none");
}

/* As the hook has written it down; this process is the daemon. */
static void
test_matrix_with_guest(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *record = g_strdup_printf(
        "[holder]\nguest=a 'b' <c>\nguest-uuid=0a5c0e2c-30d5-4a3e-8f0e-3b7a64d1a001\n"
        "state=starting\nmade=true\nsince=1795176007\nservice=%d\nservice-started=7\n",
        getpid());
    g_autofree char *path = g_strdup_printf("proc/%d/stat", getpid());
    g_autofree char *xml = NULL;
    g_autoptr(ApDevice) matrix = NULL;
    g_autoptr(ApDevice) queue = NULL;

    ap_root_write(fixture->root, "run/libvirt-ap/holders/" A, record);
    ap_root_write(fixture->root, path, "1 (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 0 0 0 0 7 ");
    queue = look_at(fixture, "ap_05_0004");
    assert_fact(queue, "guest", "a 'b' <c>");
    assert_valid(queue);
    matrix = look_at(fixture, NAME_A);
    xml = ap_nodedev_xml_format(matrix, AP_NODEDEV_XML_STATUS);
    g_assert_nonnull(g_strrstr(
        xml, "<ap:holder guest='a &apos;b&apos; &lt;c&gt;' "
             "uuid='0a5c0e2c-30d5-4a3e-8f0e-3b7a64d1a001' since='2026-11-20T12:00:07Z' "
             "state='starting'/>"));
    assert_valid(matrix);
}

/* What was printed is taken again, and what it says of the status is ignored. */
static void
test_printed_can_be_parsed(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) matrix = NULL;
    g_autoptr(ApDevice) wish = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = NULL;

    ap_root_write(fixture->root, STORED, SOME);
    matrix = look_at(fixture, NAME_A);
    xml = ap_nodedev_xml_format(matrix, AP_NODEDEV_XML_STATUS | AP_NODEDEV_XML_RANGES);
    wish = ap_nodedev_xml_parse(xml, &error);
    g_assert_no_error(error);
    g_assert_null(wish->status);
    g_assert_cmpstr(wish->uuid, ==, A);
}

static void
test_none_for_others(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) parent = look_at(fixture, "ap_matrix");
    g_autoptr(ApDevice) defined = NULL;

    g_assert_null(parent->status);
    ap_root_write(fixture->root,
                  "etc/mdevctl.d/matrix/62177883-f1bb-47f0-914d-32a22e3a8805", SOME);
    defined = look_at(fixture, "mdev_62177883_f1bb_47f0_914d_32a22e3a8805_matrix");
    g_assert_null(defined->status);
}

static void
test_card_types(void)
{
    static const struct {
        guint hardware;
        guint functions;
        const char *type;
        const char *mode;
    } cases[] = {
        { 10, 0x68000000, "CEX4A", "accelerator" },
        { 11, 0x92000000, "CEX5C", "cca-coprocessor" },
        { 13, 0x06000000, "CEX7P", "ep11-coprocessor" },
        { 9, 0x92000000, NULL, "cca-coprocessor" },
        { 15, 0x92000000, NULL, "cca-coprocessor" },
        { 14, 0x02000000, NULL, NULL },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *type =
            ap_card_format_type(cases[i].hardware,
                                ap_mode_of_functions(cases[i].functions));

        g_assert_cmpstr(type, ==, cases[i].type);
        g_assert_cmpstr(ap_mode_name(ap_mode_of_functions(cases[i].functions)), ==,
                        cases[i].mode);
    }
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-status/card-types", test_card_types);
    ADD("/host-status/card", test_card);
    ADD("/host-status/card-that-tells-nothing", test_card_that_tells_nothing);
    ADD("/host-status/queue", test_queue);
    ADD("/host-status/free-queue", test_free_queue);
    ADD("/host-status/matrix-as-defined", test_matrix_as_defined);
    ADD("/host-status/matrix-with-guest", test_matrix_with_guest);
    ADD("/host-status/matrix-that-drifted", test_matrix_that_drifted);
    ADD("/host-status/definition-of-nonsense", test_definition_of_nonsense);
    ADD("/host-status/guest-of-many-queues-not-asked",
        test_guest_of_many_queues_not_asked);
    ADD("/host-status/printed-can-be-parsed", test_printed_can_be_parsed);
    ADD("/host-status/none-for-others", test_none_for_others);
    return g_test_run();
}
