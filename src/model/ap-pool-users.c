/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-pool-users.c: finds who would miss queues that leave the host pool.
 */
#include "ap-pool-users.h"

#include "ap-apqn.h"
#include "ap-i18n.h"

static void
user_free(gpointer data)
{
    ApPoolUser *user = data;

    g_free(user->who);
    g_free(user);
}

ApPoolUse *
ap_pool_use_new(void)
{
    ApPoolUse *use = g_new0(ApPoolUse, 1);

    use->default_domain = -1;
    use->users = g_ptr_array_new_with_free_func(user_free);
    return use;
}

void
ap_pool_use_free(ApPoolUse *use)
{
    if (!use)
        return;
    g_ptr_array_unref(use->users);
    g_free(use);
}

ApPoolUser *
ap_pool_use_add(ApPoolUse *use, const ApMatrix *queues, char *who)
{
    ApPoolUser *user = g_new0(ApPoolUser, 1);

    user->queues = *queues;
    user->who = who;
    g_ptr_array_add(use->users, user);
    return user;
}

gboolean
ap_rows_step(const ApRows *rows, ApRowsWalk *walk)
{
    while (walk->adapter < APC_IDS) {
        walk->domain = apc_mask_next(&rows->of[walk->adapter], walk->next);
        walk->next = walk->domain + 1;
        if (walk->domain < APC_IDS) {
            ap_apqn_format(walk->adapter, walk->domain, walk->name);
            return TRUE;
        }
        walk->adapter++;
        walk->next = 0;
    }
    return FALSE;
}

gboolean
ap_rows_is_empty(const ApRows *rows)
{
    for (guint adapter = 0; adapter < APC_IDS; adapter++) {
        if (!apc_mask_empty(&rows->of[adapter]))
            return FALSE;
    }
    return TRUE;
}

void
ap_rows_add(ApRows *rows, const ApRows *more)
{
    for (guint adapter = 0; adapter < APC_IDS; adapter++)
        apc_mask_or(&rows->of[adapter], &rows->of[adapter], &more->of[adapter]);
}

void
ap_rows_remove(ApRows *rows, const ApRows *less)
{
    for (guint adapter = 0; adapter < APC_IDS; adapter++)
        apc_mask_andnot(&rows->of[adapter], &rows->of[adapter], &less->of[adapter]);
}

/* A queue, while one goes through rows. */
typedef struct {
    guint adapter;
    guint domain;
} Queue;

/* What one user has of one kind. */
typedef struct {
    const ApPoolUse *use;
    const ApPoolUser *user;
    const ApRows *leaving;
    ApMode mode;
} Share;

/* Those of the user's queues of that kind, with @adapter, that leave or stay. */
static struct apc_mask
share_row(const Share *share, guint adapter, gboolean leaves)
{
    const struct apc_mask *leaving = &share->leaving->of[adapter];
    struct apc_mask row = { 0 };

    if (share->use->modes[adapter] != share->mode ||
        !apc_mask_test(&share->user->queues.adapters, adapter))
        return row;
    apc_mask_and(&row, &share->use->usable.of[adapter], &share->user->queues.domains);
    if (leaves)
        apc_mask_and(&row, &row, leaving);
    else
        apc_mask_andnot(&row, &row, leaving);
    return row;
}

/* Of those that leave, the ones that he misses: any, or those that have served. */
static struct apc_mask
missed_row(const Share *share, guint adapter)
{
    struct apc_mask row = share_row(share, adapter, TRUE);

    if (!share->user->is_certain)
        apc_mask_and(&row, &row, &share->use->used.of[adapter]);
    return row;
}

static char *
read_keys(const ApPoolUse *use, const Queue *queue)
{
    return use->read_keys ? use->read_keys(use->keys_data, queue->adapter, queue->domain)
                          : NULL;
}

