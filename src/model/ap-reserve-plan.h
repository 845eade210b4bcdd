/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-reserve-plan.h: how the queues of a matrix leave the host pool, and come back.
 *
 * The pool is a product, too: apmask × aqmask.  To take a product out of it either all
 * its adapters have to leave or all its domains; anything between takes more than one
 * of the two.  Both take queues along that nobody asked for, the collateral, and the
 * way with fewer of them is gone (Documentation/arch/s390/vfio-ap.rst of the kernel has
 * the rules of the masks).
 */
#pragma once

#include "ap-snapshot.h"

/* A program that has a device node of zcrypt open, and the queues behind that. */
typedef struct {
    ApMatrix queues;
    char *who;
} ApPoolUser;

/* What has to be known of the host beside its masks. */
typedef struct {
    struct apc_mask present[APC_IDS]; /* the domains of each card */
    gint default_domain;              /* of the host's own requests; -1: none */
    GPtrArray *users;                 /* ApPoolUser */
} ApPoolUse;

ApPoolUse *
ap_pool_use_new(void);
void
ap_pool_use_free(ApPoolUse *use);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApPoolUse, ap_pool_use_free)

/* Adds a user, @who is taken over. */
void
ap_pool_use_add(ApPoolUse *use, const ApMatrix *queues, char *who);

/* Ways to take queues out. */
typedef enum {
    AP_RESERVE_ADAPTERS = 1 << 0,
    AP_RESERVE_DOMAINS = 1 << 1,
} ApReserveWays;

/* What is allowed. */
typedef struct {
    guint ways; /* ApReserveWays */
    gboolean refuse_collateral;
    gboolean refuse_used;           /* queues behind an open device node */
    gboolean refuse_default_domain; /* that none of its queues stays with the host */
} ApReserveRules;

/* What leaves the pool; nothing, where all of the matrix is free. */
typedef struct {
    ApMatrix taken;     /* adapters, or domains, never both */
    guint n_wanted;     /* queues of the matrix that leave */
    guint n_collateral; /* others that leave, of those that are there */
    guint n_absent;     /* and of those that are not */
    gboolean loses_default_domain;
    char *collateral; /* the first of them, and how many more; NULL for none */
    char *user;       /* who uses one of them, NULL for nobody */
} ApReservePlan;

/* Plans to free the queues of @matrix, by the way that is allowed and has the least
 * collateral.  AP_ERROR_HOST_POOL says what forbids it, for the better way. */
ApReservePlan *
ap_reserve_plan(const ApSnapshot *snapshot,
                const ApPoolUse *use,
                const ApReserveRules *rules,
                const ApMatrix *matrix,
                GError **error);
void
ap_reserve_plan_free(ApReservePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApReservePlan, ap_reserve_plan_free)

/* Of @taken, which is out of @pool for the sake of matrices, what can go back with none
 * of the @n_needs matrices of @needs losing a queue: *@back gets it. */
void
ap_reserve_plan_return(const ApMatrix *pool,
                       const ApMatrix *taken,
                       const ApMatrix *needs,
                       gsize n_needs,
                       ApMatrix *back);
