/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-claims.c: looks at the store and at chzdev's rules before a change.
 */
#include "ap-host-claims.h"

#include "ap-apqn.h"
#include "ap-claim.h"
#include "ap-config.h"
#include "ap-device-priv.h"
#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-plan-priv.h"
#include "ap-rules.h"
#include "ap-sysfs.h"

/* What is judged, and by what. */
typedef struct {
    ApHost *host;
    const ApSnapshot *snapshot;
    const char *uuid;
    ApOccasion occasion;
    ApMatrix matrix;
    gboolean is_defined;
    gboolean autostart;
    gboolean reserves;
    ApConfig config;
} Judgement;

/* FALSE where the wish is not in order: that is for others to say. */
static gboolean
read_matrix(const ApSnapshot *snapshot, const ApDevice *wish, ApMatrix *matrix)
{
    g_autoptr(ApPlan) plan = ap_plan_new("");

    if (!ap_plan_read_wish(plan, snapshot, wish, NULL))
        return FALSE;
    *matrix = plan->matrix;
    return TRUE;
}

/* What is active is judged by what it has, not by what it is to have. */
static gboolean
is_of_interest(const Judgement *judgement, const char *uuid)
{
    return judgement->occasion != AP_OCCASION_CREATE ||
           !ap_snapshot_find(judgement->snapshot, uuid);
}

/* What a bad file asks for is not known, and hinders nobody: whoever lists it says what
 * is the matter. */
static GArray *
read_claims(const Judgement *judgement, GError **error)
{
    g_autoptr(GArray) claims = g_array_new(FALSE, TRUE, sizeof(ApClaim));
    g_autoptr(GPtrArray) uuids =
        ap_sysfs_scan_uuids(judgement->host->root, AP_PATH_STORE, error);

    if (!uuids)
        return NULL;
    for (guint i = 0; i < uuids->len; i++) {
        g_autoptr(ApDevice) definition =
            ap_store_read(judgement->host->store, uuids->pdata[i], NULL);
        ApClaim claim = { .autostart = definition && definition->autostart };

        if (!definition || !is_of_interest(judgement, uuids->pdata[i]) ||
            !read_matrix(judgement->snapshot, definition, &claim.queues))
            continue;
        g_strlcpy(claim.uuid, uuids->pdata[i], sizeof(claim.uuid));
        g_array_append_val(claims, claim);
    }
    return g_steal_pointer(&claims);
}

/* Takes the policy for what @text says; @key is where to change it. */
static gboolean
apply_policy(ApPolicy policy,
             ApError code,
             const char *text,
             const char *key,
             GError **error)
{
    if (policy == AP_POLICY_WARN)
        g_warning("%s", text);
    if (policy != AP_POLICY_REFUSE)
        return TRUE;
    g_set_error(error, AP_ERROR, (gint)code, _("%s: see %s in ap.conf(5)"), text, key);
    return FALSE;
}

static gboolean
refuse_for(const ApClaim *claim, const ApMatrix *common, GError **error)
{
    g_autofree char *text = ap_claim_describe(claim, common);

    g_set_error(
        error, AP_ERROR, AP_ERROR_CONFLICT,
        _("%s: leave out its adapter or its domain, or switch the autostart of that "
          "matrix off"),
        text);
    return FALSE;
}

static gboolean
apply_policies(const Judgement *judgement, const GArray *claims, GError **error)
{
    const ApConfig *config = &judgement->config;
    gboolean is_auto = judgement->autostart;
    g_autofree char *text = NULL;
    const ApClaim *claim;
    ApMatrix common;

    claim = ap_claim_find(claims, judgement->uuid, &judgement->matrix, TRUE, &common);
    if (claim && judgement->occasion == AP_OCCASION_CREATE)
        return refuse_for(claim, &common, error);
    if (claim && is_auto) {
        text = ap_claim_describe(claim, &common);
        return apply_policy(config->autostart_definitions, AP_ERROR_CONFLICT, text,
                            "autostart-definitions", error);
    }
    if (!claim)
        claim =
            ap_claim_find(claims, judgement->uuid, &judgement->matrix, FALSE, &common);
    if (!claim)
        return TRUE;
    text = ap_claim_describe(claim, &common);
    return apply_policy(config->manual_definitions, AP_ERROR_CONFLICT, text,
                        "manual-definitions", error);
}

static gboolean
check_definitions(const Judgement *judgement, GError **error)
{
    g_autoptr(GArray) claims = NULL;

    /* What starts by itself has been judged when it was to do so. */
    if (judgement->occasion == AP_OCCASION_CREATE && judgement->autostart)
        return TRUE;
    claims = read_claims(judgement, error);
    return claims && apply_policies(judgement, claims, error);
}

/* The masks of the next boot: nothing to a matrix that is gone by then, or that takes
 * its queues anew. */
static gboolean
check_masks(const Judgement *judgement, GError **error)
{
    g_autofree char *text = NULL;
    char queue[AP_APQN_SIZE];
    ApMatrix common;
    ApRules rules;

    if (!judgement->is_defined || judgement->reserves)
        return TRUE;
    if (!ap_rules_read(judgement->host->root, &rules, error))
        return FALSE;
    if (!rules.has_adapters && !rules.has_domains)
        return TRUE;
    if (!rules.has_adapters)
        rules.pool.adapters = judgement->snapshot->pool.adapters;
    if (!rules.has_domains)
        rules.pool.domains = judgement->snapshot->pool.domains;
    if (!ap_matrix_overlap(&judgement->matrix, &rules.pool, &common))
        return TRUE;
    ap_apqn_format(apc_mask_next(&common.adapters, 0), apc_mask_next(&common.domains, 0),
                   queue);
    text =
        g_strdup_printf(_("queue %s of matrix %s is the host's after the next boot, by "
                          "the masks that chzdev(8) keeps"),
                        queue, judgement->uuid);
    return apply_policy(judgement->config.persistent_masks, AP_ERROR_HOST_POOL, text,
                        "persistent-masks", error);
}

/* Whether the matrix starts by itself, or is to. */
static gboolean
is_autostart(const ApDevice *definition, ApOccasion occasion)
{
    switch (occasion) {
    case AP_OCCASION_AUTO:
        return TRUE;
    case AP_OCCASION_MANUAL:
        return FALSE;
    case AP_OCCASION_CREATE:
    case AP_OCCASION_DEFINE:
        break;
    }
    return definition && definition->autostart;
}

gboolean
ap_host_check_claims(ApHost *host,
                     const ApSnapshot *snapshot,
                     const char *uuid,
                     const ApDevice *wish,
                     ApOccasion occasion,
                     GError **error)
{
    g_autoptr(ApDevice) definition = ap_store_read(host->store, uuid, NULL);
    Judgement judgement = {
        .host = host,
        .snapshot = snapshot,
        .uuid = uuid,
        .occasion = occasion,
        .is_defined = definition != NULL || occasion != AP_OCCASION_CREATE,
        .autostart = is_autostart(definition, occasion),
        .reserves = wish->reserve != AP_RESERVE_NO,
    };

    if (!read_matrix(snapshot, wish, &judgement.matrix))
        return TRUE;
    return ap_config_read(host->root, &judgement.config, error) &&
           check_definitions(&judgement, error) && check_masks(&judgement, error);
}
