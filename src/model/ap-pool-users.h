/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-pool-users.h: what the host does with the queues of its pool, and what that means
 * when some of them leave it.
 *
 * The kernel sends a request to whatever queue of the right kind is there; so most
 * programs do not notice that one is gone, as long as there is another.  OpenSSL opens
 * the device node in every program that uses it, whether that ever sends a request or
 * not: that a node is open says little.
 */
#pragma once

#include <libvirt-ap/ap-error.h>

#include "ap-apqn.h"
#include "ap-card.h"
#include "ap-matrix.h"

/* Rows of queues: per adapter its domains. */
typedef struct {
    struct apc_mask of[APC_IDS];
} ApRows;

/* Somebody, and the queues that his requests can go to. */
typedef struct {
    ApMatrix queues;
    gboolean is_certain;       /* is known to send requests; else only if queues say so */
    gboolean has_keys;         /* wants coprocessors with his master key, nothing else */
    gboolean only_accelerates; /* gets on without any, and asks only what a CPU can do */
    char *who;                 /* a clause, "process 7 (httpd) has /dev/z90crypt open" */
} ApPoolUser;

typedef struct {
    ApRows present;        /* queues that are there */
    ApRows usable;         /* of those, the host can send requests to */
    ApRows used;           /* have served any since the machine started */
    ApRows busy;           /* have requests under way */
    ApRows overridden;     /* have a driver_override, … */
    ApRows pinned;         /* … that is not vfio_ap */
    gboolean can_override; /* the kernel knows driver_override */
    ApMode modes[APC_IDS];
    gint default_domain; /* of the host's own requests; -1: none */
    GPtrArray *users;    /* ApPoolUser */
    /* The master keys of a coprocessor's queue, in any form; caller frees.  NULL: not
     * known.  Asking costs the queue a request.  May be missing. */
    char *(*read_keys)(gpointer data, guint adapter, guint domain);
    gpointer keys_data;
} ApPoolUse;

ApPoolUse *
ap_pool_use_new(void);
void
ap_pool_use_free(ApPoolUse *use);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApPoolUse, ap_pool_use_free)

/* Adds a user who may never send a request; @who is taken over. */
ApPoolUser *
ap_pool_use_add(ApPoolUse *use, const ApMatrix *queues, char *who);

/* Who would be hurt if the queues of @leaving left: requests under way, or a user
 * without any queue of a kind, or with his master key, that he has had one of.  A
 * clause; caller frees.  NULL for nobody. */
char *
ap_pool_use_find_hurt(const ApPoolUse *use, const ApRows *leaving);

/* Who could send requests to queues of @leaving, whether he does or not; as above. */
char *
ap_pool_use_find_openers(const ApPoolUse *use, const ApRows *leaving);

static inline gboolean
ap_rows_has(const ApRows *rows, guint adapter, guint domain)
{
    return apc_mask_test(&rows->of[adapter], domain);
}

/* A walk over queues, ascending; begins with all zero. */
typedef struct {
    guint adapter;
    guint domain;
    char name[AP_APQN_SIZE]; /* as the kernel has it */
    guint next;              /* the domain to go on with */
} ApRowsWalk;

/* Whether there is another queue, which @walk is at then. */
gboolean
ap_rows_step(const ApRows *rows, ApRowsWalk *walk);

gboolean
ap_rows_is_empty(const ApRows *rows);
void
ap_rows_add(ApRows *rows, const ApRows *more);
void
ap_rows_remove(ApRows *rows, const ApRows *less);
