/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-guest-view.c: what is written down of guests, held against what is there.
 */
#include "ap-guest-view.h"

#include "ap-holder.h"
#include "ap-host-priv.h"

static const char *const states[] = {
    [AP_GUEST_STARTING] = "starting",
    [AP_GUEST_RUNNING] = "running",
    [AP_GUEST_DETACHED] = "detached",
};
G_STATIC_ASSERT(G_N_ELEMENTS(states) == AP_GUEST_LAST);

void
ap_guest_view_clear(ApGuestView *view)
{
    g_clear_pointer(&view->name, g_free);
}

const char *
ap_guest_state_name(ApGuestState state)
{
    return states[state];
}

/* A record whose daemon has gone counts for a guest only that has the matrix open. */
static gboolean
is_current(ApHost *host, const ApHolder *record, gboolean is_open)
{
    return record->state != AP_HOLDER_STOPPED &&
           (is_open || ap_holder_is_served(host->root, record));
}

static ApGuestState
judge(const ApHolder *record, gboolean is_open)
{
    if (is_open)
        return AP_GUEST_RUNNING;
    return record->state == AP_HOLDER_STARTING ? AP_GUEST_STARTING : AP_GUEST_DETACHED;
}

/* Another guest may have the matrix than was started with it: attaching it to one that
 * runs is written down by nobody. */
static gboolean
may_be(const ApHolder *record, const ApVfioGuest *opener)
{
    if (!opener->name)
        return TRUE;
    return g_str_equal(opener->name, record->guest) &&
           (!*opener->uuid || g_str_equal(opener->uuid, record->guest_uuid));
}

gboolean
ap_guest_look(ApHost *host,
              const char *uuid,
              gboolean is_open,
              const ApVfioGuest *opener,
              ApGuestView *view)
{
    g_auto(ApHolder) record = { 0 };

    if (ap_holder_read(host->root, uuid, &record) && is_current(host, &record, is_open) &&
        may_be(&record, opener)) {
        view->name = g_steal_pointer(&record.guest);
        g_strlcpy(view->uuid, record.guest_uuid, sizeof(view->uuid));
        view->since = record.since;
        view->state = judge(&record, is_open);
        return TRUE;
    }
    if (!is_open)
        return FALSE;
    view->name = g_strdup(opener->name);
    g_strlcpy(view->uuid, opener->uuid, sizeof(view->uuid));
    view->state = AP_GUEST_RUNNING;
    return TRUE;
}

char *
ap_guest_look_up_name(ApHost *host, const char *uuid)
{
    g_auto(ApHolder) record = { 0 };

    if (!ap_holder_read(host->root, uuid, &record) || !is_current(host, &record, FALSE))
        return NULL;
    return g_steal_pointer(&record.guest);
}
