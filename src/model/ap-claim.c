/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-claim.c: looks through definitions for queues.
 */
#include "ap-claim.h"

#include "ap-apqn.h"
#include "ap-i18n.h"

const ApClaim *
ap_claim_find(const GArray *claims,
              const char *uuid,
              const ApMatrix *matrix,
              gboolean autostart,
              ApMatrix *common)
{
    for (guint i = 0; i < claims->len; i++) {
        const ApClaim *claim = &g_array_index(claims, ApClaim, i);

        if (!claim->autostart == !autostart && !g_str_equal(claim->uuid, uuid) &&
            ap_matrix_overlap(&claim->queues, matrix, common))
            return claim;
    }
    return NULL;
}

char *
ap_claim_describe(const ApClaim *claim, const ApMatrix *common)
{
    char queue[AP_APQN_SIZE];

    ap_apqn_format(apc_mask_next(&common->adapters, 0),
                   apc_mask_next(&common->domains, 0), queue);
    if (claim->autostart)
        return g_strdup_printf(
            _("queue %s is in the definition of matrix %s, which starts "
              "by itself"),
            queue, claim->uuid);
    return g_strdup_printf(_("queue %s is also in the definition of matrix %s"), queue,
                           claim->uuid);
}
