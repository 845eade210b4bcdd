/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-reserve.c: queues leave the host pool, and come back.
 *
 * Each id that we take is noted before it leaves, and the note is taken back after the
 * id has returned: whoever is killed in between leaves ids that are noted and not
 * needed, which the next daemon gives back.
 */
#include "ap-host-reserve.h"

#include "ap-apqn.h"
#include "ap-config.h"
#include "ap-device-priv.h"
#include "ap-i18n.h"
#include "ap-journal.h"
#include "ap-paths.h"
#include "ap-plan-priv.h"
#include "ap-pool-use.h"
#include "ap-reserved.h"
#include "ap-rules.h"
#include "ap-sysfs.h"

#define FILE_ADAPTERS AP_PATH_BUS "/apmask"
#define FILE_DOMAINS  AP_PATH_BUS "/aqmask"

/* Both lists of what is out of the pool. */
typedef struct {
    ApMatrix lists[AP_RESERVED_LAST];
} Taken;

static void
add(ApMatrix *to, const ApMatrix *what)
{
    apc_mask_or(&to->adapters, &to->adapters, &what->adapters);
    apc_mask_or(&to->domains, &to->domains, &what->domains);
}

static void
take_off(ApMatrix *from, const ApMatrix *what)
{
    apc_mask_andnot(&from->adapters, &from->adapters, &what->adapters);
    apc_mask_andnot(&from->domains, &from->domains, &what->domains);
}

static ApMatrix
both_of(const ApMatrix *a, const ApMatrix *b)
{
    ApMatrix both = { 0 };

    apc_mask_and(&both.adapters, &a->adapters, &b->adapters);
    apc_mask_and(&both.domains, &a->domains, &b->domains);
    return both;
}

static gboolean
is_nothing(const ApMatrix *what)
{
    return apc_mask_empty(&what->adapters) && apc_mask_empty(&what->domains);
}

/* "adapters 5-6", "domains 4", or both; caller frees. */
static char *
describe(const ApMatrix *what)
{
    g_autofree char *adapters = ap_ids_format(&what->adapters, "");
    g_autofree char *domains = ap_ids_format(&what->domains, "");

    if (apc_mask_empty(&what->domains))
        return g_strdup_printf(_("adapters %s"), adapters);
    if (apc_mask_empty(&what->adapters))
        return g_strdup_printf(_("domains %s"), domains);
    return g_strdup_printf(_("adapters %s and domains %s"), adapters, domains);
}

static gboolean
write_mask(ApHost *host,
           const char *path,
           const struct apc_mask *ids,
           const char *sign,
           GError **error)
{
    g_autofree char *text = ap_ids_format(ids, sign);
    int errnum = apc_mask_empty(ids) ? 0 : ap_sysfs_write(host->root, path, text);

    if (!errnum)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO, _("the kernel refused '%s' for '/%s': %s"),
                text, path, g_strerror(errnum));
    return FALSE;
}

static gboolean
read_taken(ApHost *host, Taken *taken, GError **error)
{
    for (ApReservedList list = 0; list < AP_RESERVED_LAST; list++) {
        if (!ap_reserved_read(host->root, list, &taken->lists[list], error))
            return FALSE;
    }
    return TRUE;
}

/* Of the rules that there are, and of those that there are not yet: what is out of the
 * pool now, but not what is out until the next boot only. */
static gboolean
change_rules(ApHost *host,
             const ApMatrix *pool,
             const Taken *taken,
             const ApMatrix *less,
             const ApMatrix *more,
             GError **error)
{
    ApMatrix begin = *pool;
    ApRules rules;

    if (!ap_rules_read(host->root, &rules, error))
        return FALSE;
    add(&begin, &taken->lists[AP_RESERVED_UNTIL_BOOT]);
    if (!rules.has_adapters)
        rules.pool.adapters = begin.adapters;
    if (!rules.has_domains)
        rules.pool.domains = begin.domains;
    rules.has_adapters |= !apc_mask_empty(&less->adapters);
    rules.has_domains |= !apc_mask_empty(&less->domains);
    take_off(&rules.pool, less);
    add(&rules.pool, more);
    return ap_rules_write(host->root, &rules, error);
}

static void
warn_before(const ApReservePlan *plan,
            const ApConfig *config,
            const char *uuid,
            const char *what)
{
    if (plan->n_collateral > 0 && config->collateral == AP_POLICY_WARN)
        g_warning(
            _("%s leave the host pool for matrix %s, and queues with them that were "
              "not asked for: %s"),
            what, uuid, plan->collateral);
    if (plan->user && config->queues_in_use == AP_POLICY_WARN)
        g_warning(
            _("%s leave the host pool for matrix %s, although the host uses some of "
              "their queues: %s"),
            what, uuid, plan->user);
    if (plan->loses_default_domain && config->default_domain == AP_POLICY_WARN)
        g_warning(
            _("%s leave the host pool for matrix %s, and the host has no queue of its "
              "default domain any more"),
            what, uuid);
}

