/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-plan.h: the answer to a wish: the writes that fulfil it on a host as the
 * snapshot shows it, or a refusal that names the queue and its holder.  The
 * rules are the kernel's (Documentation/arch/s390/vfio-ap.rst): no queue is
 * shared by two matrices or with the host pool; queues need not exist.
 */
#pragma once

#include "ap-snapshot.h"

/* Where the file of a step is. */
typedef enum {
    AP_STEP_TYPE,   /* directory of the mdev type */
    AP_STEP_MATRIX, /* directory of the matrix */
} ApStepPlace;

/* One write. */
typedef struct {
    ApStepPlace place;
    const char *file;
    char *value;
} ApStep;

typedef struct {
    char uuid[AP_UUID_SIZE];
    ApMatrix before;  /* what the matrix is now; empty where it is created */
    ApMatrix matrix;  /* what the steps amount to */
    GPtrArray *steps; /* ApStep; of a creation the first one makes the matrix */
} ApPlan;

/* Plans the matrix @wish under the UUID @uuid.  Refusals, in the order
 * checked: AP_ERROR_UNSUPPORTED (no driver, wrong type, attribute unknown or out
 * of range), AP_ERROR_EXISTS, AP_ERROR_HOST_POOL, AP_ERROR_CONFLICT, AP_ERROR_IO
 * (no instance left). */
ApPlan *
ap_plan_create(const ApSnapshot *snapshot,
               const char *uuid,
               const ApDevice *wish,
               GError **error);
void
ap_plan_free(ApPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApPlan, ap_plan_free)

/* Whether @wish, under the UUID @uuid, is a matrix that this host can have at all,
 * whoever has its queues now: AP_ERROR_UNSUPPORTED. */
gboolean
ap_plan_check_definition(const ApSnapshot *snapshot,
                         const char *uuid,
                         const ApDevice *wish,
                         GError **error);

/* Whether the queues of @matrix are free for the matrix @uuid:
 * AP_ERROR_HOST_POOL or AP_ERROR_CONFLICT. */
gboolean
ap_plan_check_queues(const ApSnapshot *snapshot,
                     const char *uuid,
                     const ApMatrix *matrix,
                     GError **error);

/* What @step does, for a message; caller frees. */
char *
ap_plan_describe_step(const ApPlan *plan, const ApStep *step);
