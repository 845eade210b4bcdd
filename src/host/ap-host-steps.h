/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-steps.h: carries out a plan, write by write, and looks what has become of
 * it.  All of it under the AP configuration lock.
 */
#pragma once

#include "ap-host-priv.h"
#include "ap-plan.h"

/* Does the writes in order until one is refused; *@n_done tells how many were done.
 * AP_ERROR_EXISTS, AP_ERROR_CONFLICT, AP_ERROR_HOST_POOL, AP_ERROR_BUSY or
 * AP_ERROR_IO, as the kernel means it; the message names the step, and the queue
 * and its holder where there is one. */
gboolean
ap_host_run_steps(ApHost *host, const ApPlan *plan, guint *n_done, GError **error);

/* Reads back whether the matrix is what @plan amounts to.  AP_ERROR_IO. */
gboolean
ap_host_verify(ApHost *host, const ApPlan *plan, GError **error);
