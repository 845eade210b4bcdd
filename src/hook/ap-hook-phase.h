/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-hook-phase.h: what the hook does in each phase of a guest's life.
 */
#pragma once

#include "ap-domain-doc.h"
#include "ap-guest.h"
#include "ap-hook-args.h"

/* Does what is to be done in @phase for the guest that @doc describes, which the daemon
 * @service runs.  FALSE with the reason in @error: in the phases that may fail the guest
 * must not start then, in all others it is only worth a warning. */
gboolean
ap_hook_run_phase(ApHost *host,
                  ApHookPhase phase,
                  const ApDomainDoc *doc,
                  pid_t service,
                  GError **error);