/* Whether one that stays can take the place of @queue. */
static gboolean
is_replaced(const Share *share, const Queue *queue)
{
    gboolean is_keyed = share->mode != AP_MODE_ACCELERATOR && share->use->read_keys;
    g_autofree char *wanted = is_keyed ? read_keys(share->use, queue) : NULL;
    Queue other;

    for (other.adapter = 0; other.adapter < APC_IDS; other.adapter++) {
        struct apc_mask row = share_row(share, other.adapter, FALSE);
        guint domain;

        apc_mask_for_each (domain, &row) {
            g_autofree char *keys = NULL;

            other.domain = domain;
            keys = is_keyed ? read_keys(share->use, &other) : NULL;
            if (!is_keyed || (wanted && !g_strcmp0(keys, wanted)))
                return TRUE;
        }
    }
    return FALSE;
}

/* The first queue that the user would miss. */
static gboolean
find_missed(const Share *share, Queue *queue)
{
    for (queue->adapter = 0; queue->adapter < APC_IDS; queue->adapter++) {
        struct apc_mask row = missed_row(share, queue->adapter);
        guint domain;

        apc_mask_for_each (domain, &row) {
            queue->domain = domain;
            if (!is_replaced(share, queue))
                return TRUE;
        }
    }
    return FALSE;
}

static char *
find_busy(const ApPoolUse *use, const ApRows *leaving)
{
    for (guint adapter = 0; adapter < APC_IDS; adapter++) {
        char queue[AP_APQN_SIZE];
        struct apc_mask row;

        apc_mask_and(&row, &use->busy.of[adapter], &leaving->of[adapter]);
        if (apc_mask_empty(&row))
            continue;
        ap_apqn_format(adapter, apc_mask_next(&row, 0), queue);
        return g_strdup_printf(_("queue %s has requests under way"), queue);
    }
    return NULL;
}

static gboolean
is_wanted(const ApPoolUser *user, ApMode mode)
{
    return mode == AP_MODE_ACCELERATOR ? !user->has_keys : !user->only_accelerates;
}

static char *
find_loss(const ApPoolUse *use, const ApPoolUser *user, const ApRows *leaving)
{
    Share share = { .use = use, .user = user, .leaving = leaving };

    for (share.mode = AP_MODE_ACCELERATOR; share.mode < AP_MODE_LAST; share.mode++) {
        char queue[AP_APQN_SIZE];
        Queue missed;

        if (!is_wanted(user, share.mode) || !find_missed(&share, &missed))
            continue;
        ap_apqn_format(missed.adapter, missed.domain, queue);
        return g_strdup_printf(
            _("%s, and no other queue would take the place of %s (%s)"), user->who, queue,
            ap_mode_describe(share.mode));
    }
    return NULL;
}

char *
ap_pool_use_find_hurt(const ApPoolUse *use, const ApRows *leaving)
{
    char *hurt = find_busy(use, leaving);

    for (guint i = 0; !hurt && i < use->users->len; i++)
        hurt = find_loss(use, use->users->pdata[i], leaving);
    return hurt;
}

/* Whether one of the queues that can be used is both @leaving and the user's. */
static gboolean
is_reached(const ApPoolUse *use, const ApPoolUser *user, const ApRows *leaving)
{
    guint adapter;

    apc_mask_for_each (adapter, &user->queues.adapters) {
        struct apc_mask row;

        apc_mask_and(&row, &use->usable.of[adapter], &leaving->of[adapter]);
        if (apc_mask_intersects(&row, &user->queues.domains))
            return TRUE;
    }
    return FALSE;
}

char *
ap_pool_use_find_openers(const ApPoolUse *use, const ApRows *leaving)
{
    const ApPoolUser *first = NULL;
    guint n = 0;

    for (guint i = 0; i < use->users->len; i++) {
        const ApPoolUser *user = use->users->pdata[i];

        if (!is_reached(use, user, leaving))
            continue;
        if (n++ == 0)
            first = user;
    }
    if (n <= 1)
        return first ? g_strdup(first->who) : NULL;
    return g_strdup_printf(ngettext_("%s, and %u other", "%s, and %u others", n - 1),
                           first->who, n - 1);
}
