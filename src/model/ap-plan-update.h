/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-plan-update.h: from what a matrix is to what it is to be.
 *
 * With ap_config that is one write, which the kernel does as a whole or not at all.
 * Without it every adapter and every domain is a write of its own, and what lies
 * between must never hold a queue that neither the old nor the new matrix has:
 * adding an adapter before a domain is gone would.  So first all that is to go goes,
 * then all that is to come comes.  In the middle the matrix has the adapters and the
 * domains that are in both, and their queues are exactly those that are in both: no
 * queue that stays is ever away.
 */
#pragma once

#include "ap-plan.h"

/* Plans the change of the active matrix @uuid to what @wish asks for; without a
 * difference there are no steps.  Refusals, in the order checked:
 * AP_ERROR_UNSUPPORTED, AP_ERROR_NOT_ACTIVE, AP_ERROR_HOST_POOL,
 * AP_ERROR_CONFLICT. */
ApPlan *
ap_plan_update(const ApSnapshot *snapshot,
               const char *uuid,
               const ApDevice *wish,
               GError **error);

/* The same from one value to another, without a look at anybody else. */
ApPlan *
ap_plan_change(const char *uuid,
               const ApMatrix *before,
               const ApMatrix *after,
               gboolean has_config);

/* The plan that takes the first @n_done steps of the update @plan back, step by step:
 * it goes through no state that was not there before. */
ApPlan *
ap_plan_take_back(const ApPlan *plan, guint n_done);

/* Whether @state is what the update @plan starts from, ends with or goes through. */
gboolean
ap_plan_goes_through(const ApPlan *plan, const ApMatrix *state);
