/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-reserve-plan.h: how the queues of a matrix leave the host pool, and come back.
 *
 * The pool is a product, too: apmask × aqmask.  To take a product out of it either all
 * its adapters have to leave or all its domains; anything between takes more than one
 * of the two.  Both take queues along that nobody asked for, the collateral
 * (Documentation/arch/s390/vfio-ap.rst of the kernel has the rules of the masks).  Since
 * Linux 6.19 single queues can be given another driver by their driver_override, and
 * that takes none along; but the kernel allows this only while both masks are whole, and
 * a change of the masks only while no queue has an override.  The way with the least
 * collateral is gone.
 */
#pragma once

#include "ap-pool-users.h"
#include "ap-snapshot.h"

/* Ways to take queues out. */
typedef enum {
    AP_RESERVE_ADAPTERS = 1 << 0,
    AP_RESERVE_DOMAINS = 1 << 1,
    AP_RESERVE_OVERRIDE = 1 << 2,
} ApReserveWays;

/* What is allowed. */
typedef struct {
    guint ways; /* ApReserveWays */
    gboolean refuse_collateral;
    gboolean refuse_used;           /* queues that somebody would miss */
    gboolean refuse_opened;         /* queues behind an open device node */
    gboolean refuse_default_domain; /* that none of its queues stays with the host */
} ApReserveRules;

/* What leaves the pool; nothing, where all of the matrix is free. */
typedef struct {
    ApMatrix taken;     /* adapters, or domains, never both */
    ApRows single;      /* or queues that get an override */
    guint n_wanted;     /* queues of the matrix that leave */
    guint n_collateral; /* others that leave, of those that are there */
    guint n_absent;     /* and of those that are not */
    gboolean loses_default_domain;
    char *collateral; /* the first of them, and how many more; NULL for none */
    char *user;       /* who would miss one of them, NULL for nobody */
    char *opener;     /* who could use one of them, NULL for nobody */
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

/* Whether anything has to leave. */
gboolean
ap_reserve_plan_is_empty(const ApReservePlan *plan);

/* Of @taken, which is out of @pool for the sake of matrices, what can go back with none
 * of the @n_needs matrices of @needs losing a queue: *@back gets it.  With @by_id no id
 * can that any of them has a queue of: newer kernels look no closer. */
void
ap_reserve_plan_return(const ApMatrix *pool,
                       const ApMatrix *taken,
                       const ApMatrix *needs,
                       gsize n_needs,
                       gboolean by_id,
                       ApMatrix *back);

/* Takes off @rows what one of the matrices needs. */
void
ap_reserve_plan_unneeded(ApRows *rows, const ApMatrix *needs, gsize n_needs);