static void
tell_after(const ApReservePlan *plan,
           const ApConfig *config,
           const char *uuid,
           const char *what)
{
    if (plan->n_collateral > 0 && config->collateral == AP_POLICY_WARN)
        g_warning(
            _("%s have left the host pool for matrix %s, and so have the queues %s"),
            what, uuid, plan->collateral);
    else
        g_info("%s have left the host pool for matrix %s", what, uuid);
}

/* Notes what leaves, then has it leave. */
static gboolean
take(ApHost *host,
     const ApSnapshot *snapshot,
     const ApReservePlan *plan,
     gboolean for_good,
     GError **error)
{
    static const ApMatrix nothing;
    ApReservedList list = for_good ? AP_RESERVED_FOR_GOOD : AP_RESERVED_UNTIL_BOOT;
    ApMatrix pool = snapshot->pool;
    Taken taken;

    if (!read_taken(host, &taken, error))
        return FALSE;
    add(&taken.lists[list], &plan->taken);
    take_off(&pool, &plan->taken);
    if (!ap_reserved_write(host->root, list, &taken.lists[list], error))
        return FALSE;
    if (write_mask(host, FILE_ADAPTERS, &plan->taken.adapters, "-", error) &&
        write_mask(host, FILE_DOMAINS, &plan->taken.domains, "-", error) &&
        (!for_good || change_rules(host, &pool, &taken, &plan->taken, &nothing, error)))
        return TRUE;
    ap_host_return_unneeded(host);
    return FALSE;
}

static gboolean
take_and_tell(ApHost *host,
              const ApSnapshot *snapshot,
              const ApReservePlan *plan,
              const char *uuid,
              gboolean for_good,
              GError **error)
{
    g_autoptr(ApJournalState) before = ap_journal_look(host, uuid);
    g_autoptr(GError) failure = NULL;
    gboolean done = take(host, snapshot, plan, for_good, &failure);

    ap_journal_change(host, &(ApJournalChange){ .action = AP_JOURNAL_RESERVE,
                                                .uuid = uuid,
                                                .before = before,
                                                .failure = failure,
                                                .ids = &plan->taken,
                                                .collateral = plan->n_collateral > 0
                                                                  ? plan->collateral
                                                                  : NULL });
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return done;
}

/* What @wish amounts to; queues of other matrices are refused before anything leaves
 * the pool for nothing. */
static gboolean
read_matrix(ApSnapshot *snapshot,
            const char *uuid,
            const ApDevice *wish,
            ApMatrix *matrix,
            GError **error)
{
    g_autoptr(ApPlan) plan = ap_plan_new(uuid);
    ApMatrix pool = snapshot->pool;
    gboolean is_free;

    if (!ap_plan_read_wish(plan, snapshot, wish, error))
        return FALSE;
    snapshot->pool = (ApMatrix){ 0 };
    is_free = ap_plan_check_queues(snapshot, uuid, &plan->matrix, error);
    snapshot->pool = pool;
    *matrix = plan->matrix;
    return is_free;
}

static ApReservePlan *
make_plan(ApHost *host,
          const ApSnapshot *snapshot,
          const ApConfig *config,
          const char *uuid,
          const ApMatrix *matrix,
          GError **error)
{
    ApReserveRules rules = {
        .refuse_collateral = config->collateral == AP_POLICY_REFUSE,
        .refuse_used = config->queues_in_use == AP_POLICY_REFUSE,
        .refuse_default_domain = config->default_domain == AP_POLICY_REFUSE,
    };
    g_autoptr(ApPoolUse) use = ap_pool_use_read(host->root, error);
    ApReservePlan *plan;

    if (!use)
        return NULL;
    if (config->methods & AP_METHOD_ADAPTERS)
        rules.ways |= AP_RESERVE_ADAPTERS;
    if (config->methods & AP_METHOD_DOMAINS)
        rules.ways |= AP_RESERVE_DOMAINS;
    plan = ap_reserve_plan(snapshot, use, &rules, matrix, error);
    if (!plan)
        g_prefix_error(error, _("no reservation for matrix %s: "), uuid);
    return plan;
}

gboolean
ap_host_reserve(ApHost *host,
                ApSnapshot *snapshot,
                const char *uuid,
                const ApDevice *wish,
                GError **error)
{
    g_autoptr(ApReservePlan) plan = NULL;
    g_autofree char *what = NULL;
    gboolean for_good;
    ApConfig config;
    ApMatrix matrix;

    if (wish->reserve == AP_RESERVE_NO)
        return TRUE;
    if (!ap_config_read(host->root, &config, error) ||
        !read_matrix(snapshot, uuid, wish, &matrix, error))
        return FALSE;
    plan = make_plan(host, snapshot, &config, uuid, &matrix, error);
    if (!plan || is_nothing(&plan->taken))
        return plan != NULL;
    for_good = wish->reserve == AP_RESERVE_PERSISTENT ||
               (wish->reserve == AP_RESERVE_DEFAULT && config.persistent);
    what = describe(&plan->taken);
    warn_before(plan, &config, uuid, what);
    if (!take_and_tell(host, snapshot, plan, uuid, for_good, error))
        return FALSE;
    take_off(&snapshot->pool, &plan->taken);
    tell_after(plan, &config, uuid, what);
    return TRUE;
}

