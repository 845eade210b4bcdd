/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-hook-log.h: what is to be said beside a refusal goes to the system journal: libvirt
 * shows the standard error of a hook only when it fails, and all of it then.
 */
#pragma once

/* From now on.  @root has to stay open. */
void
ap_hook_log_start(int root);
