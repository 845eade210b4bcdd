/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-pool-users.c: who misses queues that leave, and who only could.
 */
#include <string.h>

#include "ap-pool-users.h"

/* Cards 5 and 6 (CCA), 7 (accelerator), 8 (EP11) with the domains 4 and 71. */
typedef struct {
    ApPoolUse *use;
    ApRows *leaving;
    ApMatrix all;
} Fixture;

static void
setup(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const ApMode modes[] = { AP_MODE_CCA, AP_MODE_CCA, AP_MODE_ACCELERATOR,
                                    AP_MODE_EP11 };

    fixture->use = ap_pool_use_new();
    fixture->leaving = g_new0(ApRows, 1);
    for (guint adapter = 5; adapter <= 8; adapter++) {
        fixture->use->modes[adapter] = modes[adapter - 5];
        apc_mask_set(&fixture->use->usable.of[adapter], 4);
        apc_mask_set(&fixture->use->usable.of[adapter], 71);
    }
    apc_mask_fill(&fixture->all.adapters);
    apc_mask_fill(&fixture->all.domains);
}

static void
teardown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_pool_use_free(fixture->use);
    g_free(fixture->leaving);
}

static void
leave(Fixture *fixture, guint adapter, guint domain)
{
    apc_mask_set(&fixture->leaving->of[adapter], domain);
}

static void
assert_hurt(const Fixture *fixture, const char *expected)
{
    g_autofree char *hurt = ap_pool_use_find_hurt(fixture->use, fixture->leaving);

    g_assert_cmpstr(hurt, ==, expected);
}

/* One by its name, as anybody has it open who uses OpenSSL. */
static ApPoolUser *
add_opener(Fixture *fixture)
{
    return ap_pool_use_add(fixture->use, &fixture->all, g_strdup("X has it open"));
}

static void
test_busy(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    leave(fixture, 6, 71);
    assert_hurt(fixture, NULL);
    apc_mask_set(&fixture->use->busy.of[6], 71);
    assert_hurt(fixture, "queue 06.0047 has requests under way");
}

static void
test_nobody(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    leave(fixture, 7, 4);
    leave(fixture, 7, 71);
    fixture->use->used.of[7] = fixture->use->usable.of[7];
    assert_hurt(fixture, NULL);
}

static void
test_last_that_served(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    add_opener(fixture);
    leave(fixture, 7, 4);
    fixture->use->used.of[7] = fixture->use->usable.of[7];
    assert_hurt(fixture, NULL);
    leave(fixture, 7, 71);
    assert_hurt(fixture, "X has it open, and no other queue would take the place of "
                         "07.0004 (accelerator)");
    fixture->use->used.of[7] = (struct apc_mask){ 0 };
    assert_hurt(fixture, NULL);
}

/* Whoever has a node with masks of its own has it for these queues. */
static void
test_certain(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ApPoolUser *user = add_opener(fixture);

    user->is_certain = TRUE;
    user->queues = (ApMatrix){ 0 };
    apc_mask_set(&user->queues.adapters, 7);
    apc_mask_set(&user->queues.domains, 71);
    leave(fixture, 7, 4);
    assert_hurt(fixture, NULL);
    leave(fixture, 7, 71);
    assert_hurt(fixture, "X has it open, and no other queue would take the place of "
                         "07.0047 (accelerator)");
}

static char *
read_keys(gpointer data, guint adapter, guint domain)
{
    const char *const *keys = data;

    return g_strdup(adapter == 8 ? NULL : keys[(adapter - 5) * 2 + (domain == 71)]);
}

static void
test_keys(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const keys[] = { "a", "b", "c", "a", NULL, NULL };

    add_opener(fixture);
    fixture->use->read_keys = read_keys;
    fixture->use->keys_data = (gpointer)keys;
    leave(fixture, 5, 4);
    leave(fixture, 5, 71);
    apc_mask_set(&fixture->use->used.of[5], 4);
    assert_hurt(fixture, NULL);
    apc_mask_set(&fixture->use->used.of[5], 71);
    assert_hurt(fixture, "X has it open, and no other queue would take the place of "
                         "05.0047 (CCA coprocessor)");
    /* Keys that are not known are nobody else's. */
    *fixture->leaving = (ApRows){ 0 };
    leave(fixture, 8, 4);
    apc_mask_set(&fixture->use->used.of[8], 4);
    assert_hurt(fixture, "X has it open, and no other queue would take the place of "
                         "08.0004 (EP11 coprocessor)");
}

