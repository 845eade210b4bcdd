/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-status.c: the state of an AP device as facts with a name and a value.
 */
#include "ap-device-priv.h"
#include "ap-status.h"

static GPtrArray *
facts_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)ap_attr_free);
}

ApStatus *
ap_status_new(void)
{
    ApStatus *status = g_new0(ApStatus, 1);

    status->facts = facts_new();
    return status;
}

void
ap_status_free(ApStatus *status)
{
    if (!status)
        return;
    g_ptr_array_unref(status->facts);
    g_clear_pointer(&status->holder, g_ptr_array_unref);
    g_free(status);
}

void
ap_status_add(ApStatus *status, const char *name, const char *value)
{
    if (value && *value)
        g_ptr_array_add(status->facts, ap_attr_new(name, value));
}

void
ap_status_add_of_holder(ApStatus *status, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    if (!status->holder)
        status->holder = facts_new();
    g_ptr_array_add(status->holder, ap_attr_new(name, value));
}
