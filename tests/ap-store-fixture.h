/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-store-fixture.h: a store of definitions beneath a temporary root, for tests.
 */
#pragma once

#include "ap-root.h"
#include "ap-store.h"

typedef struct {
    ApRoot *root;
    ApStore *store;
    guint calls; /* for the test to count */
} Fixture;

static inline void
setup(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture->root = ap_root_new();
    fixture->store = ap_store_new(fixture->root->fd);
}

static inline void
teardown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_store_free(fixture->store);
    ap_root_free(fixture->root);
}
