/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-name.c: node device names and sysfs names.
 */
#include "ap-name.h"

#define UUID       "62177883-f1bb-47f0-914d-32a22e3a8804"
#define UUID_NAME  "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define UUID_UPPER "62177883-F1BB-47F0-914D-32A22E3A8804"

static const struct {
    const char *text;
    ApName name;
} good[] = {
    { "ap_card00", { .kind = AP_DEVICE_CARD } },
    { "ap_card05", { .kind = AP_DEVICE_CARD, .adapter = 5 } },
    { "ap_cardff", { .kind = AP_DEVICE_CARD, .adapter = 255 } },
    { "ap_00_0000", { .kind = AP_DEVICE_QUEUE } },
    { "ap_07_0038", { .kind = AP_DEVICE_QUEUE, .adapter = 7, .domain = 0x38 } },
    { "ap_ff_00ff", { .kind = AP_DEVICE_QUEUE, .adapter = 255, .domain = 255 } },
    { "ap_matrix", { .kind = AP_DEVICE_MATRIX_PARENT } },
    { UUID_NAME, { .kind = AP_DEVICE_MATRIX, .uuid = UUID } },
};

static const char *const bad[] = {
    NULL,
    "",
    "computer",
    "ap_",
    "ap_card",
    "ap_card5",
    "ap_card005",
    "ap_card0A",
    "ap_card0g",
    "ap_card05 ",
    "ap_card05_0004",
    "AP_card05",
    "ap_5_0004",
    "ap_05_004",
    "ap_05_00004",
    "ap_05_0100",
    "ap_05.0004",
    "ap_0A_0004",
    "ap_05_000A",
    "ap_05_0004x",
    "ap_05_",
    "ap_05",
    "ap_matrix0",
    "ap_matri",
    "mdev_" UUID "_matrix",
    "mdev_62177883_F1BB_47f0_914d_32a22e3a8804_matrix",
    "mdev_62177883_f1bb_47f0_914d_32a22e3a8804",
    "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_0000_00_02_0",
    "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix_",
    "mdev_62177883f_1bb_47f0_914d_32a22e3a8804_matrix",
    "mdev__matrix",
    "pci_0000_00_00_0",
};

static void
test_round_trip(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *text = ap_name_format(&good[i].name);
        ApName parsed;

        g_assert_cmpstr(text, ==, good[i].text);
        g_assert_true(ap_name_parse(good[i].text, &parsed));
        g_assert_cmpint(parsed.kind, ==, good[i].name.kind);
        g_assert_cmpuint(parsed.adapter, ==, good[i].name.adapter);
        g_assert_cmpuint(parsed.domain, ==, good[i].name.domain);
        g_assert_cmpstr(parsed.uuid, ==, good[i].name.uuid);
        g_assert_true(ap_name_parse(good[i].text, NULL));
    }
}

static void
test_bad(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        ApName parsed = { .kind = AP_DEVICE_KIND_LAST };

        g_test_message("%s", bad[i] ? bad[i] : "(null)");
        g_assert_false(ap_name_parse(bad[i], &parsed));
        g_assert_cmpint(parsed.kind, ==, AP_DEVICE_KIND_LAST);
    }
}

static void
test_uuid(void)
{
    char uuid[AP_UUID_SIZE];

    g_assert_true(ap_uuid_is_canonical(UUID));
    g_assert_false(ap_uuid_is_canonical(UUID_UPPER));
    g_assert_false(ap_uuid_is_canonical(NULL));
    g_assert_false(ap_uuid_is_canonical("62177883f1bb47f0914d32a22e3a8804"));
    g_assert_true(ap_uuid_canonicalise(UUID_UPPER, uuid));
    g_assert_cmpstr(uuid, ==, UUID);
    g_assert_false(ap_uuid_canonicalise(UUID "0", uuid));
    g_assert_false(ap_uuid_canonicalise("62177883-f1bb-47f0-914d-32a22e3a880", uuid));
    g_assert_false(ap_uuid_canonicalise("{2177883-f1bb-47f0-914d-32a22e3a8804", uuid));
}

static void
test_sysfs_names(void)
{
    guint adapter, domain;

    g_assert_true(ap_sysfs_name_parse_card("cardff", &adapter));
    g_assert_cmpuint(adapter, ==, 255);
    g_assert_false(ap_sysfs_name_parse_card("card5", &adapter));
    g_assert_false(ap_sysfs_name_parse_card("05.0004", &adapter));
    g_assert_true(ap_sysfs_name_parse_queue("05.00ff", &adapter, &domain));
    g_assert_cmpuint(adapter, ==, 5);
    g_assert_cmpuint(domain, ==, 255);
    g_assert_false(ap_sysfs_name_parse_queue("05_00ff", &adapter, &domain));
    g_assert_false(ap_sysfs_name_parse_queue("card05", &adapter, &domain));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-name/good_round_trip", test_round_trip);
    g_test_add_func("/ap-name/other_spelling_refused", test_bad);
    g_test_add_func("/ap-name/uuid_canonicalised", test_uuid);
    g_test_add_func("/ap-name/sysfs_names_parsed", test_sysfs_names);
    return g_test_run();
}