gboolean
ap_host_has_reserved(ApHost *host)
{
    Taken taken;

    /* What cannot be read is worth a warning of those who have a look then. */
    return !read_taken(host, &taken, NULL) ||
           !is_nothing(&taken.lists[AP_RESERVED_UNTIL_BOOT]) ||
           !is_nothing(&taken.lists[AP_RESERVED_FOR_GOOD]);
}

static void
add_definition(GArray *needs, const ApSnapshot *snapshot, const ApDevice *definition)
{
    g_autoptr(ApPlan) plan = ap_plan_new(definition->uuid);

    if (definition->reserve != AP_RESERVE_NO &&
        ap_plan_read_wish(plan, snapshot, definition, NULL))
        g_array_append_val(needs, plan->matrix);
}

/* What must not come back: queues of matrices that exist, and of definitions that
 * reserve theirs. */
static GArray *
collect_needs(ApHost *host, const ApSnapshot *snapshot, GError **error)
{
    g_autoptr(GArray) needs = g_array_new(FALSE, FALSE, sizeof(ApMatrix));
    g_autoptr(GPtrArray) uuids = ap_store_list(host->store, error);

    if (!uuids)
        return NULL;
    for (guint i = 0; i < snapshot->matrices->len; i++)
        g_array_append_val(needs,
                           g_array_index(snapshot->matrices, ApSnapshotMatrix, i).matrix);
    for (guint i = 0; i < uuids->len; i++) {
        g_autoptr(ApDevice) definition = ap_store_load(host->store, uuids->pdata[i]);

        if (definition)
            add_definition(needs, snapshot, definition);
    }
    return g_steal_pointer(&needs);
}

/* What is in @back returns to @pool, the next boot included; then nothing of it is
 * noted any more. */
static gboolean
put_back(ApHost *host,
         const ApMatrix *pool,
         const ApMatrix *back,
         Taken *taken,
         GError **error)
{
    static const ApMatrix nothing;
    ApMatrix returned = both_of(pool, &taken->lists[AP_RESERVED_FOR_GOOD]);
    ApMatrix for_good = both_of(back, &taken->lists[AP_RESERVED_FOR_GOOD]);

    if (!write_mask(host, FILE_ADAPTERS, &back->adapters, "+", error) ||
        !write_mask(host, FILE_DOMAINS, &back->domains, "+", error))
        return FALSE;
    /* Some may have been put back by hand, or by somebody who was killed then. */
    add(&for_good, &returned);
    if (!is_nothing(&for_good) &&
        !change_rules(host, pool, taken, &nothing, &for_good, error))
        return FALSE;
    for (ApReservedList list = 0; list < AP_RESERVED_LAST; list++) {
        take_off(&taken->lists[list], back);
        take_off(&taken->lists[list], pool);
        if (!ap_reserved_write(host->root, list, &taken->lists[list], error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
put_back_and_tell(ApHost *host,
                  const ApMatrix *pool,
                  const ApMatrix *back,
                  Taken *taken,
                  GError **error)
{
    g_autoptr(ApJournalState) before = ap_journal_look(host, NULL);
    g_autoptr(GError) failure = NULL;
    gboolean done = put_back(host, pool, back, taken, &failure);

    if (!is_nothing(back))
        ap_journal_change(host, &(ApJournalChange){ .action = AP_JOURNAL_RETURN,
                                                    .before = before,
                                                    .failure = failure,
                                                    .ids = back });
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return done;
}

static gboolean
return_unneeded(ApHost *host, GError **error)
{
    g_autoptr(ApSnapshot) snapshot = ap_host_take_snapshot(host, error);
    g_autoptr(GArray) needs = NULL;
    g_autofree char *what = NULL;
    ApMatrix all, back;
    Taken taken;

    if (!snapshot || !read_taken(host, &taken, error))
        return FALSE;
    needs = collect_needs(host, snapshot, error);
    if (!needs)
        return FALSE;
    all = taken.lists[AP_RESERVED_UNTIL_BOOT];
    add(&all, &taken.lists[AP_RESERVED_FOR_GOOD]);
    ap_reserve_plan_return(&snapshot->pool, &all, (const ApMatrix *)(void *)needs->data,
                           needs->len, &back);
    if (!put_back_and_tell(host, &snapshot->pool, &back, &taken, error))
        return FALSE;
    what = is_nothing(&back) ? NULL : describe(&back);
    if (what)
        g_info("%s are back in the host pool", what);
    return TRUE;
}

void
ap_host_return_unneeded(ApHost *host)
{
    g_autoptr(GError) error = NULL;
    ApConfig config;

    if (!ap_host_has_reserved(host))
        return;
    if (ap_config_read(host->root, &config, &error) && !config.give_back)
        return;
    if (!error && return_unneeded(host, &error))
        return;
    g_warning(_("queues that nobody needs any more stay out of the host pool: %s"),
              error->message);
}
