/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-plan-priv.h: how plans are put together, shared by those that create a
 * matrix and those that change one.
 */
#pragma once

#include "ap-plan.h"

#define AP_FILE_CONFIG "ap_config"

ApPlan *
ap_plan_new(const char *uuid);

void
ap_plan_add_step(ApPlan *plan, ApStepPlace place, const char *file, const char *value);
/* One write of each id of @mask to @file of the matrix. */
void
ap_plan_add_ids(ApPlan *plan, const char *file, const struct apc_mask *mask);
/* One write of the whole of @matrix. */
void
ap_plan_add_config(ApPlan *plan, const ApMatrix *matrix);

/* Works out what @wish asks for, as plan->matrix.  AP_ERROR_UNSUPPORTED. */
gboolean
ap_plan_read_wish(ApPlan *plan,
                  const ApSnapshot *snapshot,
                  const ApDevice *wish,
                  GError **error);