static void
test_has_keys(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ApPoolUser *user = add_opener(fixture);

    user->is_certain = user->has_keys = TRUE;
    leave(fixture, 7, 4);
    leave(fixture, 7, 71);
    assert_hurt(fixture, NULL);
    leave(fixture, 8, 4);
    leave(fixture, 8, 71);
    assert_hurt(fixture, "X has it open, and no other queue would take the place of "
                         "08.0004 (EP11 coprocessor)");
}

/* Whoever has the node from OpenSSL asks nothing that needs a coprocessor. */
static void
test_only_accelerates(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ApPoolUser *user = add_opener(fixture);

    user->only_accelerates = TRUE;
    for (guint adapter = 5; adapter <= 8; adapter++)
        fixture->use->used.of[adapter] = fixture->use->usable.of[adapter];
    leave(fixture, 8, 4);
    leave(fixture, 8, 71);
    assert_hurt(fixture, NULL);
    leave(fixture, 7, 4);
    leave(fixture, 7, 71);
    assert_hurt(fixture, "X has it open, and no other queue would take the place of "
                         "07.0004 (accelerator)");
}

static void
test_openers(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *nobody = NULL;
    g_autofree char *one = NULL;
    g_autofree char *two = NULL;
    g_autofree char *three = NULL;
    ApPoolUser *other = add_opener(fixture);

    other->queues = (ApMatrix){ 0 };
    leave(fixture, 6, 71);
    nobody = ap_pool_use_find_openers(fixture->use, fixture->leaving);
    g_assert_null(nobody);
    add_opener(fixture);
    one = ap_pool_use_find_openers(fixture->use, fixture->leaving);
    g_assert_cmpstr(one, ==, "X has it open");
    add_opener(fixture);
    two = ap_pool_use_find_openers(fixture->use, fixture->leaving);
    g_assert_cmpstr(two, ==, "X has it open, and 1 other");
    add_opener(fixture);
    three = ap_pool_use_find_openers(fixture->use, fixture->leaving);
    g_assert_cmpstr(three, ==, "X has it open, and 2 others");
    fixture->use->usable.of[6] = (struct apc_mask){ 0 };
    g_assert_null(ap_pool_use_find_openers(fixture->use, fixture->leaving));
}

/* First and last, the end of one adapter and the begin of the next. */
static void
test_walk(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const names[] = { "00.0000", "00.00ff", "01.0000", "ff.00ff" };
    ApRowsWalk walk = { 0 };

    g_assert_false(ap_rows_step(fixture->leaving, &walk));
    walk = (ApRowsWalk){ 0 };
    leave(fixture, 0, 0);
    leave(fixture, 0, 255);
    leave(fixture, 1, 0);
    leave(fixture, 255, 255);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_assert_true(ap_rows_step(fixture->leaving, &walk));
        g_assert_cmpstr(walk.name, ==, names[i]);
    }
    g_assert_cmpuint(walk.adapter, ==, 255);
    g_assert_cmpuint(walk.domain, ==, 255);
    g_assert_false(ap_rows_step(fixture->leaving, &walk));
    g_assert_false(ap_rows_step(fixture->leaving, &walk));
}

#define ADD(name, function)                                                              \
    g_test_add("/ap-pool-users/" name, Fixture, NULL, setup, function, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("rows_walked_to_the_end", test_walk);
    ADD("requests_under_way_hurt", test_busy);
    ADD("without_users_nobody_hurt", test_nobody);
    ADD("last_that_served_missed", test_last_that_served);
    ADD("node_with_masks_is_certain", test_certain);
    ADD("openssl_needs_no_coprocessor", test_only_accelerates);
    ADD("only_same_keys_replace", test_keys);
    ADD("key_users_want_no_accelerator", test_has_keys);
    ADD("openers_named_and_counted", test_openers);
    return g_test_run();
}
